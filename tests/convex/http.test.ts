/** The read API over HTTP: what its routes tell, to whom, and that it is what they say they tell. */
import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { api } from "../../convex/_generated/api";
import { ROUTES } from "../../convex/http/routes";
import type { PolicyStatus } from "../../convex/policies/model";
import { ALICE, as, type Backend, BOB, openBackend } from "./backend";
import { ask, refused, told } from "./httpRequests";
import { Desk, PRICE } from "./policyDesk";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
});

const SBTC = { token: "sBTC", tier: "Balanced" } as const;

/** A market with a provider behind it, and prices of this block. */
async function market() {
  const desk = await Desk.open();
  await desk.scene.deposited(ALICE, 200_000_000n, SBTC);
  await desk.price("BTC");
  await desk.price("STX");
  return desk;
}

test("pool, tiers, proof, sync and prices are told in base units as strings, times in RFC 3339", async () => {
  const desk = await market();
  const { backend, vault } = desk;
  expect((await told(backend, "/v1/pool")).items).toEqual([
    { token: "STX", totalBalance: "0", totalLocked: "0", totalAvailable: "0", lastSequence: "0", asOf: null },
    expect.objectContaining({
      token: "sBTC",
      totalBalance: "200000000",
      totalAvailable: "200000000",
      lastSequence: "1",
    }),
  ]);
  const tier = await told(backend, "/v1/tiers/Balanced/sBTC");
  expect(tier).toMatchObject({ totalCapital: "200000000", providerCount: 1, terms: { minimumHoldSeconds: 0 } });
  const tiers = await told(backend, "/v1/tiers");
  expect(tiers.items).toHaveLength(6);
  expect(tiers.items).toContainEqual(tier);
  const proof = await told(backend, "/v1/proof");
  expect(proof.items[1]).toMatchObject({ token: "sBTC", holds: true, held: "200000000", booked: "200000000" });
  const asOf = new Date(desk.now * 1_000).toISOString();
  expect(await told(backend, "/v1/sync")).toEqual({
    ...{ watermark: "1", seen: "1", tipHeight: vault.height, finalHeight: vault.height - 1, asOf, halted: null },
  });
  const [btc, stx] = (await told(backend, "/v1/prices")).items;
  expect(stx).toEqual({
    ...{ underlying: "STX", isGood: true, trouble: null },
    accepted: { priceUsdMicros: String(PRICE.STX), publishedAt: asOf },
  });
  expect(btc).toMatchObject({ underlying: "BTC", accepted: { priceUsdMicros: String(PRICE.BTC) } });
});

test("a policy is listed once its premium is final, with what the chain shows of it and no more", async () => {
  const desk = await market();
  const { backend } = desk;
  const { policyId } = await desk.request(desk.wanted("BTC", "Balanced"), BOB, { idempotencyKey: "a secret of Bob's" });
  const listed = async (query = "") => (await told(backend, `/v1/policies${query}`)).items;
  expect(await listed()).toEqual([]);
  expect(await listed(`?buyer=${BOB}`)).toEqual([]);
  await desk.pays(policyId);
  await desk.scene.settle();
  const own = await told(backend, `/v1/policies/${policyId}`);
  expect(own).toMatchObject({
    policyId: String(policyId),
    buyer: BOB,
    status: "active",
    underlying: "BTC",
    outcome: null,
  });
  const lists = ["", "?status=active", `?buyer=${BOB}`, `?status=active&buyer=${BOB}`];
  for (const query of lists) expect([query, await listed(query)]).toEqual([query, [own]]);
  for (const query of ["?status=settled", `?buyer=${ALICE}`, `?status=settled&buyer=${BOB}`]) {
    expect([query, await listed(query)]).toEqual([query, []]);
  }
  // Nothing of the provider whose capital stands behind it, and nothing that only its buyer knows.
  const { paths } = (await told(backend, "/v1/openapi.json")) as unknown as Description;
  const everything = Object.keys(paths).filter((path) => !path.includes("{"));
  expect(everything.length).toBeGreaterThan(7);
  const texts = await Promise.all([...everything, `/v1/policies/${policyId}`].map((path) => ask(backend, path)));
  const text = texts.map((answer) => answer.text).join();
  expect(text).toContain(BOB);
  const row = await desk.policy(policyId);
  for (const hidden of [ALICE, row.signature, "a secret of Bob's", row._id, "positionId", "_creationTime"]) {
    expect([hidden, text.includes(hidden)]).toEqual([hidden, false]);
  }
});

