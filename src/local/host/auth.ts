/**
 * Turns credentials into viewers: JWTs by the deployment's customJwt providers, admin keys by comparison.
 * What Convex's cloud refuses is refused here too: a token needs kid, alg, typ, iss, sub and exp, and an audience when the
 * provider names one.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { type AuthProvider, parseProviders } from "./authConfig";
import type { Engine, Identity } from "./engine";
import { ANONYMOUS, type Viewer, viewerOf } from "./viewer";
import { messageOf, WireRefusal } from "./wireRefusal";

const CLOCK_SKEW_SECONDS = 5;
const REGISTERED_CLAIMS = new Set(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]);

export interface AuthenticatorOptions {
  engine: Engine;
  adminKey: string;
  now: () => number;
}

export class Authenticator {
  readonly #engine: Engine;
  readonly #adminKey: string;
  readonly #now: () => number;
  /** Key sets by address; a remote one is fetched when first needed and cached by jose. */
  readonly #keySets = new Map<string, JWTVerifyGetKey>();

  constructor({ engine, adminKey, now }: AuthenticatorOptions) {
    this.#engine = engine;
    this.#adminKey = adminKey;
    this.#now = now;
  }

  /** `Authorization: Bearer <jwt>` or `Convex <admin key>[:<base64 of the identity to act as>]`. */
  async fromHeader(header: string | undefined): Promise<Viewer> {
    if (header === undefined) return ANONYMOUS;
    const [, scheme, value] = /^(Bearer|Convex) +(.+)$/i.exec(header) ?? [];
    if (scheme === undefined || value === undefined) {
      throw new WireRefusal(
        401,
        "InvalidAuthHeader",
        "Authorization must be `Bearer <token>` or `Convex <admin key>`.",
      );
    }
    if (scheme.toLowerCase() === "bearer") return this.user(value);
    if (this.#isAdminKey(value)) return this.admin(value);
    const split = value.lastIndexOf(":");
    return this.admin(value.slice(0, Math.max(split, 0)), parseActingAs(value.slice(split + 1)));
  }

  admin(key: string, actingAs?: Record<string, unknown> | null): Viewer {
    if (!this.#isAdminKey(key)) {
      const message = "You do not have permission to perform this operation: the admin key is not this deployment's.";
      throw new WireRefusal(403, "BadAdminKey", message);
    }
    return viewerOf(actingAs ? impersonated(actingAs) : null, true, null);
  }

  async user(token: string): Promise<Viewer> {
    const claims = decode(token);
    for (const provider of parseProviders(this.#engine.deployed()?.authProviders ?? [])) {
      if (!isMeantFor(provider, claims)) continue;
      const { payload } = await this.#verify(token, provider);
      return viewerOf(identityOf(payload), false, ((payload.exp ?? 0) + CLOCK_SKEW_SECONDS) * 1000);
    }
    const message = `No auth provider found matching the given token (issuer ${claims.iss}, audience ${claims.aud}).`;
    throw new WireRefusal(401, "NoAuthProvider", message);
  }

  #isAdminKey(key: string): boolean {
    const digest = (text: string) => createHash("sha256").update(text).digest();
    return timingSafeEqual(digest(key), digest(this.#adminKey));
  }

  async #verify(token: string, provider: AuthProvider) {
    try {
      return await jwtVerify(token, this.#keySet(provider.jwks), {
        algorithms: [provider.algorithm],
        typ: "JWT",
        requiredClaims: ["sub", "exp"],
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate: new Date(this.#now()),
      });
    } catch (error) {
      throw new WireRefusal(401, "InvalidToken", `Could not verify the token: ${messageOf(error)}`);
    }
  }

  #keySet(address: string): JWTVerifyGetKey {
    let keySet = this.#keySets.get(address);
    if (keySet === undefined) {
      const keys = address.startsWith("data:")
        ? createLocalJWKSet(readDataUri(address))
        : createRemoteJWKSet(new URL(address));
      keySet = (header, token) => {
        if (header.kid === undefined) throw new Error("its header has no kid");
        return keys(header, token);
      };
      this.#keySets.set(address, keySet);
    }
    return keySet;
  }
}

function decode(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw new WireRefusal(401, "InvalidToken", "Could not parse the token as a JWT.");
  }
}

function isMeantFor(provider: AuthProvider, claims: JWTPayload): boolean {
  const withoutSlash = (issuer: string) => issuer.replace(/\/$/, "");
  if (withoutSlash(claims.iss ?? "") !== withoutSlash(provider.issuer)) return false;
  return provider.applicationID === null || [claims.aud].flat().includes(provider.applicationID);
}

function identityOf({ iss = "", sub = "", ...claims }: JWTPayload): Identity {
  const identity: Identity = { tokenIdentifier: `${iss}|${sub}`, issuer: iss, subject: sub };
  const add = (name: string, value: unknown): void => {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [inner, nested] of Object.entries(value)) add(`${name}.${inner}`, nested);
    } else if (!(name in identity)) {
      identity[name] = value;
    }
  };
  for (const [name, value] of Object.entries(claims)) if (!REGISTERED_CLAIMS.has(name)) add(name, value);
  return identity;
}

function impersonated(attributes: Record<string, unknown>): Identity {
  const issuer = String(attributes.issuer ?? "https://convex.test");
  const subject = String(attributes.subject ?? "");
  return {
    ...attributes,
    issuer,
    subject,
    tokenIdentifier: String(attributes.tokenIdentifier ?? `${issuer}|${subject}`),
  };
}

function parseActingAs(base64: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(base64, "base64").toString());
  } catch {
    return null;
  }
}

function readDataUri(uri: string) {
  const comma = uri.indexOf(",");
  const body = uri.slice(comma + 1);
  return JSON.parse(
    uri.slice(0, comma).endsWith(";base64") ? Buffer.from(body, "base64").toString() : decodeURIComponent(body),
  );
}
