import { hashMessage } from "@stacks/encryption";
import {
  getAddressFromPrivateKey,
  privateKeyToPublic,
  randomPrivateKey,
  signMessageHashRsv,
} from "@stacks/transactions";
import { jwtVerify } from "jose";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { type Backend, openBackend } from "./backend";
import { sessionPublicKey, testEnvironment } from "./environment";

let backend: Backend;
beforeEach(async () => {
  backend = await openBackend();
});
afterEach(() => {
  vi.useRealTimers();
});

function wallet() {
  const privateKey = randomPrivateKey();
  const sign = (message: string) => {
    const messageHash = Buffer.from(hashMessage(message)).toString("hex");
    return signMessageHashRsv({ messageHash, privateKey });
  };
  return {
    address: getAddressFromPrivateKey(privateKey, "testnet"),
    publicKey: privateKeyToPublic(privateKey) as string,
    sign,
  };
}

async function challenged({ address }: { address: string }) {
  return backend.action(api.session.requestChallenge, { address });
}

const refusal = (code: string) => expect.objectContaining({ data: expect.objectContaining({ code }) });

test("a signed challenge becomes a token that says who it is", async () => {
  const alice = wallet();
  const { challenge, message, expiresAt } = await challenged(alice);
  expect(message).toContain(alice.address);
  expect(message).toContain("Chain ID: 2147483648");
  expect(expiresAt - Date.now()).toBeLessThanOrEqual(300_000);
  const signed = { challenge, publicKey: alice.publicKey, signature: alice.sign(message) };
  const { token, address } = await backend.action(api.session.signIn, signed);
  expect(address).toBe(alice.address);
  const { payload, protectedHeader } = await jwtVerify(token, sessionPublicKey, {
    issuer: testEnvironment.AUTH_ISSUER,
  });
  expect(payload).toMatchObject({ sub: alice.address, aud: "bithedge-liquidity", iat: expect.any(Number) });
  expect(protectedHeader).toEqual({ alg: "RS256", kid: "session", typ: "JWT" });
});

test("a challenge works once", async () => {
  const alice = wallet();
  const { challenge, message } = await challenged(alice);
  const signed = { challenge, publicKey: alice.publicKey, signature: alice.sign(message) };
  await backend.action(api.session.signIn, signed);
  await expect(backend.action(api.session.signIn, signed)).rejects.toEqual(refusal("CHALLENGE_SPENT"));
});

test("an address signs in sixty times at once, and then has to wait; others need not", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const [alice, bob] = [wallet(), wallet()];
  const signIn = async (who: typeof alice) => {
    const { challenge, message } = await challenged(who);
    return backend.action(api.session.signIn, { challenge, publicKey: who.publicKey, signature: who.sign(message) });
  };
  for (let n = 0; n < 60; n += 1) await signIn(alice);
  await expect(signIn(alice)).rejects.toEqual(refusal("RATE_LIMITED"));
  expect((await signIn(bob)).address).toBe(bob.address);
  vi.setSystemTime(Date.now() + 1_000);
  expect((await signIn(alice)).address).toBe(alice.address);
});

test("a failed sign-in writes nothing and spends nothing", async () => {
  const [alice, mallory] = [wallet(), wallet()];
  const { challenge, message } = await challenged(alice);
  const wrong = { challenge, publicKey: mallory.publicKey, signature: mallory.sign(message) };
  await expect(backend.action(api.session.signIn, wrong)).rejects.toEqual(refusal("SIGNATURE_INVALID"));
  expect(await backend.run((ctx) => ctx.db.query("spentSignIns").take(1))).toEqual([]);
  await backend.action(api.session.signIn, { challenge, publicKey: alice.publicKey, signature: alice.sign(message) });
});

test.each([
  ["another message", (alice: ReturnType<typeof wallet>) => ({ signature: alice.sign("hello") })],
  ["another key", () => ({ publicKey: wallet().publicKey })],
  ["no signature", () => ({ signature: "" })],
  ["garbage", () => ({ signature: "zz".repeat(65) })],
  ["zeros", () => ({ signature: "00".repeat(65) })],
])("%s is refused", async (_what, change) => {
  const alice = wallet();
  const { challenge, message } = await challenged(alice);
  const signed = { challenge, publicKey: alice.publicKey, signature: alice.sign(message), ...change(alice) };
  await expect(backend.action(api.session.signIn, signed)).rejects.toEqual(refusal("SIGNATURE_INVALID"));
});

test("an altered, foreign or expired challenge is refused", async () => {
  const alice = wallet();
  const { challenge, message } = await challenged(alice);
  const signed = { publicKey: alice.publicKey, signature: alice.sign(message) };
  const [head, , mac] = challenge.split(".");
  const altered = [head, Buffer.from(JSON.stringify({ sub: wallet().address })).toString("base64url"), mac].join(".");
  for (const bad of [altered, "", "a.b.c", `${challenge}x`]) {
    await expect(backend.action(api.session.signIn, { challenge: bad, ...signed })).rejects.toEqual(
      refusal("CHALLENGE_INVALID"),
    );
  }
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 301_000 });
  await expect(backend.action(api.session.signIn, { challenge, ...signed })).rejects.toEqual(
    refusal("CHALLENGE_EXPIRED"),
  );
});

test("a challenge of another site is refused, even under the same secret", async () => {
  const alice = wallet();
  const { challenge, message } = await challenged(alice);
  backend.setEnvironment({ AUTH_DOMAIN: "elsewhere" });
  const signed = { challenge, publicKey: alice.publicKey, signature: alice.sign(message) };
  await expect(backend.action(api.session.signIn, signed)).rejects.toEqual(refusal("CHALLENGE_INVALID"));
});

test.each([
  "",
  "nobody",
  "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7",
  "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5.contract",
])("%j can't sign in here", async (address) => {
  await expect(challenged({ address })).rejects.toEqual(refusal("UNKNOWN_ADDRESS"));
});

test("expired nonces are forgotten, live ones kept", async () => {
  const alice = wallet();
  const { challenge, message } = await challenged(alice);
  await backend.action(api.session.signIn, { challenge, publicKey: alice.publicKey, signature: alice.sign(message) });
  await backend.mutation(internal.providers.signIns.forgetExpired, {});
  expect(await backend.run((ctx) => ctx.db.query("spentSignIns").take(2))).toHaveLength(1);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 301_000 });
  await backend.mutation(internal.providers.signIns.forgetExpired, {});
  expect(await backend.run((ctx) => ctx.db.query("spentSignIns").take(1))).toEqual([]);
});