test("what has ended may be kept for a day, what may still change for a moment", async () => {
  const desk = await market();
  const policyId = await desk.bought(desk.wanted("BTC", "Balanced"));
  const kept = async () => (await ask(desk.backend, `/v1/policies/${policyId}`)).headers["cache-control"];
  expect(await kept()).toBe("public, max-age=2");
  await desk.exercise(policyId);
  await desk.price("BTC", PRICE.BTC / 2n);
  expect(await kept()).toBe("public, max-age=2");
  await desk.serve();
  expect(await kept()).toBe("public, max-age=86400");
  const { status, outcome } = await told(desk.backend, `/v1/policies/${policyId}`);
  expect(status).toBe("settled");
  expect(outcome).toMatchObject({ priceUsdMicros: String(PRICE.BTC / 2n), missing: "0" });
});

/** Put there past the functions: lists are about order, not about how a policy came to be. */
function insertPolicy(
  backend: Backend,
  policyId: bigint,
  more: { buyer: string; status: PolicyStatus; startedAt: number },
) {
  const put = { strikeUsdMicros: 1n, quantity: 1n, floorPriceUsdMicros: 1n, coverage: 1n, premium: 1n, lock: 1n };
  const times = { expiresAt: 2_000_000_000, termsExpireAt: 1_900_000_000, earnedUntil: 0, exercisedAtMs: null };
  const rest = { signature: "", locked: 1n, lockTarget: 1n, earned: 0n, outcome: null, quotedAtUsdMicros: 1n };
  const kind = { underlying: "BTC", ...SBTC } as const;
  return backend.run((ctx) => ctx.db.insert("policies", { policyId, ...kind, ...put, ...times, ...rest, ...more }));
}

const sold = fc.record({
  status: fc.constantFrom<PolicyStatus>("active", "settled", "released"),
  /** Premiums of one block, and of a later one. */
  secondsLater: fc.nat({ max: 2 }),
});
const walk = fc.record({
  before: fc.array(sold, { maxLength: 12 }),
  meanwhile: fc.array(sold, { maxLength: 5 }),
  limits: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  status: fc.constantFrom("", "&status=settled"),
});
type Walk = typeof walk extends fc.Arbitrary<infer T> ? T : never;
const SETTLED = { status: "settled" as const, secondsLater: 0 };

test("page after page comes to an end without a gap or a repeat, while policies are sold", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"], now: Date.UTC(2026, 10, 22) });
  const backend = await openBackend();
  let [buyers, policies, startedAt] = [0, 0n, 1_800_000_000];
  const walked = async ({ before, meanwhile, limits, status }: Walk) => {
    const buyer = `ST${String(buyers++).padStart(30, "0")}`;
    const sell = async (one: Walk["before"][number]) => {
      policies += 1n;
      startedAt += one.secondsLater;
      await insertPolicy(backend, policies, { buyer, status: one.status, startedAt });
      return String(policies);
    };
    const expected: string[] = [];
    for (const one of before) {
      const id = await sell(one);
      if (status === "" || one.status === "settled") expected.unshift(id);
    }
    const seen: unknown[] = [];
    const left = [...meanwhile];
    let cursor = "";
    for (let n = 0; n === 0 || cursor !== ""; n += 1) {
      // So that the limit, which is another test's, has no part in it.
      vi.setSystemTime(Date.now() + 1_000);
      const limit = limits[n % limits.length] ?? 1;
      const page = await told(backend, `/v1/policies?buyer=${buyer}${status}&limit=${limit}${cursor}`);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      seen.push(...page.items.map(({ policyId }) => policyId));
      cursor = page.nextCursor === null ? "" : `&cursor=${page.nextCursor}`;
      const next = left.shift();
      if (next) await sell(next);
    }
    expect(seen).toEqual(expected);
  };
  const one: Walk = { before: [SETTLED], meanwhile: [SETTLED], limits: [1], status: "&status=settled" };
  const examples: [Walk][] = [[{ ...one, before: [] }], [one], [{ ...one, before: [SETTLED, SETTLED, SETTLED] }]];
  await fc.assert(fc.asyncProperty(walk, walked), { numRuns: 15, examples });
});

