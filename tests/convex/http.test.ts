/** The read API over HTTP: what its routes tell, and what its frame does with whatever is sent. */
import { beforeEach, expect, test, vi } from "vitest";
import { ALICE } from "./backend";
import { Desk, PRICE } from "./policyDesk";

type Json = Record<string, unknown>;

const ORIGIN = { "access-control-allow-origin": "*", "x-content-type-options": "nosniff" };

async function ask(desk: Desk, path: string, init?: RequestInit) {
  const response = await desk.backend.fetch(path, init);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  const body = (isJson && text !== "" ? JSON.parse(text) : {}) as Json & { items: Json[]; nextCursor: string | null };
  return { status: response.status, headers: Object.fromEntries(response.headers), text, body };
}

/** Refused with these words, and nothing of the inside in it. */
async function refused(desk: Desk, path: string, status: number, code: string, init?: RequestInit) {
  const { headers, body, text, status: told } = await ask(desk, path, init);
  expect([path, told, body.code, body.status, body.type]).toEqual([path, status, code, status, "about:blank"]);
  expect(headers).toMatchObject({
    ...ORIGIN,
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  });
  expect(headers).not.toHaveProperty("etag");
  expect(body.detail).toMatch(/\.$/);
  expect(text).not.toMatch(/Server Error|at .*\.ts|stack|Uncaught/);
  expect(text.length).toBeLessThan(1_000);
  return body;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
});

/** A market with a provider behind it. */
async function market() {
  const desk = await Desk.open();
  await desk.scene.deposited(ALICE, 20_000_000n, { token: "sBTC", tier: "Balanced" });
  await desk.price("BTC");
  return desk;
}

test("pool, tiers, proof and sync are told in base units as strings, times in RFC 3339", async () => {
  const desk = await market();
  const pool = await ask(desk, "/v1/pool");
  expect(pool.status).toBe(200);
  expect(pool.headers).toMatchObject({
    ...ORIGIN,
    "content-type": "application/json",
    "cache-control": "public, max-age=5",
  });
  expect(pool.body.items).toEqual([
    { token: "STX", totalBalance: "0", totalLocked: "0", totalAvailable: "0", lastSequence: "0", asOf: null },
    expect.objectContaining({ token: "sBTC", totalBalance: "20000000", totalAvailable: "20000000", lastSequence: "1" }),
  ]);
  const tier = await ask(desk, "/v1/tiers/Balanced/sBTC");
  expect(tier.headers["cache-control"]).toBe("public, max-age=60");
  expect(tier.body).toMatchObject({ totalCapital: "20000000", providerCount: 1, terms: { minimumHoldSeconds: 0 } });
  const tiers = await ask(desk, "/v1/tiers");
  expect(tiers.body.items).toHaveLength(6);
  expect(tiers.body.items).toContainEqual(tier.body);
  const proof = await ask(desk, "/v1/proof");
  expect(proof.body.items[1]).toMatchObject({ token: "sBTC", holds: true, held: "20000000", booked: "20000000" });
  const sync = await ask(desk, "/v1/sync");
  const asOf = new Date(desk.now * 1_000).toISOString();
  expect(sync.body).toMatchObject({ watermark: "1", seen: "1", halted: null, asOf, tipHeight: desk.vault.height });
  expect((await ask(desk, "/v1/prices")).body.items).toEqual([
    {
      underlying: "BTC",
      isGood: true,
      trouble: null,
      accepted: { priceUsdMicros: String(PRICE.BTC), publishedAt: asOf },
    },
  ]);
});

test("what is not there, and what can't be read, is told in a sentence", async () => {
  const desk = await Desk.open();
  await refused(desk, "/v1", 404, "NO_ROUTE");
  await refused(desk, "/v1/", 404, "NO_ROUTE");
  await refused(desk, "/v1/pool/", 404, "NO_ROUTE");
  await refused(desk, "/v1/Pool", 404, "NO_ROUTE");
  await refused(desk, "/v1/tiers/Brave/sBTC", 404, "UNKNOWN_TIER");
  await refused(desk, "/v1/tiers/Balanced/BTC", 404, "UNKNOWN_TOKEN");
  await refused(desk, "/v1/policies/1", 404, "NO_POLICY");
  await refused(desk, "/v1/authorizations/1", 404, "NO_AUTHORIZATION");
  await refused(desk, "/v1/pool?x=1", 400, "INVALID_PARAMETER");
});
