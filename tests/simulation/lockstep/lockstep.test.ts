/** Model, real contract and backend in lockstep: random episodes of a hundred acts, all invariants after each of them. */
import { beforeEach, expect, inject, test, vi } from "vitest";
import { runsOf, tally, trialSeed } from "../../trials/trial";
import { INVARIANTS } from "../invariants";
import { ACTS, playLockstep } from "./episode";
import { episodeSeeds } from "./randomness";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
});

const DAY_MS = 86_400_000;
/** Enough for all that must be met to be met. */
const MANY = 3_000;
/** The other engine must only agree. */
const ON_THE_OTHER_ENGINE = 200;

const isMainEngine = inject("engine") === "convex-test";

/** What an honest run must have come across: acceptances and refusals of the backend, and of the contract. Stories meet what is rare. */
const EXPECTED = [
  ...["commit ok", "commit TIER_FULL", "commit AMOUNT_BELOW_MINIMUM", "commit STOPPED", "cancel commitment ok"],
  ...["withdraw ok", "withdraw WITHDRAWAL_ABOVE_MAXIMUM", "withdraw WITHDRAWAL_OPEN", "withdraw RESTORING"],
  ...["withdraw STOPPED", "withdraw VAULT_PAUSED", "quote ok", "accepting ok", "cancel withdrawal ok"],
  ...["move ok", "move MOVE_ABOVE_MAXIMUM", "move ASSIGNMENT_ABOVE_SUSPENSE", "move TIER_FULL", "move STOPPED"],
  ...["buy ok", "exercise ok", "collect ok", "policy settled", "policy released", "policy lapsed"],
];
const EXPECTED_OF_CONTRACT = [
  ...["deposit ok", "withdraw ok", "premium ok", "lock ok", "release ok", "settle ok", "revoke ok", "pause ok"],
  ...["gift ok", "absorb ok", "lower caps ok", "schedule caps ok", "apply change ok", "absorb errNoSurplus"],
  ...["withdraw errAuthorizationUsed", "withdraw errAuthorizationExpired", "withdraw errInvalidSignature"],
  ...["withdraw errPaused", "premium errInvalidSignature", "premium errPolicyExists"],
  ...["premium errAuthorizationExpired", "deposit errIndirectCall", "deposit errInvalidAmount"],
  ...["settle errNotAuthorized", "release errReleaseTooEarly"],
  ...["lock errLockExceedsCoverage", "settle errInvalidTokenContract"],
  ...["revoke errNotAuthorized", "pause errNotAuthorized", "lower caps errCapNotLower"],
];

test(
  "the contract and the backend do what the model does",
  async () => {
    const owed = isMainEngine ? runsOf("lockstep") : ON_THE_OTHER_ENGINE;
    const seeds = episodeSeeds(trialSeed(), Math.ceil(owed / ACTS));
    const [met, answered] = [new Set<string>(), new Map<string, number>()];
    const also = {
      episodes: seeds.length,
      invariants: INVARIANTS.length,
      transactions: 0,
      aborted: 0,
      forged: 0,
      forks: 0,
    };
    for (const [n, seed] of seeds.entries()) {
      const played = await playLockstep(seed, Math.min(ACTS, owed - n * ACTS));
      for (const one of played.met) met.add(one);
      for (const [what, times] of played.chain.answered) answered.set(what, (answered.get(what) ?? 0) + times);
      also.transactions += played.chain.executed;
      also.forged += played.chain.refused;
      also.forks += played.chain.forkCount;
    }
    for (const [what, times] of answered) if (!what.endsWith(" ok")) also.aborted += times;
    if (owed >= MANY) {
      expect(EXPECTED.filter((one) => !met.has(one))).toEqual([]);
      expect(EXPECTED_OF_CONTRACT.filter((one) => !answered.has(one))).toEqual([]);
    }
    if (isMainEngine) tally("lockstep", { done: owed, also });
  },
  DAY_MS,
);