test("a cursor counts for its own list, and nobody can make one", async () => {
  const backend = await openBackend();
  for (const n of [1n, 2n, 3n]) await insertPolicy(backend, n, { buyer: BOB, status: "active", startedAt: Number(n) });
  const { items, nextCursor } = await told(backend, `/v1/policies?limit=2&buyer=${BOB}`);
  expect(items.map(({ policyId }) => policyId)).toEqual(["3", "2"]);
  const cursor = nextCursor ?? "";
  expect((await told(backend, `/v1/policies?buyer=${BOB}&cursor=${cursor}`)).items).toMatchObject([{ policyId: "1" }]);
  const unknown = { status: 400, code: "UNKNOWN_CURSOR" };
  for (const other of ["", "&status=active", `&buyer=${ALICE}`, `&buyer=${BOB}&status=active`]) {
    await refused(backend, `/v1/policies?cursor=${cursor}${other}`, unknown);
  }
  const [head = "", payload = "", signature = ""] = cursor.split(".");
  const none = btoa(JSON.stringify({ alg: "none" })).replaceAll("=", "");
  const forged = [
    `${head}.${payload}.`,
    `${none}.${payload}.`,
    `${head}.${btoa("{}")}.${signature}`,
    "1",
    "null",
    "%00",
  ];
  for (const text of [...forged, cursor.slice(1), `${cursor}x`, "_end_cursor", "[]", "a.b.c"]) {
    await refused(backend, `/v1/policies?buyer=${BOB}&cursor=${text}`, unknown);
  }
  // Nor is one a challenge to sign in with.
  const signIn = { challenge: cursor, publicKey: "02", signature: "00" };
  await expect(backend.action(api.session.signIn, signIn)).rejects.toMatchObject({
    data: { code: "CHALLENGE_INVALID" },
  });
});

test("every answer is as the API's own description says, and the description describes every route", async () => {
  const desk = await market();
  const policyId = await desk.bought(desk.wanted("BTC", "Balanced"));
  const { authorization } = await as(desk.backend, ALICE).action(api.liquidity.requestWithdrawal, {
    ...SBTC,
    amount: 1n,
  });
  const values: Record<string, string> = {
    ...SBTC,
    policyId: String(policyId),
    id: String(authorization.id),
  };
  const description = (await told(desk.backend, "/v1/openapi.json")) as unknown as Description;
  expect(description.openapi).toBe("3.1.0");
  expect(Object.keys(description.paths)).toEqual(ROUTES.map(({ path }) => path));
  const own = ROUTES.filter(({ isOwn }) => isOwn).map(({ path }) => path);
  for (const [path, { get }] of Object.entries(description.paths)) {
    expect([path, get.security !== undefined]).toEqual([path, own.includes(path)]);
    if (own.includes(path)) continue;
    const inPath = get.parameters.filter((one) => one.in === "path");
    expect(inPath.map(({ name }) => name)).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    const body = await told(
      desk.backend,
      path.replaceAll(/\{(\w+)\}/g, (_, name) => values[name] ?? ""),
    );
    const shape = z.fromJSONSchema(get.responses["200"]?.content["application/json"]?.schema ?? false);
    expect([path, shape.safeParse(body).error]).toEqual([path, undefined]);
    const [name = ""] = Object.keys(body);
    expect([path, shape.safeParse({ ...body, [name]: 0.5 }).success]).toEqual([path, path === "/v1/openapi.json"]);
    expect([path, shape.safeParse({ ...body, more: 1 }).success]).toEqual([path, path === "/v1/openapi.json"]);
  }
});

interface Description {
  openapi: string;
  paths: Record<string, { get: Operation }>;
}
interface Operation {
  security?: unknown;
  parameters: { name: string; in: string }[];
  responses: Record<string, { content: Record<string, { schema: Parameters<typeof z.fromJSONSchema>[0] }> }>;
}
