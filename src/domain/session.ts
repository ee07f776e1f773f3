/** How session tokens are labelled: signer, verifier and key maker have to agree on it. */

/** The audience that Convex accepts (`applicationID` of convex/auth.config.ts). */
export const SESSION_AUDIENCE = "bithedge-liquidity";
/** The key id in the JWKS of the environment. */
export const SESSION_KEY_ID = "session";
