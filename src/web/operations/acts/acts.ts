/**
 * Every act that a role gives, and the one list of who may do which: the page offers by it, the service decides by its own,
 * and a test holds the two together. The words are the guide's (docs/operators.md).
 */
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../../convex/_generated/api";

export type Role = FunctionReturnType<typeof api.operations.getMyRoles>[number];

export const ACT_FUNCTIONS = {
  tripBreaker: api.operations.tripBreaker,
  resetBreaker: api.operations.resetBreaker,
  pauseOutbox: api.operations.pauseOutbox,
  resumeOutbox: api.operations.resumeOutbox,
  cancelCall: api.operations.cancelCall,
  retryCall: api.operations.retryCall,
  startAudit: api.operations.startAudit,
  retryDelivery: api.operations.retryDelivery,
  readPortfolio: api.operations.readPortfolio,
  setTierTerms: api.administration.setTierTerms,
  setTierRules: api.administration.setTierRules,
  requestExit: api.administration.requestExit,
  approveExit: api.administration.approveExit,
  cancelExit: api.administration.cancelExit,
  assignSurplus: api.administration.assignSurplus,
  correctBreach: api.administration.correctBreach,
};
export type ActName = keyof typeof ACT_FUNCTIONS;

interface ActWords {
  may: Role[];
  /** As the trail calls it. */
  recorded: string;
  /** What it does, and what it leaves alone: read before it is done. */
  does: string;
  doesNot: string;
}

const ALL: Role[] = ["operator", "guardian", "admin"];

export const ACTS: Record<ActName, ActWords> = {
  tripBreaker: {
    may: ALL,
    recorded: "breakers.trip",
    does: "Stops it at once, for everybody, until an operator resets it.",
    doesNot:
      "It moves nobody's money and does not touch the chain: deposits go on, and what is signed already stays valid.",
  },
  resetBreaker: {
    may: ["operator"],
    recorded: "breakers.reset",
    does: "Lets it go on, for everybody.",
    doesNot: "It does not mend the cause: what tripped it trips it again at the next look, should it persist.",
  },
  pauseOutbox: {
    may: ALL,
    recorded: "outbox.pause",
    does: "The outbox sends nothing new until it is resumed: locks, releases, settlements and revocations wait.",
    doesNot: "What is on its way is watched, and sent again where it must be. Nothing that waits is lost.",
  },
  resumeOutbox: {
    may: ["operator"],
    recorded: "outbox.resume",
    does: "The outbox sends again, what waits first.",
    doesNot: "It does not retry what has failed.",
  },
  cancelCall: {
    may: ["operator"],
    recorded: "outbox.cancel",
    does: "Takes this waiting call back, for good: it is never sent.",
    doesNot: "It does not undo what the call is for: a lock that is not raised, a settlement that is not paid stay so.",
  },
  retryCall: {
    may: ["operator"],
    recorded: "outbox.retry",
    does: "Tries this failed call once more.",
    doesNot: "It does not change the call: mend the cause first, or it fails again and costs another fee.",
  },
  startAudit: {
    may: ["operator"],
    recorded: "audit.start",
    does: "Audits all books now. What it finds stops what moves money, and is in the trail.",
    doesNot: "It changes no balance, and holds nobody up.",
  },
  retryDelivery: {
    may: ["operator"],
    recorded: "webhooks.retry",
    does: "Has this delivery tried again, at once and as often as a new one.",
    doesNot: "Its id stays the same, so a receiver that has had it can tell.",
  },
  readPortfolio: {
    may: ["operator"],
    recorded: "operations.readPortfolio",
    does: "Shows once what this provider sees of its own capital. That you looked is recorded for good, with your address and reason.",
    doesNot: "It changes nothing, and you can't act for the provider.",
  },
  setTierTerms: {
    may: ["admin"],
    recorded: "tiers.setTerms",
    does: "Sets all three terms at once, from here on.",
    doesNot: "What is in the tier, committed to it or on hold already stays as it is.",
  },
  setTierRules: {
    may: ["admin"],
    recorded: "tiers.setRules",
    does: "Changes these rules, for what is sold from here on and for the health of every position.",
    doesNot: "What was sold keeps its terms. Rules that are not named here stay.",
  },
  requestExit: {
    may: ["admin"],
    recorded: "treasury.requestExit",
    does: "Asks for this payment, to the address that the deployment names. The vault's guardian has three days to approve it.",
    doesNot: "It moves nothing and sets nothing aside: what is there when the guardian approves decides.",
  },
  approveExit: {
    may: ["admin"],
    recorded: "treasury.approveExit",
    does: "Has this one payment authorised. Its recipient sends the call within an hour of block time.",
    doesNot:
      "It moves nothing by itself, and without the guardian's signature over exactly this payment it does nothing.",
  },
  cancelExit: {
    may: ["guardian", "admin"],
    recorded: "treasury.cancelExit",
    does: "Ends the exit. One that is approved gets its authorisation revoked.",
    doesNot: "It does not bring back what is paid already: the recipient may be faster.",
  },
  assignSurplus: {
    may: ["admin"],
    recorded: "treasury.assignSurplus",
    does: "Puts what somebody sent to the vault directly, and the vault has counted, into insurance.",
    doesNot: "It touches no provider's capital, and moves nothing on the chain.",
  },
  correctBreach: {
    may: ["admin"],
    recorded: "corrections.correctBreach",
    does: "Takes the amount off what this address itself has free, and as much off what it owes, by a new entry.",
    doesNot: "What is reserved or locked stays, and nobody else's capital is touched. It can't be undone.",
  },
};

export function mayDo(roles: Role[], act: ActName): boolean {
  return ACTS[act].may.some((role) => roles.includes(role));
}

/** "operators", "guardians and admins". */
export function whoMay(act: ActName): string {
  return ACTS[act].may.map((role) => `${role}s`).join(act === "cancelExit" ? " and " : ", ");
}
