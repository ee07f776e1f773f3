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
import { z } from "zod";
import type { AuthProvider } from "./authConfig";
import type { Engine } from "./engine";
import type { Caller, Identity } from "./functionCall";
import { parseJson } from "./json";
import { messageOf, Refusal } from "./refusal";

const CLOCK_SKEW_SECONDS = 5;
const REGISTERED_CLAIMS = new Set(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]);

/** Who is asking: the verified identity behind an HTTP request or a session, and how long it stands. */
export interface Viewer extends Caller {
  /** When the token behind the identity expires (ms), null for admins and anonymous callers. */
  expiresAt: number | null;
  /** Equal for viewers whom no function can tell apart. */
  key: string;
}

export function viewerOf(identity: Identity | null, isAdmin: boolean, expiresAt: number | null): Viewer {
  return { identity, isAdmin, expiresAt, key: JSON.stringify([isAdmin, identity]) };
}

/** The viewer as one request's; only this machine can send any. */
export function asking(viewer: Viewer, userAgent: string | null): Viewer {
  return { ...viewer, origin: { ...viewer.origin, ip: "127.0.0.1", userAgent } };
}

export const ANONYMOUS = viewerOf(null, false, null);

export class Authenticator {
  /** Key sets by address; a remote one is fetched when first needed and cached by jose. */
  readonly #keySets = new Map<string, JWTVerifyGetKey>();

  constructor(
    private readonly engine: Engine,
    private readonly adminKey: string,
  ) {}

  /** `Authorization: Bearer <jwt>` or `Convex <admin key>[:<base64 of the identity to act as>]`. */
  async fromHeader(header: string | null): Promise<Viewer> {
    if (header === null) return ANONYMOUS;
    const [, scheme = "", value = ""] = /^(Bearer|Convex) +(.+)$/i.exec(header) ?? [];
    if (scheme === "") {
      const message = "Authorization must be `Bearer <token>` or `Convex <admin key>`.";
      throw new Refusal(401, "InvalidAuthHeader", message);
    }
    return scheme.toLowerCase() === "bearer" ? this.user(value) : this.admin(value);
  }

  admin(credential: string): Viewer {
    if (this.#isAdminKey(credential)) return viewerOf(null, true, null);
    const [, key = "", actingAs = ""] = /^(.*):(.*)$/.exec(credential) ?? [];
    if (this.#isAdminKey(key)) return viewerOf(impersonated(actingAs), true, null);
    const message = "You do not have permission to perform this operation: the admin key is not this deployment's.";
    throw new Refusal(403, "BadAdminKey", message);
  }

  async user(token: string): Promise<Viewer> {
    const claims = decode(token);
    const provider = this.engine.deployed?.authProviders.find((each) => isMeantFor(each, claims));
    if (provider === undefined) {
      const message = `No auth provider found matching the given token (issuer ${claims.iss}, audience ${claims.aud}).`;
      throw new Refusal(401, "NoAuthProvider", message);
    }
    const { payload } = await this.#verify(token, provider);
    const viewer = viewerOf(identityOf(payload), false, ((payload.exp ?? 0) + CLOCK_SKEW_SECONDS) * 1000);
    return { ...viewer, origin: { authToken: token } };
  }

  hasExpired({ expiresAt }: Viewer): boolean {
    return expiresAt !== null && expiresAt <= this.engine.now();
  }

  #isAdminKey(key: string): boolean {
    const digest = (text: string) => createHash("sha256").update(text).digest();
    return timingSafeEqual(digest(key), digest(this.adminKey));
  }

  async #verify(token: string, provider: AuthProvider) {
    try {
      return await jwtVerify(token, this.#keySet(provider.jwks), {
        algorithms: [provider.algorithm],
        typ: "JWT",
        requiredClaims: ["sub", "exp"],
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate: new Date(this.engine.now()),
      });
    } catch (error) {
      throw new Refusal(401, "InvalidToken", `Could not verify the token: ${messageOf(error)}`);
    }
  }

  #keySet(address: string): JWTVerifyGetKey {
    const known = this.#keySets.get(address);
    if (known !== undefined) return known;
    const isInline = address.startsWith("data:");
    const keys = isInline ? createLocalJWKSet(readDataUri(address)) : createRemoteJWKSet(new URL(address));
    const keySet: JWTVerifyGetKey = (header, token) => {
      if (header.kid === undefined) throw new Error("its header has no kid");
      return keys(header, token);
    };
    this.#keySets.set(address, keySet);
    return keySet;
  }
}

function decode(token: string): JWTPayload {
  try {
    const claims = decodeJwt(token);
    if (typeof (claims.iss ?? "") === "string") return claims;
  } catch {
    // Refused below, as one whose issuer is no text.
  }
  throw new Refusal(401, "InvalidToken", "Could not parse the token as a JWT.");
}

function isMeantFor(provider: AuthProvider, claims: JWTPayload): boolean {
  const withoutSlash = (issuer: string) => issuer.replace(/\/$/, "");
  if (withoutSlash(claims.iss ?? "") !== withoutSlash(provider.issuer)) return false;
  return provider.applicationID === null || [claims.aud].flat().includes(provider.applicationID);
}

/** Claims keep their names; nested ones become `outer.inner`. */
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

/** The identity that `convex run --identity` acts as. */
function impersonated(base64: string): Identity {
  const attributes = attributesOf(Buffer.from(base64, "base64").toString());
  const { issuer = "https://convex.test", subject = "" } = attributes;
  return { tokenIdentifier: `${issuer}|${subject}`, ...attributes, issuer, subject };
}

function attributesOf(json: string): { issuer?: string; subject?: string } {
  try {
    return z.looseObject({ issuer: z.string().optional(), subject: z.string().optional() }).parse(parseJson(json));
  } catch (error) {
    throw new Refusal(
      400,
      "BadIdentity",
      `The identity to act as is no JSON object of attributes: ${messageOf(error)}`,
    );
  }
}

function readDataUri(uri: string) {
  const comma = uri.indexOf(",");
  const body = uri.slice(comma + 1);
  const isBase64 = uri.slice(0, comma).endsWith(";base64");
  return JSON.parse(isBase64 ? Buffer.from(body, "base64").toString() : decodeURIComponent(body));
}
