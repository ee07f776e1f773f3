/** Asking for a policy and for its exercise: what is refused, what is repeated, and what of a quote returns. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { payoutOf } from "../../src/domain/payout";
import { ALICE, BOB } from "./backend";
import { DAY, Desk, PRICE } from "./policyDesk";
import { setPrice } from "./pricing";
import { refusal } from "./withdrawing";

const CAROL = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC";
const BALANCED = { underlying: "STX", tier: "Balanced" } as const;
const CAPITAL = 1_000_000_000n;
/** Blocks for which terms can be used. */
const TERMS = 60;
let desk: Desk;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  desk = await Desk.open();
  await desk.scene.deposited(ALICE, CAPITAL);
  await desk.price("STX");
});

const wanted = (more = {}) => desk.wanted("STX", "Balanced", more);
const untouched = async () => {
  expect(await desk.position(ALICE, BALANCED)).toMatchObject({ available: CAPITAL, reserved: 0n, locked: 0n });
  await desk.expectExact();
};

describe("a request", () => {
  test("is exactly what was quoted, and its transaction pays exactly that", async () => {
    const quoted = await desk.backend.query(api.policies.quotePolicy, wanted());
    const { policyId, transaction, ...sold } = await desk.request(wanted());
    expect(quoted).toMatchObject({ premium: sold.premium, lock: sold.lock, coverage: sold.coverage });
    expect(sold.termsExpireAt).toBe((desk.now + 600) * 1_000);
    expect(transaction).toMatchObject({ functionName: "pay-premium", postConditionMode: "deny" });
    expect(transaction.postConditions).toHaveLength(1);
    expect(await desk.policy(policyId)).toMatchObject({ status: "quoted", buyer: BOB, locked: 0n, startedAt: null });
    expect(await desk.position(ALICE, BALANCED)).toMatchObject({
      available: CAPITAL - sold.lock,
      reserved: sold.lock,
      locked: 0n,
    });
  });

  test("for the same again is the same policy; for another one it has to wait until the first has lapsed", async () => {
    const terms = wanted();
    const first = await desk.request(terms);
    expect(await desk.request(terms)).toEqual(first);
    const another = { ...terms, quantity: terms.quantity * 2n };
    const open = refusal("QUOTE_OPEN", { policyId: first.policyId, termsExpireAt: first.termsExpireAt });
    await expect(desk.request(another)).rejects.toEqual(open);
    desk.vault.mine(TERMS);
    await desk.scene.sync();
    await expect(desk.request(terms)).rejects.toEqual(open);
    desk.vault.mine(2);
    await desk.price("STX");
    expect((await desk.policy(first.policyId)).status).toBe("lapsed");
    expect((await desk.request(another)).policyId).not.toBe(first.policyId);
    await desk.expectExact();
  });

  test("with a key is the same policy for good, whatever became of it", async () => {
    const terms = wanted();
    const first = await desk.request(terms, BOB, { idempotencyKey: "k" });
    desk.vault.mine(TERMS + 5);
    await desk.price("STX");
    expect(await desk.request(terms, BOB, { idempotencyKey: "k" })).toEqual(first);
    await expect(desk.request({ ...terms, quantity: 1n }, BOB, { idempotencyKey: "k" })).rejects.toEqual(
      refusal("IDEMPOTENCY_KEY_REUSED"),
    );
    await expect(desk.request(terms, BOB, { idempotencyKey: "k".repeat(201) })).rejects.toEqual(
      refusal("IDEMPOTENCY_KEY_TOO_LONG"),
    );
    expect((await desk.request(terms, ALICE, { idempotencyKey: "k" })).policyId).not.toBe(first.policyId);
  });

  test("signs no more than the buyer allows", async () => {
    const { premium } = await desk.backend.query(api.policies.quotePolicy, wanted());
    await expect(desk.request(wanted(), BOB, { maxPremium: premium - 1n })).rejects.toEqual(
      refusal("PREMIUM_ABOVE_MAXIMUM", { premium }),
    );
    await untouched();
    expect((await desk.request(wanted(), BOB, { maxPremium: premium })).premium).toBe(premium);
  });

  test("leaves nothing where it is refused", async () => {
    await expect(desk.backend.action(api.policies.requestPolicy, wanted())).rejects.toEqual(refusal("NOT_SIGNED_IN"));
    await expect(desk.request(wanted({ underlying: "ETH" }))).rejects.toEqual(refusal("UNKNOWN_UNDERLYING"));
    await expect(desk.request(wanted({ tier: "Bold" }))).rejects.toEqual(refusal("UNKNOWN_TIER"));
    await expect(desk.request(wanted({ tier: "Aggressive" }))).rejects.toEqual(
      refusal("TIER_UNAVAILABLE", { max: 0n }),
    );
    await expect(desk.request(desk.wanted("BTC", "Balanced"))).rejects.toEqual(refusal("NO_GOOD_PRICE"));
    const stopped = { capability: "policies" as const, actor: "Ada", reason: "a drill" };
    await desk.backend.mutation(internal.breakers.control.tripBreaker, stopped);
    await expect(desk.request(wanted())).rejects.toEqual(refusal("STOPPED", { capability: "policies" }));
    await desk.backend.mutation(internal.breakers.control.resetBreaker, stopped);
    desk.vault.paused = true;
    await desk.scene.settle();
    await expect(desk.request(wanted())).rejects.toEqual(refusal("VAULT_PAUSED"));
    desk.vault.paused = false;
    desk.vault.mine(DAY);
    await desk.scene.sync();
    await expect(desk.request(wanted())).rejects.toEqual(refusal("NO_GOOD_PRICE"));
    await untouched();
  });
});

