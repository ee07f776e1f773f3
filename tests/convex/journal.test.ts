/** The journal: every posting once, in the order of the books, with whose it is. */
import { beforeEach, expect, test } from "vitest";
import { internal } from "../../convex/_generated/api";
import { applyEntry } from "../../convex/ledger/model";
import { openPosition } from "../../convex/positions/model";
import { depositEntry } from "../../src/domain/ledger";
import { ALICE, type Backend, BOB, openBackend } from "./backend";

let backend: Backend;
beforeEach(async () => {
  backend = await openBackend();
});

const list = (numItems: number, cursor: string | null = null) =>
  backend.query(internal.ledger.journal.list, { paginationOpts: { numItems, cursor } });

test("postings are listed once each, those of a position with its owner, the others with none", async () => {
  const positionId = await backend.run(async (ctx) => {
    const positionId = await openPosition(ctx, { provider: ALICE, tier: "Balanced", token: "STX" });
    const deposit = { token: "STX" as const, amount: 100n };
    await applyEntry(ctx, depositEntry({ ...deposit, sequence: 1n, depositor: ALICE }, { positionId, amount: 60n }), 1);
    await applyEntry(ctx, depositEntry({ ...deposit, sequence: 2n, depositor: BOB }, null), 2);
    return positionId;
  });
  const first = await list(2);
  expect(first.isDone).toBe(false);
  const rest = await list(1_000, first.continueCursor);
  expect(rest.isDone).toBe(true);
  const owner = { provider: ALICE, tier: "Balanced" };
  expect([...first.page, ...rest.page]).toEqual([
    { entryId: "deposit:1", token: "STX", account: "vault", amount: -100n, owner: null },
    { entryId: "deposit:1", token: "STX", account: `position/${positionId}/available`, amount: 60n, owner },
    { entryId: "deposit:1", token: "STX", account: `suspense/${ALICE}`, amount: 40n, owner: null },
    { entryId: "deposit:2", token: "STX", account: "vault", amount: -100n, owner: null },
    { entryId: "deposit:2", token: "STX", account: `suspense/${BOB}`, amount: 100n, owner: null },
  ]);
});
