/**
 * A host that is killed (SIGKILL) again and again under the writes of official clients, and started again on its port:
 * nothing acknowledged is lost, nothing is written twice, and live queries come back to what the database holds.
 */
import type { ConvexClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Mutator } from "../malformed/mutator";
import { HostProcess } from "./hostProcess";
import { eventually, type HostUnderTest, notes } from "./hostUnderTest";

const SEED = Number(process.env.SEED ?? 20262);
const ROUNDS = 4;
const SOCKETS = 3;
const LIST = "killed";
let host: HostUnderTest;
let killable: HostProcess;
const random = new Mutator(SEED);

beforeAll(async () => {
  killable = await HostProcess.deployed();
  ({ host } = killable);
}, 180_000);
afterAll(() => killable.remove());

interface Writer {
  acknowledged: string[];
  /** Sent, and never answered. */
  open: string[];
}

/** Writes one numbered note after the other until told to stop. */
async function write(lane: string, goesOn: () => boolean, add: (text: string) => Promise<unknown>): Promise<Writer> {
  const writer: Writer = { acknowledged: [], open: [] };
  for (let n = 0; goesOn(); n += 1) {
    const text = `${lane}:${n}`;
    await add(text).then(
      () => {
        writer.acknowledged.push(text);
        answers.set(lane, writer.acknowledged.length);
      },
      async () => {
        writer.open.push(text);
        await new Promise((resolve) => setTimeout(resolve, 50));
      },
    );
  }
  return writer;
}
/** How many notes of each writer were acknowledged. */
const answers = new Map<string, number>();
const allAnswers = () => [...answers.values()].reduce((sum, n) => sum + n, 0);

function watch(client: ConvexClient): string[][] {
  const seen: string[][] = [];
  client.onUpdate(notes.list, { list: LIST }, (list) => seen.push(list.map(({ text }: { text: string }) => text)));
  return seen;
}

test(`${ROUNDS} kills lose no acknowledged mutation and double none`, { timeout: 240_000 }, async () => {
  let goesOn = true;
  await killable.start();
  const seen = watch(host.client());
  const sockets = Array.from({ length: SOCKETS }, (_, n) => {
    const client = host.client();
    return write(
      `socket ${n}`,
      () => goesOn,
      (text) => client.mutation(notes.add, { list: LIST, text }),
    );
  });
  const http = host.http();
  const overHttp = write(
    "http",
    () => goesOn,
    (text) => http.mutation(notes.add, { list: LIST, text }),
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    const enough = allAnswers() + 10 + random.below(40);
    // The host is quick to come back, a client may be slow to notice: each one takes part in each round.
    const everyoneWrote = () => answers.size > SOCKETS && [...answers.values()].every((n) => n > round);
    await eventually(() => allAnswers() >= enough && everyoneWrote(), `round ${round} of seed ${SEED}`, 60_000);
    await new Promise((resolve) => setTimeout(resolve, random.below(20)));
    await killable.kill();
    await killable.start();
  }
  goesOn = false;
  const written = await Promise.all([...sockets, overHttp]);
  const list = (await host.http().query(notes.list, { list: LIST })) as { text: string }[];
  const stored = list.map(({ text }) => text);

  const acknowledged = written.flatMap((writer) => writer.acknowledged);
  const open = written.flatMap((writer) => writer.open);
  console.log(
    `seed ${SEED}: ${acknowledged.length} acknowledged, ${open.length} unanswered over HTTP, ${ROUNDS} kills`,
  );
  expect(new Set(stored).size).toBe(stored.length);
  expect(acknowledged.filter((text) => !stored.includes(text))).toEqual([]);
  expect(stored.filter((text) => !acknowledged.includes(text) && !open.includes(text))).toEqual([]);
  // A socket sends again what was not answered, so each of its notes is acknowledged in the end.
  expect(open.filter((text) => text.startsWith("socket"))).toEqual([]);
  expect(written.map((writer) => writer.acknowledged.length >= ROUNDS)).not.toContain(false);

  await eventually(() => seen.at(-1)?.length === stored.length, "the live query");
  expect(seen.at(-1)).toEqual(stored);
  // What was once shown is never taken back.
  expect(seen.every((texts, n) => texts.length >= (seen[n - 1]?.length ?? 0))).toBe(true);
});
