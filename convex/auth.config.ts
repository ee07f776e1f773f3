/** Convex accepts the tokens that `session.signIn` issues: keys come with the environment, nothing is fetched. */
import type { AuthConfig } from "convex/server";

export default {
  providers: [
    {
      type: "customJwt",
      applicationID: "bithedge-liquidity",
      issuer: process.env.AUTH_ISSUER as string,
      jwks: process.env.AUTH_JWKS as string,
      algorithm: "RS256",
    },
  ],
} satisfies AuthConfig;
