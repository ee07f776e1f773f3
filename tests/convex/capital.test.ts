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

describe("committing", () => {
  test("a deposit shows as pending, then counts once it is final", async () => {
    const { reference, transaction } = await as(backend, ALICE).action(api.liquidity.requestCommitCapital, {
      ...STX,
      amount: 5_000_000n,
    });
    expect(transaction).toMatchObject({ network: "devnet", functionName: "deposit-funds", postConditionMode: "deny" });
    vault.deposit(ALICE, "STX", 5_000_000n, reference);
    await sync(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({
      positions: [],
      pendingDeposits: [{ token: "STX", tier: "Balanced", amount: 5_000_000n, reference }],
    });
    await settle(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({
      address: ALICE,
      positions: [
        { tier: "Balanced", token: "STX", total: 5_000_000n, available: 5_000_000n, reserved: 0n, locked: 0n },
      ],
      pendingDeposits: [],
      suspense: [],
    });
    expect((await portfolio(BOB)).positions).toEqual([]);
    expect(await backend.query(api.liquidity.getPoolStats, {})).toMatchObject([
      { token: "STX", totalBalanceOnChain: 5_000_000n, totalAvailable: 5_000_000n, totalLocked: 0n, lastSequence: 1n },
      { token: "sBTC", totalBalanceOnChain: 0n, lastSequence: 0n },
    ]);
  });

  test("only the committed amount from the named depositor in the right token counts; the rest is suspense", async () => {
    const request = { ...STX, amount: 5_000_000n };
    const { reference } = await as(backend, ALICE).action(api.liquidity.requestCommitCapital, request);
    vault.deposit(BOB, "STX", 1_000n, reference); // a stranger
    vault.deposit(ALICE, "sBTC", 2_000n, reference); // the wrong token
    vault.deposit(ALICE, "STX", 7_000_000n, reference); // more than committed
    vault.deposit(ALICE, "STX", 5_000_000n, reference); // a second time
    vault.deposit(ALICE, "STX", 3n, 99n); // a reference of nobody
    await settle(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({
      positions: [{ token: "STX", available: 5_000_000n }],
      suspense: [
        { token: "STX", amount: 2_000_000n + 5_000_000n + 3n },
        { token: "sBTC", amount: 2_000n },
      ],
    });
    expect(await portfolio(BOB)).toMatchObject({ positions: [], suspense: [{ token: "STX", amount: 1_000n }] });
  });

  test("a commitment may name who deposits; the capital is the provider's", async () => {
    const exchange = `${BOB}.exchange`;
    const { reference } = await as(backend, ALICE).action(api.liquidity.requestCommitCapital, {
      ...STX,
      amount: 5_000_000n,
      depositor: exchange,
    });
    vault.deposit(exchange, "STX", 5_000_000n, reference);
    await settle(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n }] });
  });

  test("the same idempotency key gives the same commitment, and refuses another one", async () => {
    const request = { ...STX, amount: 5_000_000n, idempotencyKey: "k" };
    const first = await as(backend, ALICE).action(api.liquidity.requestCommitCapital, request);
    expect(await as(backend, ALICE).action(api.liquidity.requestCommitCapital, request)).toEqual(first);
    await expect(
      as(backend, ALICE).action(api.liquidity.requestCommitCapital, { ...request, amount: 6_000_000n }),
    ).rejects.toEqual(refusal("IDEMPOTENCY_KEY_REUSED"));
    const other = await as(backend, BOB).action(api.liquidity.requestCommitCapital, request);
    expect(other.reference).not.toBe(first.reference);
  });

  test.each([
    ["UNKNOWN_TOKEN", { token: "DOGE" }],
    ["UNKNOWN_TIER", { tier: "Reckless" }],
    ["AMOUNT_NOT_POSITIVE", { amount: 0n }],
    ["AMOUNT_NOT_POSITIVE", { amount: -5n }],
    ["AMOUNT_BELOW_MINIMUM", { amount: 999_999n }],
    ["UNKNOWN_DEPOSITOR", { depositor: "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7" }],
    ["UNKNOWN_DEPOSITOR", { depositor: "nobody" }],
  ])("%s for %o, and nothing changes", async (code, wrong) => {
    const request = { ...STX, amount: 5_000_000n, ...wrong };
    await expect(as(backend, ALICE).action(api.liquidity.requestCommitCapital, request)).rejects.toEqual(refusal(code));
    expect(await backend.run((ctx) => ctx.db.query("commitments").take(1))).toEqual([]);
  });

  test("an amount that is not an int64 does not even reach the function", async () => {
    const request = { ...STX, amount: 1.5 as unknown as bigint };
    await expect(as(backend, ALICE).action(api.liquidity.requestCommitCapital, request)).rejects.toThrow("Validator");
    await expect(
      as(backend, ALICE).action(api.liquidity.requestCommitCapital, { ...STX, amount: MAX + 1n }),
    ).rejects.toThrow();
  });

  test("a hundred intents without a deposit are enough; after a day the oldest makes room", async () => {
    const commit = () => as(backend, ALICE).action(api.liquidity.requestCommitCapital, { ...STX, amount: 5_000_000n });
    const oldest = await commit();
    for (let n = 1; n < 100; n += 1) await commit();
    await expect(commit()).rejects.toEqual(refusal("TOO_MANY_OPEN_COMMITMENTS"));
    vi.useFakeTimers({ toFake: ["setTimeout", "Date"], now: Date.now() + 24 * 3_600_000 });
    await commit();
    vault.deposit(ALICE, "STX", 5_000_000n, oldest.reference);
    await settle(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n }], suspense: [] });
  });
});

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
