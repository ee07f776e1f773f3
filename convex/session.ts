/**
 * Sign-in with Stacks (DESIGN section 5): a challenge that only its own bytes remember, a message that the wallet
 * signs, and a token that Convex verifies (`auth.config.ts`).
 */
import { v } from "convex/values";
import { isSignerAddress } from "../src/stacks/principals";
import { isSignedBy } from "../src/stacks/walletMessage";
import { internal } from "./_generated/api";
import { action } from "./_generated/server";
import { refuseWith } from "./functions";
import { challengeMessage, issueChallenge, issueToken, openChallenge } from "./providers/tokens";
import { requireWithinLimit } from "./rateLimits/model";
import { vaultDeployment } from "./settings";

/**
 * What the wallet of `address` has to sign, as a message, within five minutes. Anyone may ask for anyone's address, so a
 * limit would let a stranger shut its owner out; nothing is stored. `expiresAt` in ms. Refuses: UNKNOWN_ADDRESS.
 */
export const requestChallenge = action({
  args: { address: v.string() },
  returns: v.object({ challenge: v.string(), message: v.string(), expiresAt: v.number() }),
  handler: async (_ctx, { address }) => {
    const { network } = vaultDeployment();
    if (!isSignerAddress(address, network)) {
      refuseWith({
        code: "UNKNOWN_ADDRESS",
        message: `"${address}" is not a wallet address of ${network}. Switch the wallet's network or account.`,
      });
    }
    return issueChallenge(address, network);
  },
});

/**
 * Exchanges a signed challenge for a token: `publicKey` is the wallet's compressed key, `signature` its RSV message
 * signature, both hex. Each challenge works once. `expiresAt` in ms.
 * Refuses: CHALLENGE_INVALID, CHALLENGE_EXPIRED, CHALLENGE_SPENT, SIGNATURE_INVALID, RATE_LIMITED {retryAfterMs}.
 */
export const signIn = action({
  args: { challenge: v.string(), publicKey: v.string(), signature: v.string() },
  returns: v.object({ token: v.string(), expiresAt: v.number(), address: v.string() }),
  handler: async (ctx, { challenge, publicKey, signature }) => {
    const claims = await openChallenge(challenge);
    const message = challengeMessage(claims);
    if (!isSignedBy({ message, publicKey, signature, address: claims.address }, claims.network)) {
      refuseWith({
        code: "SIGNATURE_INVALID",
        message: `This is not the signature of ${claims.address} over the challenge. Sign with that account of the wallet.`,
      });
    }
    const { address, nonce, expiresAt } = claims;
    // Counted only now, so that nobody else can use up what the address has.
    await requireWithinLimit(ctx, "signIn", address);
    await ctx.runMutation(internal.providers.signIns.spend, { principal: address, nonce, expiresAt });
    return { address, ...(await issueToken(address)) };
  },
});
