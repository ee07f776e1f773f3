/** Withdrawing what no commitment claimed: the same authorisation, without a tier's terms. */
import { beforeEach, expect, test, vi } from "vitest";
import { ALICE, BOB } from "./backend";
import { HOUR, refusal, Scene } from "./withdrawing";

let scene: Scene;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  scene = await Scene.open();
});

const accounts = async (who: string) => [
  await scene.account(`suspense/${who}`),
  await scene.account(`reserved/${who}`),
];

test("is reserved in an account of its own, and paid from it", async () => {
  await scene.sent(ALICE, 100n);
  const { authorization, transaction } = await scene.requestSuspense(ALICE, 99n);
  expect(transaction).toMatchObject({ functionName: "withdraw-funds", postConditionMode: "deny" });
  expect(await accounts(ALICE)).toEqual([1n, 99n]);
  expect((await scene.portfolio(ALICE)).suspense).toMatchObject([{ token: "STX", amount: 1n, reserved: 99n }]);
  scene.vault.withdraw(ALICE, "STX", 99n, authorization.id);
  await scene.settle();
  expect(await accounts(ALICE)).toEqual([1n, 0n]);
  expect(await scene.stopped()).toBeNull();
  await scene.expectExactBooks();
});

test("suspense that is all reserved is still shown to its owner", async () => {
  await scene.sent(ALICE, 100n);
  await scene.requestSuspense(ALICE, 100n);
  expect((await scene.portfolio(ALICE)).suspense).toMatchObject([{ token: "STX", amount: 0n, reserved: 100n }]);
});

test("one is open a principal and token; positions and the other token do not wait for it", async () => {
  await scene.sent(ALICE, 100n);
  await scene.sent(ALICE, 100n, "sBTC");
  await scene.deposited(ALICE, 5_000_000n);
  const first = await scene.requestSuspense(ALICE, 60n);
  expect(await scene.requestSuspense(ALICE, 60n)).toEqual(first);
  const { expiresAt } = first.authorization;
  await expect(scene.requestSuspense(ALICE, 40n)).rejects.toEqual(
    refusal("WITHDRAWAL_OPEN", { amount: 60n, expiresAt }),
  );
  const others = [await scene.requestSuspense(ALICE, 60n, { token: "sBTC" }), await scene.request(ALICE, 60n)];
  const ids = [first, ...others].map(({ authorization }) => authorization.id);
  expect(new Set(ids).size).toBe(3);
  expect(await scene.quote(ALICE).catch((error) => error)).toEqual(refusal("WITHDRAWAL_OPEN", { amount: 60n }));
  await scene.expectExactBooks();
});

test("it returns by expiry and by the vault's revocation", async () => {
  await scene.sent(ALICE, 100n);
  await scene.requestSuspense(ALICE, 60n);
  scene.vault.mine(HOUR);
  await scene.settle();
  expect(await accounts(ALICE)).toEqual([100n, 0n]);
  const { withdrawalId, authorization } = await scene.requestSuspense(ALICE, 70n);
  expect(await scene.cancel(ALICE, withdrawalId)).toEqual({ status: "cancelling" });
  expect(await scene.owed()).toEqual([{ kind: "revoke", authorizationId: authorization.id }]);
  expect(await accounts(ALICE)).toEqual([30n, 70n]);
  scene.vault.revoke(authorization.id);
  await scene.settle();
  expect(await accounts(ALICE)).toEqual([100n, 0n]);
  await scene.expectExactBooks();
});

test("paid with another amount it is a breach, and the reserve stays until it expires", async () => {
  await scene.sent(ALICE, 100n);
  const { authorization } = await scene.requestSuspense(ALICE, 60n);
  scene.vault.withdraw(ALICE, "STX", 61n, authorization.id);
  await scene.settle();
  expect(await accounts(ALICE)).toEqual([40n, 60n]);
  expect(await scene.account(`breach/${ALICE}`)).toBe(-61n);
  expect(await scene.stopped()).not.toBeNull();
  await scene.expectExactBooks();
});

test("what the vault can pay binds it as it binds positions", async () => {
  await scene.sent(ALICE, 100n);
  await scene.sent(BOB, 100n);
  scene.vault.cap = 240n; // half of it at once
  scene.vault.mine();
  await scene.sync();
  await scene.requestSuspense(ALICE, 90n);
  await expect(scene.requestSuspense(BOB, 31n)).rejects.toEqual(
    refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 30n, binding: "outflow" }),
  );
  await scene.requestSuspense(BOB, 30n);
});

test.each<[string, bigint, { token?: string }, Record<string, unknown>]>([
  ["UNKNOWN_TOKEN", 1n, { token: "DOGE" }, {}],
  ["AMOUNT_NOT_POSITIVE", 0n, {}, {}],
  ["AMOUNT_NOT_POSITIVE", -1n, {}, {}],
  ["WITHDRAWAL_ABOVE_MAXIMUM", 101n, {}, { max: 100n, binding: "available" }],
  ["WITHDRAWAL_ABOVE_MAXIMUM", 1n, { token: "sBTC" }, { max: 0n, binding: "available" }],
])("%s for %i %o, and nothing changes", async (code, amount, more, facts) => {
  await scene.sent(ALICE, 100n);
  await expect(scene.requestSuspense(ALICE, amount, more)).rejects.toEqual(refusal(code, facts));
  expect(await accounts(ALICE)).toEqual([100n, 0n]);
  expect(await scene.withdrawals()).toEqual([]);
});

test("a stranger's suspense can't be named, and who has none gets none", async () => {
  await scene.sent(ALICE, 100n);
  await expect(scene.requestSuspense(BOB, 1n)).rejects.toEqual(refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 0n }));
  expect(await accounts(ALICE)).toEqual([100n, 0n]);
});
