/** What anybody is told of an authorisation whose id it knows: what it was for, and what became of it. */
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { ALICE, BOB } from "./backend";
import { HOUR, refusal, Scene } from "./withdrawing";

let scene: Scene;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  scene = await Scene.open();
  await scene.deposited(ALICE, 5_000_000n);
});

/** Asked without a session. */
const get = (...ids: bigint[]) => scene.backend.query(api.authorizations.get, { ids });

async function authorised() {
  const { withdrawalId, authorization } = await scene.request(ALICE, 2_000_000n);
  const { id, expiresAt } = authorization;
  return { withdrawalId, known: { id, token: "STX" as const, amount: 2_000_000n, withdrawer: ALICE, expiresAt } };
}

test("an id that is known has a row, and no other one", async () => {
  const { known } = await authorised();
  const row = { ...known, status: "authorised" };
  expect(await get(known.id)).toEqual([row]);
  expect(await get(known.id + 1n, known.id, known.id, 0n)).toEqual([row]);
  expect(await get(known.id + 1n)).toEqual([]);
  expect(await get()).toEqual([]);
});

test("no id is given twice, whoever asks: the second withdrawal is not made", async () => {
  const { known } = await authorised();
  await scene.deposited(BOB, 5_000_000n);
  const again = { provider: BOB, token: "STX", amount: 1_000_000n, authorizationId: known.id } as const;
  const from = { kind: "position" as const, tier: "Balanced" as const };
  const { authorise } = internal.withdrawals.requests;
  await expect(scene.backend.mutation(authorise, { ...again, from })).rejects.toThrow(`${known.id} is taken`);
  expect(await get(known.id)).toEqual([{ ...known, status: "authorised" }]);
  expect(await scene.portfolio(BOB)).toMatchObject({ positions: [{ available: 5_000_000n, reserved: 0n }] });
});

test("it says what became of it: paid", async () => {
  const { known } = await authorised();
  scene.vault.withdraw(ALICE, "STX", 2_000_000n, known.id);
  await scene.sync();
  expect(await get(known.id)).toEqual([{ ...known, status: "authorised" }]);
  await scene.settle();
  expect(await get(known.id)).toEqual([{ ...known, status: "paid" }]);
});

test("revoked, and cancelling before that", async () => {
  const { known, withdrawalId } = await authorised();
  await scene.cancel(ALICE, withdrawalId);
  expect(await get(known.id)).toEqual([{ ...known, status: "cancelling" }]);
  scene.vault.revoke(known.id);
  await scene.settle();
  expect(await get(known.id)).toEqual([{ ...known, status: "revoked" }]);
});

test("expired", async () => {
  const { known } = await authorised();
  scene.vault.mine(HOUR);
  await scene.settle();
  expect(await get(known.id)).toEqual([{ ...known, status: "expired" }]);
});

test("a hundred ids at once, and not one more", async () => {
  const { known } = await authorised();
  const ids = Array.from({ length: 99 }, (_, n) => BigInt(n + 1));
  expect(await get(...ids, known.id)).toEqual([{ ...known, status: "authorised" }]);
  await expect(get(...ids, known.id, 100n)).rejects.toEqual(refusal("TOO_MANY_IDS", { max: 100 }));
});
