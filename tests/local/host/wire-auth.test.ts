/** Tokens over the wire: which are believed, what functions see of them, and how a session survives an expired one. */
import type { ConvexClient } from "convex/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_KEY, eventually, HostUnderTest, ISSUER, jwks, notes, tokenFor } from "./hostUnderTest";

let host: HostUnderTest;
let aheadMs = 0;

beforeAll(async () => {
  host = await HostUnderTest.deployed({ now: () => Date.now() + aheadMs });
});
afterAll(() => host.stop());

function watchIdentity(client: ConvexClient): ({ subject: string } | null)[] {
  const seen: ({ subject: string } | null)[] = [];
  client.onUpdate(notes.whoAmI, {}, (identity) => seen.push(identity));
  return seen;
}

describe("what a token must say", () => {
  const rejected: [string, () => Promise<string>, RegExp][] = [
    ["another issuer", () => tokenFor("x", { iss: "https://other.example" }), /No auth provider found/],
    ["another audience", () => tokenFor("x", { aud: "other" }), /No auth provider found/],
    ["no expiry", () => tokenFor("x", { exp: undefined }), /missing required ..exp.. claim/],
    ["an unknown key", () => tokenFor("x", {}, { kid: "k2" }), /no applicable key/],
    ["no key id", () => tokenFor("x", {}, { kid: undefined }), /has no kid/],
    ["another type", () => tokenFor("x", {}, { typ: "at+jwt" }), /typ/],
    [
      "a changed payload",
      async () => (await tokenFor("x")).replace(/\.[^.]+\./, `.${(await tokenFor("y")).split(".")[1]}.`),
      /signature/,
    ],
  ];
  test.each(rejected)("%s is refused", async (_name, token, message) => {
    await expect(host.http(await token()).query(notes.whoAmI, {})).rejects.toThrow(message);
  });

  test("functions see identifiers, raw claims, and nested claims flattened; not the registered ones", async () => {
    const claims = { given_name: "Ann", role: { level: 3, tags: ["a"] }, iss: `${ISSUER}/`, tokenIdentifier: "forged" };
    expect(await host.http(await tokenFor("ann", claims)).query(notes.whoAmI, {})).toEqual({
      tokenIdentifier: `${ISSUER}/|ann`,
      issuer: `${ISSUER}/`,
      subject: "ann",
      given_name: "Ann",
      "role.level": 3,
      "role.tags": ["a"],
    });
  });

  test("a key or issuer changed in the environment takes effect without a push", async () => {
    expect((await host.setEnvironment({ TEST_ISSUER: "https://new.example" })).status).toBe(200);
    await expect(host.http(await tokenFor("x")).query(notes.whoAmI, {})).rejects.toThrow(/No auth provider/);
    const token = await tokenFor("x", { iss: "https://new.example" });
    expect(await host.http(token).query(notes.whoAmI, {})).toMatchObject({ subject: "x" });
    const removal = await host.setEnvironment({ TEST_ISSUER: null });
    expect(await removal.json()).toMatchObject({ code: "AuthConfigMissingEnvironmentVariable" });
    const kept = JSON.stringify({ path: "_system/cli/queryEnvironmentVariables:get", args: { name: "TEST_ISSUER" } });
    const answer = await host.post("/api/query", kept, `Convex ${ADMIN_KEY}`);
    expect(await answer.json()).toMatchObject({ value: { name: "TEST_ISSUER", value: "https://new.example" } });
    expect((await host.setEnvironment({ TEST_ISSUER: ISSUER, TEST_JWKS: await jwks() })).status).toBe(200);
    expect(await host.http(await tokenFor("x")).query(notes.whoAmI, {})).toMatchObject({ subject: "x" });
  });
});

describe("a session", () => {
  test("sets, changes and clears its identity, and queries follow", async () => {
    const client = host.client();
    const seen = watchIdentity(client);
    await eventually(() => seen.length === 1 && seen[0] === null, "nobody first");
    const changes: boolean[] = [];
    client.setAuth(
      async () => tokenFor("ann"),
      (isAuthenticated) => changes.push(isAuthenticated),
    );
    await eventually(() => seen.at(-1)?.subject === "ann" && changes.at(-1) === true, "ann");
    let fetched = 0;
    client.setAuth(async () => {
      const token = await tokenFor("bob");
      fetched += 1;
      return token;
    });
    // The client fetches a second token once the first is confirmed; signing out before that would be overtaken by it.
    await eventually(() => seen.at(-1)?.subject === "bob" && fetched === 2, "bob");
    client.client.clearAuth();
    await eventually(() => seen.at(-1) === null, "nobody again");
  });

  test("reports a token that is never good as unauthenticated, and goes on without", async () => {
    const client = host.client();
    const seen = watchIdentity(client);
    const changes: boolean[] = [];
    client.setAuth(
      async () => tokenFor("mallory", { aud: "other" }),
      (isAuthenticated) => changes.push(isAuthenticated),
    );
    await eventually(() => changes.at(-1) === false, "the failure");
    await eventually(() => seen.at(-1) === null, "an anonymous result");
    expect(await client.mutation(notes.add, { list: "auth", text: "anonymous" })).toBe(9);
  });

  test("an expired token is renewed and the waiting mutation still done once", async () => {
    const client = host.client();
    const seen = watchIdentity(client);
    let fetched = 0;
    client.setAuth(async () => {
      fetched += 1;
      return tokenFor(`ann${fetched}`, { exp: Math.floor((Date.now() + aheadMs) / 1000) + 3600 });
    });
    // The client confirms a cached token by fetching another.
    await eventually(() => seen.at(-1)?.subject === "ann2", "the confirmed token");
    aheadMs += 2 * 3600 * 1000;
    expect(await client.mutation(notes.addSigned, { list: "renewed" })).toBe("ann3");
    await eventually(() => seen.at(-1)?.subject === "ann3", "the renewed token");
    expect(await host.http().query(notes.count, { list: "renewed" })).toBe(1);
  });
});
