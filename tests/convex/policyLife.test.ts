/** The whole life of a policy: bought, exercised or expired, settled or released, in both tokens and the three tiers. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api";
import { payoutOf } from "../../src/domain/payout";
import { TOKEN_OF, UNDERLYINGS } from "../../src/domain/policies";
import { TIERS } from "../../src/domain/tiers";
import { ALICE, as, BOB } from "./backend";
import { Desk, PRICE } from "./policyDesk";

const CAROL = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC";
let desk: Desk;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  desk = await Desk.open();
});

const CAPITAL = { BTC: 100_000_000n, STX: 1_000_000_000n };
const cases = UNDERLYINGS.flatMap((underlying) => TIERS.map((tier) => ({ underlying, tier })));

async function backed(underlying: "BTC" | "STX", tier: (typeof TIERS)[number]) {
  for (const who of [ALICE, CAROL])
    await desk.scene.deposited(who, CAPITAL[underlying], { token: TOKEN_OF[underlying], tier });
  await desk.price(underlying);
}

describe.each(cases)("$underlying in $tier", ({ underlying, tier }) => {
  const token = TOKEN_OF[underlying];
  const half = (PRICE[underlying] * 3n) / 5n;
  const sum = async (field: "available" | "reserved" | "locked") => {
    const [one, other] = [
      await desk.position(ALICE, { underlying, tier }),
      await desk.position(CAROL, { underlying, tier }),
    ];
    return one[field] + other[field];
  };

  test("exercised in the money: the buyer gets the payout, the rest of the lock is free again", async () => {
    await backed(underlying, tier);
    const wanted = desk.wanted(underlying, tier);
    const quoted = await desk.request(wanted);
    expect(await sum("reserved")).toBe(quoted.lock);
    await desk.expectExact();
    await desk.pays(quoted.policyId);
    await desk.scene.settle();
    expect(await desk.policy(quoted.policyId)).toMatchObject({ status: "active", locked: quoted.lock, earned: 0n });
    expect([await sum("reserved"), await sum("locked")]).toEqual([0n, quoted.lock]);
    await desk.expectExact();

    await desk.exercise(quoted.policyId);
    expect((await desk.policy(quoted.policyId)).status).toBe("exercising");
    await desk.price(underlying, half);
    const policy = await desk.policy(quoted.policyId);
    const payout = payoutOf(policy, half);
    expect(policy).toMatchObject({ status: "settling", outcome: { priceUsdMicros: half, payout, missing: 0n } });
    await desk.expectExact();
    await desk.serve();
    expect((await desk.policy(quoted.policyId)).status).toBe("settled");
    expect([await sum("reserved"), await sum("locked")]).toEqual([0n, 0n]);
    expect(await sum("available")).toBe(2n * CAPITAL[underlying] - payout);
    const paid = desk.vault.events.findLast(({ event }) => event.kind === "settlement")?.event;
    expect(paid).toMatchObject({ policyId: quoted.policyId, buyer: BOB, amount: payout, token });
    expect(await desk.stopped()).toEqual({});
    await desk.expectExact();
  });

  test("expired in the money it settles by itself; out of it, it is released", async () => {
    await backed(underlying, tier);
    const first = await desk.bought(desk.wanted(underlying, tier));
    await desk.expires(first);
    expect((await desk.policy(first)).status).toBe("expiring");
    await desk.price(underlying, half);
    desk.vault.mine(10);
    await desk.price(underlying);
    expect(await desk.policy(first)).toMatchObject({
      status: "settling",
      outcome: { priceUsdMicros: half, missing: 0n },
    });
    await desk.serve();
    expect((await desk.policy(first)).status).toBe("settled");

    // Nothing is sold soon after such a move.
    desk.vault.mine(1_100);
    await desk.price(underlying);
    const before = await sum("available");
    const second = await desk.bought(desk.wanted(underlying, tier));
    await desk.expires(second);
    await desk.price(underlying);
    desk.vault.mine(10);
    await desk.price(underlying, half);
    expect(await desk.policy(second)).toMatchObject({ status: "releasing", outcome: { payout: 0n, missing: 0n } });
    await desk.serve();
    expect((await desk.policy(second)).status).toBe("released");
    expect([await sum("available"), await sum("locked")]).toEqual([before, 0n]);
    expect(await desk.stopped()).toEqual({});
    await desk.expectExact();
  });
});

test("what is told of a policy, to anyone and to its buyer", async () => {
  await backed("STX", "Balanced");
  const policyId = await desk.bought(desk.wanted("STX", "Balanced"));
  const shown = await desk.backend.query(api.policies.getPolicy, { policyId });
  const { lock } = await desk.policy(policyId);
  expect(shown).toMatchObject({ policyId, buyer: BOB, status: "active", locked: lock, outcome: null });
  expect(shown).not.toHaveProperty("signature");
  const mine = (who: string) =>
    as(desk.backend, who).query(api.policies.getMyPolicies, { paginationOpts: { numItems: 10, cursor: null } });
  expect((await mine(BOB)).page).toEqual([shown]);
  expect((await mine(ALICE)).page).toEqual([]);
});

test("where to look a policy up on the chain, told to anyone", async () => {
  await backed("STX", "Conservative");
  const { policyId, premium } = await desk.request(desk.wanted("STX", "Conservative"));
  const steps = () => desk.backend.query(api.policies.getPolicySteps, { policyId });
  expect(await steps()).toEqual({ backings: 2, steps: [] });
  await desk.pays(policyId);
  await desk.scene.settle();
  const paid = { kind: "premium", amount: premium, status: "done", txIds: [expect.stringMatching(/^0x[0-9a-f]+$/)] };
  expect(await steps()).toEqual({ backings: 2, steps: [paid] });

  await desk.exercise(policyId);
  await desk.price("STX", (PRICE.STX * 3n) / 5n);
  const { outcome } = await desk.policy(policyId);
  const owed = { kind: "settlement", amount: outcome?.payout, status: "waiting", txIds: [] };
  expect(await steps()).toEqual({ backings: 2, steps: [paid, owed] });
  await desk.serve();
  expect(await steps()).toMatchObject({ backings: 0 });

  const unknown = desk.backend.query(api.policies.getPolicySteps, { policyId: 1n });
  await expect(unknown).rejects.toMatchObject({ data: { code: "NO_POLICY" } });
});
