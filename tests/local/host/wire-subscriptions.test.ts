/** Live queries as several official clients see them together: computed once, sent when they change, page by page. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, HostUnderTest, notes, tokenFor } from "./hostUnderTest";

let host: HostUnderTest;

beforeAll(async () => {
  host = await HostUnderTest.deployed();
}, 180_000);
afterAll(() => host.stop());

const runsOf = (list: string) => host.logs.filter((line) => line.includes(`listing ${list}`)).length;
const add = (list: string, text: string) => host.http().mutation(notes.add, { list, text });

test("equal queries of several clients run once for each change, and each client is told once", async () => {
  const seen: number[][] = Array.from({ length: 4 }, () => []);
  for (const results of seen) {
    host.client().onUpdate(notes.list, { list: "shared" }, (list: unknown[]) => results.push(list.length));
  }
  await eventually(() => seen.every((results) => results.length === 1), "the first results");
  expect(runsOf("shared")).toBe(1);
  await add("shared", "one");
  await eventually(() => seen.every((results) => results.length === 2), "the change");
  await add("another", "list");
  await add("shared", "two");
  await eventually(() => seen.every((results) => results.at(-1) === 2), "the second change");
  expect([runsOf("shared"), seen]).toEqual([3, seen.map(() => [0, 1, 2])]);
});

test("who changes identity while results are on their way sees their own last, and nobody else's", async () => {
  const client = host.client();
  const subjects: (string | null)[] = [];
  client.onUpdate(notes.whoAmI, {}, (identity) => subjects.push(identity?.subject ?? null));
  for (const subject of ["ann", "bob", "cleo"]) {
    client.setAuth(() => tokenFor(subject));
    void add("busy", subject);
  }
  await eventually(() => subjects.at(-1) === "cleo", "the last identity");
  const other = host.client();
  const others: unknown[] = [];
  other.onUpdate(notes.whoAmI, {}, (identity) => others.push(identity));
  await eventually(() => others.length > 0, "an anonymous result");
  expect([others, subjects.at(-1)]).toEqual([[null], "cleo"]);
  expect(subjects.every((subject) => [null, "ann", "bob", "cleo"].includes(subject))).toBe(true);
});

test("pages of a live list neither overlap nor leave gaps while it grows inside them", {
  timeout: 90_000,
}, async () => {
  const client = host.client();
  const list = "paged";
  for (let n = 0; n < 6; n += 1) await add(list, `note ${n}`);
  type Pages = { results: { text: string; list: string }[]; status: string; loadMore(count: number): boolean };
  const seen: Pages[] = [];
  const query = { initialNumItems: 4 };
  client.onPaginatedUpdate_experimental(notes.page, {} as never, query, (result) =>
    seen.push(result as unknown as Pages),
  );
  const last = () => seen.at(-1) as Pages;
  await eventually(() => last()?.results.length === 4, "the first page");
  while (last().status !== "Exhausted") {
    const before = seen.length;
    last().loadMore(4);
    await eventually(() => seen.length > before && last().status !== "LoadingMore", "the next page", 20_000);
  }
  const stored = async () =>
    (await host.http().query(notes.list, { list })).map(({ text }: { text: string }) => text) as string[];
  for (let n = 6; n < 20; n += 1) await add(list, `note ${n}`);
  const shown = () => last().results.flatMap((note) => (note.list === list ? [note.text] : []));
  await eventually(() => shown().length === 20, "the grown list", 20_000);
  expect(shown()).toEqual(await stored());
  const ids = (last().results as unknown as { _id: string }[]).map(({ _id }) => _id);
  expect(new Set(ids).size).toBe(ids.length);
});