describe("a quote that is not paid", () => {
  test("returns what stands behind it once a final block is past its terms, not before", async () => {
    const { policyId, lock, termsExpireAt } = await desk.request(wanted());
    const last = (termsExpireAt / 1_000 - desk.vault.timeOf(0)) / 10;
    desk.vault.mine(last - desk.vault.height); // the tip is at their end, the final block is not
    await desk.scene.sync();
    expect(await desk.position(ALICE, BALANCED)).toMatchObject({ reserved: lock });
    desk.vault.mine();
    await desk.scene.sync();
    expect((await desk.policy(policyId)).status).toBe("lapsed");
    await untouched();
  });

  test("whose premium a reorganisation takes back was not bought, and still lapses", async () => {
    const { policyId, lock } = await desk.request(wanted());
    desk.vault.mine();
    await desk.pays(policyId);
    await desk.scene.sync();
    expect((await desk.policy(policyId)).status).toBe("quoted");
    desk.vault.orphan(1);
    desk.vault.mine();
    await desk.scene.sync();
    expect(await desk.policy(policyId)).toMatchObject({ status: "quoted", locked: 0n });
    expect(await desk.position(ALICE, BALANCED)).toMatchObject({ reserved: lock, locked: 0n });
    desk.vault.mine(TERMS + 5);
    await desk.scene.settle();
    expect((await desk.policy(policyId)).status).toBe("lapsed");
    expect(await desk.stopped()).toEqual({});
    await untouched();
  });

  test("whose premium comes again in another block is bought in that one", async () => {
    const { policyId } = await desk.request(wanted());
    desk.vault.mine();
    await desk.pays(policyId);
    await desk.scene.sync();
    desk.vault.orphan(1);
    desk.vault.mine();
    await desk.scene.sync();
    await desk.pays(policyId);
    const startedAt = desk.now;
    await desk.scene.settle();
    expect(await desk.policy(policyId)).toMatchObject({ status: "active", startedAt });
    await desk.expectExact();
  });
});

