/** Challenges and session tokens. Both are JWTs: a challenge under our own secret, a session under the key that Convex trusts. */
import { errors, importPKCS8, jwtVerify, SignJWT } from "jose";
import { SESSION_AUDIENCE, SESSION_KEY_ID } from "../../src/domain/session";
import { CHAIN_ID, type Network } from "../../src/stacks/deployment";
import { refuseWith } from "../functions";
import { signInSettings, vaultDeployment } from "../settings";

const CHALLENGE_SECONDS = 5 * 60;
const SESSION_SECONDS = 12 * 60 * 60;

export interface Challenge {
  address: string;
  network: Network;
  domain: string;
  nonce: string;
  /** Server time, ms. */
  expiresAt: number;
}

/** The text that the wallet shows and signs. It follows from the challenge alone, so signer and checker agree on it. */
export function challengeMessage({ address, network, domain, nonce, expiresAt }: Challenge): string {
  return [
    `${domain} asks you to sign in with your Stacks account:`,
    address,
    "",
    "Signing moves no money and costs no fee.",
    "",
    `Network: ${network}`,
    `Chain ID: ${CHAIN_ID[network]}`,
    `Nonce: ${nonce}`,
    `Expires: ${new Date(expiresAt).toISOString()}`,
  ].join("\n");
}

function challengeKey(): Uint8Array {
  return new TextEncoder().encode(signInSettings().challengeSecret);
}

export async function issueChallenge(address: string, network: Network) {
  const { domain } = signInSettings();
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  const expires = Math.floor(Date.now() / 1_000) + CHALLENGE_SECONDS;
  const challenge = await new SignJWT({ network })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(address)
    .setAudience(domain)
    .setJti(nonce)
    .setExpirationTime(expires)
    .sign(challengeKey());
  const expiresAt = expires * 1_000;
  return { challenge, message: challengeMessage({ address, network, domain, nonce, expiresAt }), expiresAt };
}

/** Reads back a challenge of ours; refuses a foreign, altered or expired one, and one of another network. */
export async function openChallenge(challenge: string): Promise<Challenge> {
  const { domain } = signInSettings();
  const { network } = vaultDeployment();
  try {
    const { payload } = await jwtVerify(challenge, challengeKey(), { audience: domain, algorithms: ["HS256"] });
    if (!payload.sub || !payload.jti || !payload.exp) throw new errors.JWTInvalid("incomplete");
    if (payload.network !== network) throw new errors.JWTInvalid("of another network");
    return { address: payload.sub, network, domain, nonce: payload.jti, expiresAt: payload.exp * 1_000 };
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      return refuseWith({
        code: "CHALLENGE_EXPIRED",
        message: "The challenge is older than five minutes. Request a new one.",
      });
    }
    return refuseWith({
      code: "CHALLENGE_INVALID",
      message: "This is not a challenge of this service. Request a new one.",
    });
  }
}

export async function issueToken(address: string): Promise<{ token: string; expiresAt: number }> {
  const { issuer, privateKeyPem } = signInSettings();
  const issuedAt = Math.floor(Date.now() / 1_000);
  const expires = issuedAt + SESSION_SECONDS;
  const token = await new SignJWT()
    .setProtectedHeader({ alg: "RS256", kid: SESSION_KEY_ID, typ: "JWT" })
    .setIssuer(issuer)
    .setSubject(address)
    .setAudience(SESSION_AUDIENCE)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expires)
    .sign(await importPKCS8(privateKeyPem, "RS256"));
  return { token, expiresAt: expires * 1_000 };
}
