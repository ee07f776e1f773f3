/** What the read API does with any request: methods, caching, parameters, limits, and what it says when something fails. */
import { RateLimiter } from "@convex-dev/rate-limiter";
import { beforeEach, expect, test, vi } from "vitest";
import { components, internal } from "../../convex/_generated/api";
import { drawerOf } from "../../convex/http/limits";
import { LIMITS } from "../../convex/rateLimits/model";
import { ALICE, type Backend, openBackend } from "./backend";
import { ALWAYS, ask, refused, told } from "./httpRequests";

const INVALID = { status: 400, code: "INVALID_PARAMETER" };
const NO_ROUTE = { status: 404, code: "NO_ROUTE" };
const EVERYWHERE = ["/v1/pool", "/v1/policies", "/v1/policies/1", "/v1/tiers/Balanced/STX", "/stats", "/health"];
let backend: Backend;

beforeEach(async () => {
  // A burst is within the limit however long the machine takes over it.
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"], now: Date.UTC(2026, 10, 22) });
  backend = await openBackend();
});

test("other methods than GET, HEAD and OPTIONS are refused wherever there is a route, and change nothing", async () => {
  for (const path of EVERYWHERE) {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      const body = method === "DELETE" ? null : "{";
      const answer = await refused(backend, path, { status: 405, code: "METHOD_NOT_ALLOWED" }, { method, body });
      expect(answer.headers.allow).toBe("GET, HEAD, OPTIONS");
    }
  }
  await refused(backend, "/v1/nothing", NO_ROUTE, { method: "POST", body: "{}" });
});

test("a browser of any origin may ask: the preflight says so, and costs nothing of the limit", async () => {
  const headers = { origin: "https://example.com", "access-control-request-method": "GET" };
  for (const path of [...EVERYWHERE, "/v1/nothing"]) {
    const answer = await ask(backend, path, { method: "OPTIONS", headers });
    expect([path, answer.status, answer.text]).toEqual([path, 204, ""]);
    expect(answer.headers).toMatchObject({
      ...ALWAYS,
      allow: "GET, HEAD, OPTIONS",
      "access-control-allow-methods": "GET,HEAD,OPTIONS",
      "access-control-allow-headers": "Authorization,If-None-Match",
    });
    expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
  }
});

test("HEAD is GET without the body", async () => {
  for (const path of ["/v1/pool", "/stats", "/v1/nothing"]) {
    const [got, head] = [await ask(backend, path), await ask(backend, path, { method: "HEAD" })];
    expect([path, head.status, head.text]).toEqual([path, got.status, ""]);
    expect(head.headers).toEqual(got.headers);
  }
});

test("what has not changed is not sent again", async () => {
  const first = await ask(backend, "/v1/pool");
  const tag = first.headers.etag ?? "";
  for (const sent of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
    const again = await ask(backend, "/v1/pool", { headers: { "if-none-match": sent } });
    expect([sent, again.status, again.text]).toEqual([sent, 304, ""]);
    expect(again.headers).toMatchObject({ ...ALWAYS, etag: tag, "cache-control": "public, max-age=5" });
    expect(again.headers).not.toHaveProperty("content-type");
  }
  for (const sent of ['"other"', tag.slice(1, -1), "", '"', first.text]) {
    expect((await ask(backend, "/v1/pool", { headers: { "if-none-match": sent } })).status).toBe(200);
  }
  await backend.run(async (ctx) => {
    const change = { totalBalanceOnChain: 1n, totalLocked: 0n, lastSequence: 1n, lastSyncTimestamp: 1 };
    await ctx.db.insert("poolMetrics", { token: "STX", ...change });
  });
  const changed = await ask(backend, "/v1/pool", { headers: { "if-none-match": tag } });
  expect(changed.status).toBe(200);
  expect(changed.headers.etag).not.toBe(tag);
});

test("each route says for how long its answer may be kept", async () => {
  const maxAge = { "/v1/pool": 5, "/v1/tiers": 60, "/v1/proof": 2, "/v1/sync": 2, "/v1/prices": 5, "/v1/policies": 5 };
  for (const [path, seconds] of Object.entries({ ...maxAge, "/stats": 60, "/v1/openapi.json": 3_600 })) {
    const { headers } = await ask(backend, path);
    expect([path, headers["cache-control"]]).toEqual([path, `public, max-age=${seconds}`]);
  }
  expect((await ask(backend, "/health")).headers["cache-control"]).toBe("no-cache");
});

const NOWHERE = [
  ..."/v1 /v1/ /v1/pool/ /v1/Pool /v1//pool /v1/policies/1/2 /v1/tiers/Balanced /v1/nothing".split(" "),
  "/v1/%",
  "/v1/%00",
  "/v1/%ff%fe",
  "/v1/../v1/x",
  `/v1/${"x".repeat(8_000)}`,
  `/v1/${encodeURIComponent("🦔".repeat(500))}`,
  "/v1/policies/",
  "/v1/policies/-1",
  "/v1/policies/1.5",
  "/v1/policies/0x10",
  "/v1/policies/1n",
  "/v1/policies/%20%31",
  "/v1/policies/9223372036854775808",
  `/v1/policies/${"9".repeat(4_000)}`,
  "/v1/authorizations/abc",
  "/v1/authorizations/%",
];
const MALFORMED = [
  "/v1/pool?x=1",
  "/stats?cursor=1",
  "/health?verbose",
  "/v1/policies?Limit=1",
  "/v1/policies?__proto__=1",
  "/v1/policies?limit=1&limit=2",
  "/v1/policies?limit=",
  "/v1/policies?limit=0",
  "/v1/policies?limit=-1",
  "/v1/policies?limit=101",
  "/v1/policies?limit=1e1",
  "/v1/policies?limit=%2010",
  "/v1/policies?limit=9007199254740993",
  "/v1/policies?limit=%",
  "/v1/policies?status=quoted",
  "/v1/policies?status=lapsed",
  "/v1/policies?status=Active",
  "/v1/policies?buyer=me",
  `/v1/policies?buyer=${"S".repeat(5_000)}`,
  `/v1/policies?buyer=${encodeURIComponent("Ŝ".repeat(30))}`,
  "/v1/policies?cursor=",
  `/v1/policies?cursor=${"x".repeat(2_001)}`,
];

