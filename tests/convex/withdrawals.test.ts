/** Quoting and requesting withdrawals of positions, and what is no withdrawal of ours. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api";
import { ALICE, as, BOB, openBackend } from "./backend";
import { HOUR, refusal, Scene, STX } from "./withdrawing";

let scene: Scene;

beforeEach(async () => {
  // The sync loop schedules its next cycle; tests run the cycles that they want themselves.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  scene = await Scene.open();
});

const MAX = 2n ** 63n - 1n;

describe("requesting", () => {
  test("reserves at once, pays on the final event", async () => {
    const { vault } = scene;
    await scene.deposited(ALICE, 5_000_000n);
    const { authorization, transaction } = await scene.request(ALICE, 2_000_000n);
    expect(transaction).toMatchObject({ functionName: "withdraw-funds", postConditionMode: "deny" });
    expect(authorization.expiresAt).toBe(BigInt(vault.timeOf(vault.height)) + 3_600n);
    expect(await scene.portfolio(ALICE)).toMatchObject({
      positions: [{ available: 3_000_000n, reserved: 2_000_000n }],
    });
    vault.withdraw(ALICE, "STX", 2_000_000n, authorization.id);
    await scene.settle();
    expect(await scene.portfolio(ALICE)).toMatchObject({
      positions: [{ total: 3_000_000n, available: 3_000_000n, reserved: 0n }],
    });
    await scene.expectExactBooks();
  });

  test("asking again for the same amount gives the open authorisation; another amount waits", async () => {
    await scene.deposited(ALICE, 5_000_000n);
    const first = await scene.request(ALICE, 2_000_000n);
    expect(await scene.request(ALICE, 2_000_000n)).toEqual(first);
    const open = refusal("WITHDRAWAL_OPEN", { amount: 2_000_000n, expiresAt: first.authorization.expiresAt });
    await expect(scene.request(ALICE, 1_000_000n)).rejects.toEqual(open);
    await expect(scene.quote(ALICE)).rejects.toEqual(open);
    expect(await scene.withdrawals()).toHaveLength(1);
  });

  test("a position does not wait for the withdrawal of another", async () => {
    await scene.deposited(ALICE, 5_000_000n);
    await scene.deposited(ALICE, 5_000_000n, { ...STX, tier: "Conservative" });
    const first = await scene.request(ALICE, 2_000_000n);
    const second = await scene.request(ALICE, 2_000_000n, { tier: "Conservative" });
    expect(second.authorization.id).not.toBe(first.authorization.id);
    await scene.expectExactBooks();
  });

  test("an idempotency key gives its answer for ever, and to its own request alone", async () => {
    await scene.deposited(ALICE, 5_000_000n);
    const key = { idempotencyKey: "k" };
    const first = await scene.request(ALICE, 2_000_000n, key);
    scene.vault.withdraw(ALICE, "STX", 2_000_000n, first.authorization.id);
    await scene.settle();
    expect(await scene.request(ALICE, 2_000_000n, key)).toEqual(first);
    for (const other of [scene.request(ALICE, 1_000_000n, key), scene.requestSuspense(ALICE, 2_000_000n, key)]) {
      await expect(other).rejects.toEqual(refusal("IDEMPOTENCY_KEY_REUSED"));
    }
    expect(await scene.portfolio(ALICE)).toMatchObject({ positions: [{ available: 3_000_000n, reserved: 0n }] });
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
    await scene.deposited(ALICE, 5_000_000n);
    const request = { ...STX, amount: 2_000_000n, ...wrong };
    await expect(as(scene.backend, ALICE).action(api.liquidity.requestWithdrawal, request)).rejects.toEqual(
      refusal(code, facts),
    );
    expect(await scene.portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n, reserved: 0n }] });
    expect(await scene.withdrawals()).toEqual([]);
  });

  test("someone else's position can't be withdrawn, and nobody acts without a session", async () => {
    const { backend } = scene;
    await scene.deposited(ALICE, 5_000_000n);
    await expect(scene.request(BOB, 2_000_000n)).rejects.toEqual(refusal("NO_POSITION"));
    await expect(scene.quote(BOB)).rejects.toEqual(refusal("NO_POSITION"));
    const { withdrawalId } = await scene.request(ALICE, 2_000_000n);
    for (const call of [
      () => backend.action(api.liquidity.requestWithdrawal, { ...STX, amount: 2_000_000n }),
      () => backend.action(api.liquidity.requestSuspenseWithdrawal, { token: "STX", amount: 1n }),
      () => backend.action(api.liquidity.cancelWithdrawal, { withdrawalId }),
      () => backend.query(api.liquidity.quoteWithdrawal, STX),
      () => backend.query(api.liquidity.getProviderPortfolio, {}),
    ]) {
      await expect(call()).rejects.toEqual(refusal("NOT_SIGNED_IN"));
    }
  });

  test("before the first look at the chain nobody knows what can leave", async () => {
    const unseen = as(await openBackend(), ALICE);
    await expect(unseen.query(api.liquidity.quoteWithdrawal, STX)).rejects.toEqual(refusal("NOT_SYNCED"));
    await expect(unseen.action(api.liquidity.requestWithdrawal, { ...STX, amount: 1n })).rejects.toEqual(
      refusal("NOT_SYNCED"),
    );
  });

  test("while the vault is paused nothing is signed, deposits go on, and what is open can be cancelled", async () => {
    await scene.deposited(ALICE, 5_000_000n);
    const { withdrawalId } = await scene.request(ALICE, 2_000_000n);
    scene.vault.paused = true;
    await scene.deposited(BOB, 5_000_000n);
    await expect(scene.request(BOB, 2_000_000n)).rejects.toEqual(refusal("VAULT_PAUSED"));
    await expect(scene.request(ALICE, 2_000_000n)).rejects.toEqual(refusal("VAULT_PAUSED"));
    await expect(scene.quote(BOB)).rejects.toEqual(refusal("VAULT_PAUSED"));
    expect(await scene.cancel(ALICE, withdrawalId)).toEqual({ status: "cancelling" });
    expect(await scene.withdrawals()).toHaveLength(1);
    scene.vault.paused = false;
    scene.vault.mine();
    await scene.sync();
    await scene.request(BOB, 2_000_000n);
  });

  test("a full exit leaves an empty position, which takes deposits and pays again", async () => {
    await scene.deposited(ALICE, 5_000_000n);
    const all = await scene.request(ALICE, 5_000_000n);
    scene.vault.withdraw(ALICE, "STX", 5_000_000n, all.authorization.id);
    await scene.settle();
    expect(await scene.quote(ALICE)).toMatchObject({ max: 0n, binding: "available", total: 0n });
    await expect(scene.request(ALICE, 1n)).rejects.toEqual(refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 0n }));
    await scene.deposited(ALICE, 3_000_000n);
    expect(await scene.quote(ALICE)).toMatchObject({ max: 3_000_000n, total: 3_000_000n });
    await scene.request(ALICE, 3_000_000n);
    expect((await scene.portfolio(ALICE)).positions).toMatchObject([{ available: 0n, reserved: 3_000_000n }]);
    await scene.expectExactBooks();
  });
});

describe("quoting", () => {
  test("tells what binds, as of which block, and the request keeps to it", async () => {
    const { vault } = scene;
    await scene.deposited(ALICE, 5_000_000n);
    const asOf = vault.timeOf(vault.height) * 1_000;
    const whole = {
      total: 5_000_000n,
      available: 5_000_000n,
      onHold: 0n,
      holdUntil: 0,
      minimumPosition: 1_000_000n,
    };
    expect(await scene.quote(ALICE)).toEqual({ ...whole, asOf, max: 5_000_000n, binding: "available" });
    vault.cap = 9_000_000n; // half of it at once: all can't go, and the last million has to stay
    vault.mine();
    await scene.sync();
    expect(await scene.quote(ALICE)).toMatchObject({ max: 4_000_000n, binding: "minimum", asOf: asOf + 10_000 });
    await expect(scene.request(ALICE, 4_000_001n)).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 4_000_000n, binding: "minimum" }),
    );
    await scene.request(ALICE, 4_000_000n);
  });

  test("tells what is on hold, and until when", async () => {
    const aggressive = { ...STX, tier: "Aggressive" };
    await scene.deposited(ALICE, 5_000_000n, aggressive);
    const quote = await scene.quote(ALICE, aggressive);
    expect(quote).toMatchObject({ max: 0n, binding: "hold", available: 5_000_000n, onHold: 5_000_000n });
    expect(quote.holdUntil).toBeGreaterThan(quote.asOf);
    scene.vault.mine(25 * HOUR);
    await scene.sync();
    const later = await scene.quote(ALICE, aggressive);
    expect(later).toMatchObject({ max: 5_000_000n, onHold: 0n, holdUntil: quote.holdUntil });
    expect(later.asOf).toBeGreaterThanOrEqual(quote.holdUntil);
  });

  test.each([
    ["UNKNOWN_TOKEN", { token: "DOGE" }],
    ["UNKNOWN_TIER", { tier: "Reckless" }],
  ])("%s for %o", async (code, wrong) => {
    await scene.deposited(ALICE, 5_000_000n);
    await expect(scene.quote(ALICE, { ...STX, ...wrong })).rejects.toEqual(refusal(code));
  });

  test("what the vault may let out binds, less what other authorisations may take", async () => {
    await scene.deposited(ALICE, 5_000_000n);
    await scene.deposited(BOB, 5_000_000n);
    scene.vault.cap = 12_000_000n; // half of it at once
    scene.vault.mine();
    await scene.sync();
    await scene.request(ALICE, 4_000_000n);
    expect(await scene.quote(BOB)).toMatchObject({ max: 2_000_000n, binding: "outflow" });
    await expect(scene.request(BOB, 2_000_001n)).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 2_000_000n, binding: "outflow" }),
    );
    await scene.request(BOB, 2_000_000n);
  });

  test("of two quotes for the same room the first request gets it; the other is refused with what is left", async () => {
    const people = [ALICE, BOB];
    for (const who of people) await scene.deposited(who, 5_000_000n);
    scene.vault.cap = 14_000_000n;
    scene.vault.mine();
    await scene.sync();
    expect(await Promise.all(people.map((who) => scene.quote(who)))).toMatchObject([
      { max: 5_000_000n },
      { max: 5_000_000n },
    ]);
    const answers = await Promise.allSettled(people.map((who) => scene.request(who, 5_000_000n)));
    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = answers.find((answer) => answer.status === "rejected");
    expect(refused?.reason).toEqual(refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 2_000_000n, binding: "outflow" }));
    expect((await scene.withdrawals()).map(({ amount }) => amount)).toEqual([5_000_000n]);
    await scene.expectExactBooks();
  });

  test("a request sent twice at once is one withdrawal", async () => {
    await scene.deposited(ALICE, 5_000_000n);
    const [one, other] = await Promise.all([scene.request(ALICE, 2_000_000n), scene.request(ALICE, 2_000_000n)]);
    expect(other).toEqual(one);
    expect(await scene.withdrawals()).toHaveLength(1);
    await scene.expectExactBooks();
  });
});

describe("what the vault pays without our authorisation is a breach: booked, and nothing more is signed", () => {
  test("an id that is not ours; an operator's reset lets withdrawals go on", async () => {
    await scene.deposited(ALICE, 5_000_000n);
    scene.vault.withdraw(BOB, "STX", 1_000_000n, 77n);
    await scene.settle();
    expect(await scene.account(`breach/${BOB}`)).toBe(-1_000_000n);
    expect(await scene.stopped()).toBe(`${BOB} withdrew 1 STX by authorisation 77, which is not ours.`);
    await expect(scene.request(ALICE, 2_000_000n)).rejects.toEqual(refusal("STOPPED"));
    await expect(scene.quote(ALICE)).rejects.toEqual(refusal("STOPPED"));
    await scene.letGoOn();
    await scene.request(ALICE, 2_000_000n);
    await scene.expectExactBooks();
  });

  test("let go on, no more is signed than the vault has free: without what is locked there, and what others may take", async () => {
    const { vault } = scene;
    const other = { ...STX, tier: "Conservative" };
    await scene.deposited(ALICE, 5_000_000n);
    await scene.deposited(ALICE, 5_000_000n, other);
    vault.withdraw(BOB, "STX", 5_000_000n, 77n);
    const sold = { buyer: BOB, policyId: 7n, lock: 2_000_000n, coverage: 2_000_000n, releaseAfter: 2_000_000_000n };
    vault.add({ kind: "premium", ...sold, amount: 1_000_000n, ...vault.move("STX", 1_000_000n) });
    await scene.settle();
    await scene.letGoOn();
    expect(await scene.quote(ALICE)).toMatchObject({ max: 4_000_000n, binding: "vault" });
    await scene.request(ALICE, 1_000_000n);
    expect(await scene.quote(ALICE, other)).toMatchObject({ max: 3_000_000n, binding: "vault" });
    await expect(scene.request(ALICE, 3_000_001n, other)).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 3_000_000n, binding: "vault" }),
    );
    await scene.expectExactBooks();
  });

  test.each([
    ["more", ALICE, 3_000_000n],
    ["less", ALICE, 1_000_000n],
    ["to somebody else", BOB, 2_000_000n],
  ])("an open one, paid %s: its reserve stays until it expires", async (_how, who, amount) => {
    await scene.deposited(ALICE, 5_000_000n);
    const { authorization } = await scene.request(ALICE, 2_000_000n);
    scene.vault.withdraw(who, "STX", amount, authorization.id);
    await scene.settle();
    expect(await scene.account(`breach/${who}`)).toBe(-amount);
    expect(await scene.stopped()).toContain(`which was for 2 STX to ${ALICE}`);
    expect(await scene.portfolio(ALICE)).toMatchObject({
      positions: [{ available: 3_000_000n, reserved: 2_000_000n }],
    });
    scene.vault.mine(HOUR);
    await scene.settle();
    expect(await scene.portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n, reserved: 0n }] });
    await scene.expectExactBooks();
  });

  test("an open one, paid in the other token", async () => {
    await scene.deposited(ALICE, 5_000_000n);
    await scene.sent(BOB, 2_000_000n, "sBTC");
    const { authorization } = await scene.request(ALICE, 2_000_000n);
    scene.vault.withdraw(ALICE, "sBTC", 2_000_000n, authorization.id);
    await scene.settle();
    expect(await scene.account(`breach/${ALICE}`, "sBTC")).toBe(-2_000_000n);
    expect(await scene.account(`breach/${ALICE}`)).toBe(0n);
    expect(await scene.stopped()).not.toBeNull();
    await scene.expectExactBooks();
  });

  test.each(["paid", "expired", "revoked"])("one that is %s already", async (end) => {
    const { vault } = scene;
    await scene.deposited(ALICE, 5_000_000n);
    const { authorization } = await scene.request(ALICE, 2_000_000n);
    const pay = () => vault.withdraw(ALICE, "STX", 2_000_000n, authorization.id);
    if (end === "paid") pay();
    if (end === "expired") vault.mine(HOUR);
    if (end === "revoked") vault.revoke(authorization.id);
    await scene.settle();
    expect(await scene.withdrawals()).toMatchObject([{ status: end }]);
    expect(await scene.stopped()).toBeNull();
    const before = (await scene.portfolio(ALICE)).positions;
    pay();
    await scene.settle();
    expect(await scene.stopped()).toContain(`which the books have as ${end}`);
    expect(await scene.account(`breach/${ALICE}`)).toBe(-2_000_000n);
    expect((await scene.portfolio(ALICE)).positions).toEqual(before);
    expect(await scene.withdrawals()).toMatchObject([{ status: end }]);
    await scene.expectExactBooks();
  });
});
