/** The caller's newest movements in pages: an entry is never cut, and nobody reads another's. Whole lives: statements.test.ts. */
import { beforeEach, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api";
import { ALICE, type Backend, BOB, openBackend } from "./backend";
import { activity } from "./recentActivity";
import { refusal, Scene } from "./withdrawing";

let backend: Backend;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  backend = await openBackend();
});

/** Written past the functions: an entry of so many postings, each of one base unit. */
const write = (owner: string, entryId: string, at: number, postings: number) =>
  backend.run(async (ctx) => {
    const posting = { entryId, at, owner, account: `suspense/${owner}`, token: "STX" as const, amount: 1n };
    for (let n = 0; n < postings; n++) await ctx.db.insert("postings", posting);
  });

test("an entry with more postings than a page stands whole on the page of its newest one", async () => {
  await write(ALICE, "move:a", 10, 1);
  await write(ALICE, "move:b", 20, 7);
  await write(BOB, "move:bob", 25, 2);
  await write(ALICE, "move:c", 30, 2);
  for (const size of [1, 2, 3, 8, 100]) {
    const found = await activity(backend, ALICE, size);
    expect(found.map(({ entryId, amount }) => [entryId, amount])).toEqual([
      ["move:c", 2n],
      ["move:b", 7n],
      ["move:a", 1n],
    ]);
  }
});

test("a page has a hundred postings at most, however many are asked for", async () => {
  for (let n = 0; n < 120; n++) await write(ALICE, `move:${n}`, n, 1);
  const { page, isDone } = await backend
    .withIdentity({ subject: ALICE })
    .query(api.statements.listActivity, { paginationOpts: { numItems: 5_000, cursor: null } });
  expect([page.length, isDone]).toEqual([100, false]);
});

test("a deposit is a line with its transaction, at its block's time; who has nothing has none, who is nobody is refused", async () => {
  const scene = await Scene.open(backend);
  await scene.deposited(ALICE, 5_000_000n);
  const [{ txId }] = scene.vault.events as [(typeof scene.vault.events)[0]];
  expect(await activity(backend, ALICE, 10)).toEqual([
    {
      ...{ at: expect.any(Number), entryId: "deposit:1", txId, kind: "deposit", note: "event 1 of the vault" },
      ...{ token: "STX", account: "position", tier: "Balanced" },
      ...{ amount: 5_000_000n, available: 5_000_000n, reserved: 0n, locked: 0n, earned: 0n },
    },
  ]);
  expect(await activity(backend, ALICE, 10, { token: "sBTC" })).toEqual([]);
  expect(await activity(backend, ALICE, 10, { kind: "withdrawal" })).toEqual([]);
  expect(await activity(backend, BOB, 10)).toEqual([]);
  const asked = { paginationOpts: { numItems: 1, cursor: null } };
  await expect(backend.query(api.statements.listActivity, asked)).rejects.toEqual(refusal("NOT_SIGNED_IN"));
});
