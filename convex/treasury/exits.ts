/**
 * What leaves insurance and fees, for operators. Each exit is asked for, and then approved with the guardian's signature:
 * `npx convex run treasury/exits:request '{"account": "fees", "token": "sBTC", "amount": "120000", "actor": "Ada", "reason":
 * "…"}'` gives the message that the guardian's wallet signs; `treasury/exits:approve '{"exitId": "…", "publicKey": "…",
 * "signature": "…", "actor": "Ada", "reason": "…"}'` gives the call that the recipient sends to the vault.
 */
import { paginationOptsValidator, paginationResultValidator } from "convex/server";
import { type Infer, v } from "convex/values";
import { parseBaseUnits, parseToken } from "../../src/domain/tokens";
import { internal } from "../_generated/api";
import { internalAction, internalMutation, internalQuery } from "../_generated/server";
import { actorAndReason } from "../audit/schema";
import { requireClosed, requireSigningAllowed } from "../breakers/model";
import { accepted, randomId, tokenValidator } from "../functions";
import { type Authorised, answerOf, authorisedValidator } from "../withdrawals/requests";
import { withdrawalStatus } from "../withdrawals/schema";
import { approveExit, cancelExit, listExits, messageOf, requestExit, requireExit } from "./model";
import { exitFields, treasuryAccountValidator } from "./schema";

/** What the guardian's wallet has to sign as a message; `expiresAt` in unix seconds of block time. */
export const requestedValidator = v.object({
  exitId: v.id("treasuryExits"),
  message: v.string(),
  expiresAt: v.number(),
});
export type Requested = Infer<typeof requestedValidator>;

/**
 * `amount`: base units in digits. Refuses: UNKNOWN_TOKEN, AMOUNT_NOT_A_NUMBER, AMOUNT_NOT_POSITIVE, NO_RECIPIENT {account},
 * EXIT_ABOVE_BALANCE {max}, NOT_SYNCED, ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export const request = internalAction({
  args: { account: treasuryAccountValidator, token: v.string(), amount: v.string(), ...actorAndReason },
  returns: requestedValidator,
  handler: async (ctx, { token, amount, ...asked }): Promise<Requested> =>
    ctx.runMutation(internal.treasury.exits.open, {
      ...asked,
      token: accepted(parseToken(token)),
      amount: accepted(parseBaseUnits(amount)),
      authorizationId: randomId(),
    }),
});

/** The transaction behind `request`. */
export const open = internalMutation({
  args: {
    account: treasuryAccountValidator,
    token: tokenValidator,
    amount: v.int64(),
    authorizationId: v.int64(),
    ...actorAndReason,
  },
  returns: requestedValidator,
  handler: async (ctx, { actor, reason, ...asked }): Promise<Requested> => {
    const exit = await requestExit(ctx, asked, { actor, reason });
    return { exitId: exit._id, message: messageOf(exit), expiresAt: exit.expiresAt };
  },
});

/**
 * `publicKey`: compressed, and `signature`: RSV, of the vault's guardian over the exit's message, both hex. Gives what
 * `requestWithdrawal` gives its caller, for the recipient to send within an hour of block time.
 * Refuses: NO_EXIT, EXIT_NOT_OPEN {status}, EXIT_EXPIRED {expiresAt}, NO_RECIPIENT {account}, RECIPIENT_CHANGED {recipient},
 * SELF_APPROVAL {guardian}, SIGNATURE_INVALID {guardian}, EXIT_OPEN {authorizationId}, EXIT_ABOVE_BALANCE {max},
 * WITHDRAWAL_ABOVE_MAXIMUM {max, binding}, NOT_SYNCED, NOT_LAUNCHED, VAULT_PAUSED, STOPPED, RESTORING {until},
 * ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export const approve = internalMutation({
  args: { exitId: v.string(), publicKey: v.string(), signature: v.string(), ...actorAndReason },
  returns: authorisedValidator,
  handler: async (ctx, { exitId, ...approval }): Promise<Authorised> => {
    await requireClosed(ctx, "withdraw");
    await requireSigningAllowed(ctx);
    return answerOf(await approveExit(ctx, await requireExit(ctx, exitId), approval));
  },
});

/**
 * Ends an exit that is not approved; one that is gets its authorisation revoked, unless the recipient is faster.
 * Refuses: NO_EXIT, ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export const cancel = internalMutation({
  args: { exitId: v.string(), ...actorAndReason },
  returns: v.null(),
  handler: async (ctx, { exitId, ...author }) => {
    await cancelExit(ctx, await requireExit(ctx, exitId), author);
    return null;
  },
});

export const exitValidator = v.object({
  exitId: v.id("treasuryExits"),
  ...exitFields,
  message: v.string(),
  payment: v.union(v.null(), withdrawalStatus),
});

/** Newest first, at most 100 a page; `payment`: what has become of an approved one. */
export const list = internalQuery({
  args: { paginationOpts: paginationOptsValidator },
  returns: paginationResultValidator(exitValidator),
  handler: (ctx, { paginationOpts }) => listExits(ctx, paginationOpts),
});
