/** Keys of the local stack, made at its first start and kept with its state. They guard nothing but local toys. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { exportJWK, importSPKI } from "jose";
import { z } from "zod";
import { SESSION_KEY_ID } from "../domain/session";
import { SECRETS_FILE } from "./stateFolder";

const shape = z.object({
  adminKey: z.string(),
  authoriserPrivateKey: z.string(),
  servicePrivateKey: z.string(),
  challengeSecret: z.string(),
  pushSecret: z.string(),
  sessionPrivateKeyPem: z.string(),
  /** The public half as a JWKS in a `data:` URI, which is what Convex's customJwt takes. */
  sessionJwks: z.string(),
});
export type LocalSecrets = z.infer<typeof shape>;

/** The suffix says that its public key is the compressed one. */
const makeStacksKey = () => `${randomBytes(32).toString("hex")}01`;

const makeSecret = () => randomBytes(32).toString("hex");

export async function makeSecrets(): Promise<LocalSecrets> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const spki = publicKey.export({ type: "spki", format: "pem" }).toString();
  const jwk = await exportJWK(await importSPKI(spki, "RS256", { extractable: true }));
  const jwks = JSON.stringify({ keys: [{ ...jwk, kid: SESSION_KEY_ID, alg: "RS256", use: "sig" }] });
  return {
    adminKey: randomBytes(24).toString("hex"),
    authoriserPrivateKey: makeStacksKey(),
    servicePrivateKey: makeStacksKey(),
    challengeSecret: makeSecret(),
    pushSecret: makeSecret(),
    sessionPrivateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    sessionJwks: `data:text/plain;charset=utf-8,${encodeURIComponent(jwks)}`,
  };
}

export async function loadSecrets(stateDir: string): Promise<LocalSecrets> {
  const file = path.join(stateDir, SECRETS_FILE);
  mkdirSync(stateDir, { recursive: true });
  if (!existsSync(file)) return store(file, await makeSecrets());
  const kept = JSON.parse(readFileSync(file, "utf8"));
  // A folder of an older version lacks what came later.
  const later = { servicePrivateKey: makeStacksKey(), pushSecret: makeSecret() };
  const isWhole = Object.keys(later).every((name) => name in kept);
  return isWhole ? shape.parse(kept) : store(file, shape.parse({ ...later, ...kept }));
}

/** Whole or not at all: without its keys a state folder is worth nothing. */
function store(file: string, secrets: LocalSecrets): LocalSecrets {
  writeFileSync(`${file}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return secrets;
}
