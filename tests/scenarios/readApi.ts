/** The read API as a stranger's program meets it on the real host: by what its own description says, and over plain HTTP. */
import { request } from "node:http";
import { expect } from "vitest";
import { z } from "zod";

interface Operation {
  security?: unknown;
  responses: Record<string, { content: Record<string, { schema: Parameters<typeof z.fromJSONSchema>[0] }> }>;
}

async function describedRoutes(site: string): Promise<[string, Operation][]> {
  const { paths } = (await (await fetch(`${site}/v1/openapi.json`)).json()) as {
    paths: Record<string, { get: Operation }>;
  };
  return Object.entries(paths).map(([path, { get }]) => [path, get]);
}

/** Every route answers as the description says, once by its body, once by its head, and not again while nothing changes. */
export async function expectDescribed(site: string, values: Record<string, string>) {
  const routes = (await describedRoutes(site)).filter(([, { security }]) => security === undefined);
  expect(routes.length).toBeGreaterThan(10);
  for (const [path, { responses }] of routes) {
    const url = site + path.replaceAll(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
    const answer = await fetch(url, { headers: { origin: "https://example.com" } });
    const body = await answer.json();
    const shape = z.fromJSONSchema(responses[answer.status]?.content["application/json"]?.schema ?? false);
    expect([path, answer.status, shape.safeParse(body).error]).toEqual([path, 200, undefined]);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    const head = await fetch(url, { method: "HEAD" });
    expect([path, head.status, await head.text()]).toEqual([path, 200, ""]);
  }
  const { headers } = await fetch(`${site}/v1/tiers`);
  const again = await fetch(`${site}/v1/tiers`, { headers: { "if-none-match": headers.get("etag") ?? "" } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
}

/** The ids of all policies, by pages of one. */
export async function listedPolicies(site: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ""; ; ) {
    const page = (await (await fetch(`${site}/v1/policies?limit=1${cursor}`)).json()) as {
      items: { policyId: string }[];
      nextCursor: string | null;
    };
    ids.push(...page.items.map(({ policyId }) => policyId));
    if (page.nextCursor === null) return ids;
    cursor = `&cursor=${page.nextCursor}`;
  }
}

/** As it stands: `fetch` would mend some paths before they are sent. */
function sent(site: string, path: string, method = "GET"): Promise<{ status: number | undefined; type: string }> {
  const { hostname, port } = new URL(site);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, type: answer.headers["content-type"] ?? "" });
    });
    asked.on("error", reject).end();
  });
}

/** Whatever is sent is answered with a sentence, and the host goes on. */
export async function expectRefusals(site: string) {
  const problem = "application/problem+json";
  const refused: [string, number, string?][] = [
    ["/v1", 404],
    ["/v1/nothing", 404],
    ["/v1/%", 404],
    ["/v1/policies/%", 404],
    ["/v1/policies?limit=-1", 400],
    ["/v1/policies?limit=1&limit=2", 400],
    ["/v1/policies?cursor=forged", 400],
    [`/v1/policies?cursor=${"x".repeat(5_000)}`, 400],
    ["/v1/pool?%=%", 400],
    ["/v1/pool", 405, "POST"],
    ["/stats", 405, "DELETE"],
  ];
  for (const [path, status, method] of refused) {
    expect([path, await sent(site, path, method)]).toEqual([path, { status, type: problem }]);
  }
  expect(await sent(site, "/v1/pool", "OPTIONS")).toMatchObject({ status: 204 });
  expect(await sent(site, "/v2/pool")).toMatchObject({ status: 404 });
  expect(await sent(site, "/v1/pool")).toEqual({ status: 200, type: "application/json" });
}
