import { execFile } from "node:child_process";
import { parseEnv, promisify } from "node:util";
import { getAddressFromPrivateKey } from "@stacks/transactions";
import { createLocalJWKSet, importPKCS8, type JSONWebKeySet, jwtVerify, SignJWT } from "jose";
import { expect, test } from "vitest";
import { SESSION_KEY_ID } from "../../src/domain/session";
import { PROJECT_ROOT } from "../../src/local/stack";

test("`npm run keys` prints a .env file whose session keys belong together", async () => {
  const run = promisify(execFile)(process.execPath, ["--import", "tsx", "src/local/keys.ts"], { cwd: PROJECT_ROOT });
  const {
    AUTHORISER_PRIVATE_KEY,
    SERVICE_PRIVATE_KEY,
    AUTH_CHALLENGE_SECRET,
    AUTH_JWKS = "",
    AUTH_PRIVATE_KEY = "",
  } = parseEnv((await run).stdout);
  expect(AUTHORISER_PRIVATE_KEY).toMatch(/^[0-9a-f]{64}01$/);
  expect(SERVICE_PRIVATE_KEY).toMatch(/^[0-9a-f]{64}01$/);
  expect(SERVICE_PRIVATE_KEY).not.toBe(AUTHORISER_PRIVATE_KEY);
  expect((await run).stdout).toContain(getAddressFromPrivateKey(SERVICE_PRIVATE_KEY as string, "testnet"));
  expect(AUTH_CHALLENGE_SECRET?.length).toBeGreaterThanOrEqual(32);
  expect((await run).stdout).toMatch(/public key 0x0[23][0-9a-f]{64}\n/);
  const jwks = JSON.parse(decodeURIComponent(AUTH_JWKS.slice(AUTH_JWKS.indexOf(",") + 1))) as JSONWebKeySet;
  const key = await importPKCS8(AUTH_PRIVATE_KEY, "RS256");
  const token = await new SignJWT({ sub: "x" }).setProtectedHeader({ alg: "RS256", kid: SESSION_KEY_ID }).sign(key);
  expect((await jwtVerify(token, createLocalJWKSet(jwks))).payload.sub).toBe("x");
});