test("a path that leads nowhere is told so, whatever is in it", async () => {
  for (const path of NOWHERE) await refused(backend, path, NO_ROUTE);
});

test("what has a name but is not there is said to be missing", async () => {
  await refused(backend, "/v1/tiers/Brave/sBTC", { status: 404, code: "UNKNOWN_TIER" });
  await refused(backend, "/v1/tiers/%/sBTC", { status: 404, code: "UNKNOWN_TIER" });
  await refused(backend, "/v1/tiers/__proto__/sBTC", { status: 404, code: "UNKNOWN_TIER" });
  await refused(backend, "/v1/tiers/Balanced/BTC", { status: 404, code: "UNKNOWN_TOKEN" });
  await refused(backend, "/v1/policies/9223372036854775807", { status: 404, code: "NO_POLICY" });
  await refused(backend, "/v1/authorizations/0", { status: 404, code: "NO_AUTHORIZATION" });
});

test("what a query says that the route can't take is refused, and the parameter named", async () => {
  for (const path of MALFORMED) {
    const { body } = await refused(backend, path, INVALID);
    expect(path).toContain(String(body.parameter));
  }
  await told(backend, "/v1/pool?");
});

test("an unknown parameter is told what is known", async () => {
  const { body } = await refused(backend, "/v1/policies?page=2", INVALID);
  expect(body).toMatchObject({ parameter: "page" });
  expect(body.detail).toContain("cursor, limit, status, buyer");
});

test("whoever asks too often is told when to come back; others, monitors and preflights are not held up", async () => {
  let answer = await ask(backend, "/v1/sync");
  for (let n = 1; n < 200 && answer.status === 200; n += 1) answer = await ask(backend, "/v1/sync");
  await refused(backend, "/v1/sync", { status: 429, code: "RATE_LIMITED" });
  const { headers, body } = await refused(backend, "/v1/nothing", { status: 429, code: "RATE_LIMITED" });
  expect(Number(headers["retry-after"])).toBeGreaterThan(0);
  expect(body.retryAfterMs).toBeGreaterThan(0);
  expect((await ask(backend, "/health")).headers["content-type"]).toBe("application/json");
  expect((await ask(backend, "/v1/sync", { method: "OPTIONS" })).status).toBe(204);
  expect(await backend.mutation(internal.http.limits.admit, { client: "another" })).toBeNull();
  vi.setSystemTime(Date.now() + Number(body.retryAfterMs));
  await told(backend, "/v1/sync");
});

test("all clients together have a limit too", async () => {
  const client = "the first of many";
  expect(await backend.mutation(internal.http.limits.admit, { client })).toBeNull();
  await backend.run(async (ctx) => {
    const limiter = new RateLimiter(components.rateLimiter, LIMITS);
    // Each time two shards are looked at, by chance: after so many failures none has so much left.
    for (const count of [LIMITS.httpAll.capacity / LIMITS.httpAll.shards, 50, 5, 1]) {
      for (let failures = 0; failures < 30; ) {
        const { ok } = await limiter.limit(ctx, "httpAll", { key: "all", count });
        failures = ok ? 0 : failures + 1;
      }
    }
  });
  expect(await backend.mutation(internal.http.limits.admit, { client })).toBeGreaterThan(0);
});

test("clients are told apart by address, all of one IPv6 network together, and unknown ones by none", async () => {
  const same = (one: string, other: string) => Promise.all([drawerOf(one), drawerOf(other)]).then(([a, b]) => a === b);
  expect(await same("192.0.2.1", "192.0.2.1")).toBe(true);
  expect(await same("192.0.2.1", "192.0.2.2")).toBe(false);
  expect(await same("2001:db8:1:2::1", "2001:DB8:1:2:ffff:0:0:9")).toBe(true);
  expect(await same("2001:db8::1", "2001:db8:0:0:1::")).toBe(true);
  expect(await same("2001:db8::1", "2001:db8:0:1::1")).toBe(false);
  expect(await drawerOf(null)).toBe("unknown");
  const drawers = await Promise.all(Array.from({ length: 50 }, (_, n) => drawerOf(`198.51.100.${n}`)));
  expect(drawers.every((drawer) => /^\d{1,5}$/.test(drawer) && Number(drawer) < 65_536)).toBe(true);
  expect(drawers.join()).not.toContain("198.51");
});

test("what nobody foresaw is told to the log alone", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  backend.setEnvironment({ AUTH_CHALLENGE_SECRET: "" });
  const { text } = await refused(backend, "/v1/policies?cursor=x", { status: 500, code: "INTERNAL" });
  expect(text).not.toMatch(/AUTH_CHALLENGE_SECRET|environment/);
  if (logged.mock.calls.length > 0) expect(logged.mock.calls.join()).toContain("AUTH_CHALLENGE_SECRET");
  expect((await ask(backend, "/v1/pool")).status).toBe(200);
});

test("a header that is no token of ours is nobody's", async () => {
  const headers = { authorization: `Bearer ${ALICE}` };
  const { status, text } = await ask(backend, "/v1/pool", { headers });
  expect([status, text]).toEqual([200, (await ask(backend, "/v1/pool")).text]);
});
