/** What counts as a theft: each field that a payment can differ in, and each neighbour that is none. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Answers,
  type Authorization,
  type Claim,
  claimOf,
  judgeClaim,
  type PolicyFacts,
  type PremiumClaim,
  type SettlementClaim,
  unverified,
  type WithdrawalClaim,
} from "../../src/watcher/claims";
import { HonestWorld, happenings } from "./honestWorld";

const TIME = 1_800_000_000;
const MINED = { kind: "mined" as const, sequence: 7n, time: TIME };
const WAITING = { kind: "waiting" as const };

const authorization: Authorization = {
  ...{ id: 1n, token: "STX", amount: 5n, withdrawer: "ST1ALICE" },
  ...{ expiresAt: BigInt(TIME + 1), status: "authorised" },
};
const withdrawal: WithdrawalClaim = {
  ...{ kind: "withdrawal", txId: "0x1", place: MINED },
  ...{ id: 1n, token: "STX", amount: 5n, withdrawer: "ST1ALICE", expiresAt: null },
};
const policy: PolicyFacts = {
  ...{ buyer: "ST2BOB", token: "sBTC", premium: 3n, lock: 10n, coverage: 20n },
  ...{ termsExpireAt: (TIME + 1) * 1_000, expiresAt: (TIME + 500) * 1_000, outcome: null },
};
const premium: PremiumClaim = {
  ...{ kind: "premium", txId: "0x2", place: MINED, policyId: 2n, buyer: "ST2BOB", token: "sBTC" },
  ...{ premium: 3n, lock: 10n, coverage: 20n, releaseAfter: BigInt(TIME + 500) },
};
const settlement: SettlementClaim = {
  ...{ kind: "settlement", txId: "0x3", place: MINED, policyId: 2n, token: "sBTC", amount: 8n, buyer: "ST2BOB" },
};
const decided: PolicyFacts = { ...policy, outcome: { payout: 9n, missing: 1n } };

const told = (known: Authorization | null): Answers => ({
  authorizations: new Map([[1n, known]]),
  policies: new Map(),
});
const sold = (known: PolicyFacts | null): Answers => ({ authorizations: new Map(), policies: new Map([[2n, known]]) });
const NOTHING: Answers = { authorizations: new Map(), policies: new Map() };
const kinds = (claim: Claim, answers: Answers) => judgeClaim(claim, answers)?.map(({ kind }) => kind);

describe("a withdrawal", () => {
  test.each<[string, Partial<WithdrawalClaim>, Partial<Authorization>]>([
    ["as it was authorised", {}, {}],
    ["that is booked", {}, { status: "paid" }],
    ["that its owner cancels meanwhile", {}, { status: "cancelling" }],
    ["in the last second", { place: { ...MINED, time: TIME } }, { expiresAt: BigInt(TIME + 1) }],
    ["that waits", { place: WAITING, expiresAt: BigInt(TIME + 1) }, {}],
    ["that waits too late: the vault refuses it", { place: WAITING }, { status: "expired", expiresAt: 1n }],
    ["that waits though it was revoked: the vault refuses it", { place: WAITING }, { status: "revoked" }],
  ])("%s is nothing", (_name, claim, known) => {
    expect(kinds({ ...withdrawal, ...claim }, told({ ...authorization, ...known }))).toEqual([]);
  });

  test.each<[string, string, Partial<WithdrawalClaim>, Partial<Authorization>]>([
    ["of another token", "withdrawal.differs", { token: "sBTC" }, {}],
    ["of more", "withdrawal.differs", { amount: 6n }, {}],
    ["of less", "withdrawal.differs", { amount: 4n }, {}],
    ["by somebody else", "withdrawal.differs", { withdrawer: "ST3CAROL" }, {}],
    ["that waits under another end", "withdrawal.differs", { place: WAITING, expiresAt: BigInt(TIME + 2) }, {}],
    ["in the second in which it ended", "withdrawal.ended", {}, { expiresAt: BigInt(TIME) }],
    ["that has expired here", "withdrawal.ended", {}, { status: "expired" }],
    ["that was revoked", "withdrawal.ended", {}, { status: "revoked" }],
  ])("%s pauses", (_name, kind, claim, known) => {
    const found = judgeClaim({ ...withdrawal, ...claim }, told({ ...authorization, ...known }));
    expect(found).toEqual([expect.objectContaining({ kind, pauses: true })]);
  });

  test("that the backend does not know pauses, wherever it is seen", () => {
    for (const place of [MINED, WAITING]) {
      const found = judgeClaim({ ...withdrawal, place }, told(null));
      expect(found).toEqual([expect.objectContaining({ kind: "withdrawal.unknown", pauses: true })]);
    }
  });

  test("that waited and is mined after all is a cause of its own", () => {
    const [mined, waiting] = [MINED, WAITING].map(
      (place) => judgeClaim({ ...withdrawal, place }, told(null))?.[0]?.key,
    );
    expect(mined).not.toBe(waiting);
  });

  test("of which the backend does not speak is undecided, and a finding only when that lasts", () => {
    expect(judgeClaim(withdrawal, NOTHING)).toBeNull();
    expect(unverified(withdrawal, 120)).toMatchObject({ kind: "payment.unverified", pauses: true });
  });
});

describe("a policy", () => {
  test("as it was sold is nothing, in its last second too, and while it waits", () => {
    expect(kinds(premium, sold(policy))).toEqual([]);
    expect(kinds({ ...premium, place: WAITING }, sold({ ...policy, termsExpireAt: 0 }))).toEqual([]);
  });

  test.each<[string, Partial<PremiumClaim>]>([
    ["another buyer", { buyer: "ST3CAROL" }],
    ["another token", { token: "STX" }],
    ["another premium", { premium: 2n }],
    ["another lock", { lock: 11n }],
    ["another coverage", { coverage: 21n }],
    ["another release", { releaseAfter: BigInt(TIME + 501) }],
    ["terms that had ended", { place: { ...MINED, time: TIME + 1 } }],
  ])("with %s pauses", (_name, change) => {
    const found = judgeClaim({ ...premium, ...change }, sold(policy));
    expect(found).toEqual([expect.objectContaining({ kind: "policy.differs", pauses: true })]);
  });

  test("that nobody sold pauses; one of which nobody speaks is undecided", () => {
    expect(judgeClaim(premium, sold(null))).toEqual([
      expect.objectContaining({ kind: "policy.unknown", pauses: true }),
    ]);
    expect(judgeClaim(premium, NOTHING)).toBeNull();
  });
});

describe("a settlement", () => {
  test("of what was decided, or less, to the buyer is nothing", () => {
    for (const change of [{}, { amount: 7n }, { place: WAITING, buyer: null }]) {
      expect(kinds({ ...settlement, ...change }, sold(decided))).toEqual([]);
    }
  });

  test.each<[string, string, Partial<SettlementClaim>, PolicyFacts | null]>([
    ["that nobody decided", "settlement.undecided", {}, policy],
    ["of a policy that nobody knows", "settlement.unknown", {}, null],
    ["of more than is there for it", "settlement.differs", { amount: 9n }, decided],
    ["of another token", "settlement.differs", { token: "STX" }, decided],
    ["to somebody else", "settlement.differs", { buyer: "ST3CAROL" }, decided],
  ])("%s pauses", (_name, kind, change, known) => {
    const found = judgeClaim({ ...settlement, ...change }, sold(known));
    expect(found).toEqual([expect.objectContaining({ kind, pauses: true })]);
  });
});

describe("whatever honest people do", () => {
  test("nothing is found", () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const world = HonestWorld.of(all);
        const claims = world.events.flatMap((event) => claimOf(event) ?? []);
        for (const claim of claims) expect([claim, judgeClaim(claim, world.answers)]).toEqual([claim, []]);
      }),
    );
  });

  /** Each of these alone makes a payment another one. */
  const FORGERIES: Record<Claim["kind"], ((claim: never) => Claim)[]> = {
    withdrawal: [
      (claim: WithdrawalClaim) => ({ ...claim, id: claim.id + 10_000n }),
      (claim: WithdrawalClaim) => ({ ...claim, amount: claim.amount + 1n }),
      (claim: WithdrawalClaim) => ({ ...claim, token: claim.token === "STX" ? "sBTC" : "STX" }),
      (claim: WithdrawalClaim) => ({ ...claim, withdrawer: "ST9MALLORY" }),
      (claim: WithdrawalClaim) => ({ ...claim, place: { ...MINED, time: TIME + 1_000_000 } }),
    ],
    premium: [
      (claim: PremiumClaim) => ({ ...claim, policyId: claim.policyId + 10_000n }),
      (claim: PremiumClaim) => ({ ...claim, buyer: "ST9MALLORY" }),
      (claim: PremiumClaim) => ({ ...claim, lock: claim.lock + 1n }),
      (claim: PremiumClaim) => ({ ...claim, coverage: claim.coverage + 1n }),
      (claim: PremiumClaim) => ({ ...claim, premium: claim.premium - 1n }),
      (claim: PremiumClaim) => ({ ...claim, token: claim.token === "STX" ? "sBTC" : "STX" }),
    ],
    settlement: [
      (claim: SettlementClaim) => ({ ...claim, policyId: claim.policyId + 10_000n }),
      (claim: SettlementClaim) => ({ ...claim, amount: claim.amount + 1n }),
      (claim: SettlementClaim) => ({ ...claim, buyer: "ST9MALLORY" }),
      (claim: SettlementClaim) => ({ ...claim, token: claim.token === "STX" ? "sBTC" : "STX" }),
    ],
  };

  test("any single forgery is", () => {
    const bought = [
      { kind: "deposit" as const, who: 0, token: "STX" as const, size: 900 },
      { kind: "withdraw" as const, who: 0, token: "STX" as const, size: 100 },
      { kind: "buy" as const, who: 1, token: "STX" as const, size: 200 },
      { kind: "settle" as const, who: 1, token: "STX" as const, size: 50 },
    ];
    fc.assert(
      fc.property(happenings, (all) => {
        const { events, answers } = HonestWorld.of([...bought, ...all]);
        const known = (claim: Claim): Answers => {
          // The backend answers for whatever it is asked: what it has no row of it does not know.
          const { authorizations, policies } = answers;
          if (claim.kind === "withdrawal") {
            return { policies, authorizations: new Map([[claim.id, authorizations.get(claim.id) ?? null]]) };
          }
          return { authorizations, policies: new Map([[claim.policyId, policies.get(claim.policyId) ?? null]]) };
        };
        for (const claim of events.flatMap((event) => claimOf(event) ?? [])) {
          for (const forge of FORGERIES[claim.kind]) {
            const forged = forge(claim as never);
            const found = judgeClaim(forged, known(forged)) ?? [];
            expect([forged, found.map(({ pauses }) => pauses)]).toEqual([forged, [true]]);
          }
        }
      }),
    );
  });
});