describe("an exercise", () => {
  const low = (PRICE.STX * 4n) / 5n;

  test("counts once: asking again is answered the same, and changes nothing", async () => {
    const policyId = await desk.bought(wanted());
    const first = await desk.exercise(policyId);
    desk.vault.mine(5);
    await desk.scene.sync();
    expect(await desk.exercise(policyId)).toEqual(first);
    await desk.price("STX", low);
    const { outcome } = await desk.policy(policyId);
    expect(outcome).toMatchObject({ priceUsdMicros: low });
    expect(await desk.exercise(policyId)).toEqual(first);
    await desk.serve();
    await desk.price("STX", low / 2n);
    expect(await desk.exercise(policyId)).toEqual(first);
    expect(await desk.policy(policyId)).toMatchObject({ status: "settled", outcome });
    expect((await desk.owed()).filter(({ kind }) => kind === "settle")).toHaveLength(1);
    await desk.expectExact();
  });

  test("is the buyer's own, of what is paid and final, and before the expiry", async () => {
    const { policyId } = await desk.request(wanted());
    const inactive = (status: string) => refusal("POLICY_NOT_ACTIVE", { status });
    await expect(desk.exercise(policyId)).rejects.toEqual(inactive("quoted"));
    await desk.pays(policyId);
    await desk.scene.sync();
    await expect(desk.exercise(policyId)).rejects.toEqual(inactive("quoted"));
    await desk.scene.settle();
    await expect(desk.exercise(policyId, CAROL)).rejects.toEqual(refusal("NO_POLICY"));
    await expect(desk.exercise(policyId + 1n)).rejects.toEqual(refusal("NO_POLICY"));
    await expect(desk.backend.action(api.policies.exercise, { policyId })).rejects.toEqual(refusal("NOT_SIGNED_IN"));
    expect(await desk.policy(policyId)).toMatchObject({ status: "active", exercisedAtMs: null });

    const { expiresAt } = await desk.policy(policyId);
    const expired = (status: string) => refusal("POLICY_EXPIRED", { status, expiresAt: expiresAt * 1_000 });
    desk.vault.mine(Math.ceil((expiresAt - desk.now) / 10));
    await desk.scene.sync();
    await expect(desk.exercise(policyId)).rejects.toEqual(expired("active"));
    desk.vault.mine();
    await desk.scene.sync();
    await expect(desk.exercise(policyId)).rejects.toEqual(expired("expiring"));
  });

  test("of a lapsed quote is refused", async () => {
    const { policyId } = await desk.request(wanted());
    desk.vault.mine(TERMS + 5);
    await desk.scene.settle();
    await expect(desk.exercise(policyId)).rejects.toEqual(refusal("POLICY_NOT_ACTIVE", { status: "lapsed" }));
  });

  test("takes the first good price published after it, whatever came before or comes later", async () => {
    const policyId = await desk.bought(wanted());
    await desk.price("STX", low / 2n);
    await desk.exercise(policyId);
    expect((await desk.policy(policyId)).outcome).toBeNull();
    desk.vault.mine();
    await desk.scene.sync();
    const at = desk.now * 1_000;
    const said = (priceUsdMicros: bigint) => ({ priceUsdMicros, publishedAtMs: at, confidenceUsdMicros: null });
    const quotes = [
      { source: "one", ...said(low) },
      { source: "two", ...said(low * 2n) },
    ];
    await desk.backend.mutation(internal.prices.record.recordLook, { looks: [{ underlying: "STX", quotes }] });
    expect(await desk.policy(policyId)).toMatchObject({ status: "exercising", outcome: null });
    await desk.price("STX", low);
    await desk.price("STX", low / 2n);
    const { outcome } = await desk.policy(policyId);
    expect(outcome?.priceUsdMicros).toBe(low);
  });

  test("does not take a price that was known before it, though published a moment ahead of us", async () => {
    const policyId = await desk.bought(wanted());
    const ahead = await setPrice(desk.backend, "STX", low / 2n, desk.now * 1_000 + 1);
    expect(await desk.exercise(policyId)).toEqual({ policyId, exercisedAt: ahead });
    await desk.price("STX", low);
    expect((await desk.policy(policyId)).outcome?.priceUsdMicros).toBe(low);
  });

  test("without a price until its expiry pays by the expiry's price", async () => {
    const policyId = await desk.bought(wanted());
    await desk.exercise(policyId);
    await desk.expires(policyId);
    expect((await desk.policy(policyId)).status).toBe("exercising");
    await desk.price("STX", low);
    desk.vault.mine(10);
    await desk.price("STX", PRICE.STX * 2n);
    const policy = await desk.policy(policyId);
    expect(policy.outcome).toMatchObject({ priceUsdMicros: low, payout: payoutOf(policy, low) });
  });

  test("for nothing keeps its lock until the expiry, as the vault does, and is released then", async () => {
    const policyId = await desk.bought(wanted());
    const { lock } = await desk.policy(policyId);
    await desk.exercise(policyId);
    await desk.price("STX", PRICE.STX);
    expect(await desk.policy(policyId)).toMatchObject({ status: "worthless", locked: lock, outcome: { payout: 0n } });
    expect(await desk.owed()).toEqual([]);
    expect(await desk.position(ALICE, BALANCED)).toMatchObject({ locked: lock });
    await desk.expires(policyId);
    expect((await desk.policy(policyId)).status).toBe("releasing");
    await desk.serve();
    expect((await desk.policy(policyId)).status).toBe("released");
    await untouched();
  });
});
