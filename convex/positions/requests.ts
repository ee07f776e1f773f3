/** The transactions behind `liquidity.setAcceptingPolicies` and `operations.readPortfolio`. */
import { type Infer, v } from "convex/values";
import { isPrincipal } from "../../src/stacks/principals";
import { internalMutation } from "../_generated/server";
import { recordAct } from "../audit/model";
import { actorAndReason } from "../audit/schema";
import { refuseWith } from "../functions";
import { vaultDeployment } from "../settings";
import { recordAccepting } from "./model";
import { portfolioOf, portfolioValidator } from "./portfolio";
import { positionKey } from "./schema";

export const setAccepting = internalMutation({
  args: { ...positionKey, accepting: v.boolean() },
  returns: v.null(),
  handler: async (ctx, { accepting, ...key }) => {
    await recordAccepting(ctx, key, accepting);
    return null;
  },
});

/**
 * A provider's portfolio for somebody else, once it is recorded who saw it and why.
 * Refuses: UNKNOWN_ADDRESS, ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export const read = internalMutation({
  args: { address: v.string(), ...actorAndReason },
  returns: portfolioValidator,
  handler: async (ctx, { address, ...author }): Promise<Infer<typeof portfolioValidator>> => {
    const { network } = vaultDeployment();
    const message = `"${address}" is no address of ${network}.`;
    if (!isPrincipal(address, network)) refuseWith({ code: "UNKNOWN_ADDRESS", message });
    await recordAct(ctx, { act: "operations.readPortfolio", ...author, facts: { address } });
    return portfolioOf(ctx, address);
  },
});
