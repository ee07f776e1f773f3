import { beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { ALICE, as, type Backend, BOB, openBackend, PaperVault, settle, sync } from "./backend";
import { expectBooksToFold } from "./books";

let backend: Backend;
let vault: PaperVault;

beforeEach(async () => {
  // The sync loop schedules its next cycle; tests run the cycles that they want themselves.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  backend = await openBackend();
  vault = new PaperVault();
  await sync(backend, vault);
});

const STX = { token: "STX", tier: "Balanced" };
const MAX = 2n ** 63n - 1n;

async function deposited(who: string, amount: bigint, position = STX) {
  const { reference } = await as(backend, who).action(api.liquidity.requestCommitCapital, { ...position, amount });
  vault.deposit(who, position.token as "STX", amount, reference);
  await settle(backend, vault);
}

function portfolio(who: string) {
  return as(backend, who).query(api.liquidity.getProviderPortfolio, {});
}

function refusal(code: string, facts: Record<string, unknown> = {}) {
  return expect.objectContaining({ data: expect.objectContaining({ code, ...facts }) });
}

describe("withdrawing", () => {
  test("reserves at once, pays on the final event", async () => {
    await deposited(ALICE, 5_000_000n);
    const request = { ...STX, amount: 2_000_000n };
    const { authorization, transaction } = await as(backend, ALICE).action(api.liquidity.requestWithdrawal, request);
    expect(transaction).toMatchObject({ functionName: "withdraw-funds", postConditionMode: "deny" });
    expect(authorization.expiresAt).toBe(BigInt(vault.timeOf(vault.height)) + 3_600n);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 3_000_000n, reserved: 2_000_000n }] });
    vault.withdraw(ALICE, "STX", 2_000_000n, authorization.id);
    await settle(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({
      positions: [{ total: 3_000_000n, available: 3_000_000n, reserved: 0n }],
    });
    await expectBooksToFold(backend);
  });

  test("asking again for the same amount gives the open authorisation; another amount waits", async () => {
    await deposited(ALICE, 5_000_000n);
    const request = { ...STX, amount: 2_000_000n };
    const first = await as(backend, ALICE).action(api.liquidity.requestWithdrawal, request);
    expect(await as(backend, ALICE).action(api.liquidity.requestWithdrawal, request)).toEqual(first);
    await expect(
      as(backend, ALICE).action(api.liquidity.requestWithdrawal, { ...request, amount: 1_000_000n }),
    ).rejects.toEqual(refusal("WITHDRAWAL_OPEN", { amount: 2_000_000n }));
  });

  test("an unused authorisation's reserve returns once a final block is past its expiry, not before", async () => {
    await deposited(ALICE, 5_000_000n);
    const request = { ...STX, amount: 5_000_000n, idempotencyKey: "k" };
    const { authorization } = await as(backend, ALICE).action(api.liquidity.requestWithdrawal, request);
    const lastBlock = (Number(authorization.expiresAt) - vault.timeOf(0)) / 10;
    vault.mine(lastBlock - vault.height); // the tip is past expiry, the final block is not
    await sync(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 0n, reserved: 5_000_000n }] });
    vault.mine();
    await sync(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n, reserved: 0n }] });
    const again = await as(backend, ALICE).action(api.liquidity.requestWithdrawal, { ...STX, amount: 5_000_000n });
    expect(again.authorization.id).not.toBe(authorization.id);
    await expectBooksToFold(backend);
  });

  test("what the vault may let out binds, less what other authorisations may take", async () => {
    await deposited(ALICE, 5_000_000n);
    await deposited(BOB, 5_000_000n);
    vault.cap = 12_000_000n; // half of it at once
    vault.mine();
    await sync(backend, vault);
    await as(backend, ALICE).action(api.liquidity.requestWithdrawal, { ...STX, amount: 4_000_000n });
    await expect(
      as(backend, BOB).action(api.liquidity.requestWithdrawal, { ...STX, amount: 2_000_001n }),
    ).rejects.toEqual(refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 2_000_000n, binding: "outflow" }));
    await as(backend, BOB).action(api.liquidity.requestWithdrawal, { ...STX, amount: 2_000_000n });
  });

  test.each([
    ["UNKNOWN_TOKEN", { token: "DOGE" }, {}],
    ["UNKNOWN_TIER", { tier: "Reckless" }, {}],
    ["AMOUNT_NOT_POSITIVE", { amount: 0n }, {}],
    ["AMOUNT_NOT_POSITIVE", { amount: -1n }, {}],
    ["NO_POSITION", { tier: "Aggressive" }, {}],
    ["WITHDRAWAL_ABOVE_MAXIMUM", { amount: 5_000_001n }, { max: 5_000_000n, binding: "available" }],
    ["WITHDRAWAL_ABOVE_MAXIMUM", { amount: MAX }, { max: 5_000_000n }],
    ["REMAINDER_BELOW_MINIMUM", { amount: 4_500_000n }, { minimum: 1_000_000n }],
  ])("%s for %o, and nothing changes", async (code, wrong, facts) => {
    await deposited(ALICE, 5_000_000n);
    const request = { ...STX, amount: 2_000_000n, ...wrong };
    await expect(as(backend, ALICE).action(api.liquidity.requestWithdrawal, request)).rejects.toEqual(
      refusal(code, facts),
    );
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n, reserved: 0n }] });
    expect(await backend.run((ctx) => ctx.db.query("withdrawals").take(1))).toEqual([]);
  });

  test("someone else's position can't be withdrawn, and nobody acts without a session", async () => {
    await deposited(ALICE, 5_000_000n);
    const request = { ...STX, amount: 2_000_000n };
    await expect(as(backend, BOB).action(api.liquidity.requestWithdrawal, request)).rejects.toEqual(
      refusal("NO_POSITION"),
    );
    for (const call of [
      () => backend.action(api.liquidity.requestWithdrawal, request),
      () => backend.action(api.liquidity.requestCommitCapital, request),
      () => backend.query(api.liquidity.getProviderPortfolio, {}),
    ]) {
      await expect(call()).rejects.toEqual(refusal("NOT_SIGNED_IN"));
    }
  });

  test("a withdrawal that is not ours is a breach: it is booked, and no more is signed until an operator resets", async () => {
    await deposited(ALICE, 5_000_000n);
    vault.withdraw(BOB, "STX", 1_000_000n, 77n);
    await settle(backend, vault);
    const request = { ...STX, amount: 2_000_000n };
    await expect(as(backend, ALICE).action(api.liquidity.requestWithdrawal, request)).rejects.toEqual(
      refusal("STOPPED"),
    );
    const breach = await backend.run((ctx) =>
      ctx.db
        .query("accounts")
        .withIndex("by_name_and_token", (q) => q.eq("name", `breach/${BOB}`))
        .unique(),
    );
    expect(breach?.balance).toBe(-1_000_000n);
    await expectBooksToFold(backend);
    await backend.mutation(internal.breakers.control.resetBreaker, {
      capability: "withdraw",
      actor: "Ada",
      reason: "looked into",
    });
    await as(backend, ALICE).action(api.liquidity.requestWithdrawal, request);
  });

  test("an authorisation that is paid after its reserve went back is a breach", async () => {
    await deposited(ALICE, 5_000_000n);
    const request = { ...STX, amount: 2_000_000n };
    const { authorization } = await as(backend, ALICE).action(api.liquidity.requestWithdrawal, request);
    vault.mine(1_000);
    await settle(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n, reserved: 0n }] });
    vault.withdraw(ALICE, "STX", 2_000_000n, authorization.id);
    await settle(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n, reserved: 0n }] });
    await expect(as(backend, ALICE).action(api.liquidity.requestWithdrawal, request)).rejects.toEqual(
      refusal("STOPPED"),
    );
    await expectBooksToFold(backend);
  });

  test("an authorised id paid with another amount is a breach too", async () => {
    await deposited(ALICE, 5_000_000n);
    const request = { ...STX, amount: 2_000_000n };
    const { authorization } = await as(backend, ALICE).action(api.liquidity.requestWithdrawal, request);
    vault.withdraw(ALICE, "STX", 3_000_000n, authorization.id);
    await settle(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 3_000_000n, reserved: 2_000_000n }] });
    await expectBooksToFold(backend);
  });
});
