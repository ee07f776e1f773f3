/** Convex accepts the tokens that `session.signIn` issues: keys come with the environment, nothing is fetched. */
import type { AuthConfig } from "convex/server";
import { SESSION_AUDIENCE } from "../src/domain/session";

export default {
  providers: [
    {
      type: "customJwt",
      applicationID: SESSION_AUDIENCE,
      issuer: process.env.AUTH_ISSUER as string,
      jwks: process.env.AUTH_JWKS as string,
      algorithm: "RS256",
    },
  ],
} satisfies AuthConfig;
