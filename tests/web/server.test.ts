/** What the local web server gives out, and what it keeps. */
import { request } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWeb } from "../../src/local/web";
import { config } from "./page";

const ROOT = path.resolve(import.meta.dirname, "../..");
let web: Awaited<ReturnType<typeof startWeb>>;

beforeAll(async () => {
  web = await startWeb({ port: 0, config });
});
afterAll(() => web?.close());

test("the page and its configuration, which no other origin can read and nothing caches", async () => {
  const page = await (await fetch(web.url)).text();
  expect(page).toContain('<div id="page">');
  expect(page).not.toContain("@vite/client");
  const answer = await fetch(`${web.url}/config.json`, { headers: { origin: "https://example.com" } });
  expect(await answer.json()).toEqual(config);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
});

test("a name that points at this machine does not open the page", async () => {
  const status = await new Promise((resolve) => {
    request(`${web.url}/config.json`, { headers: { host: "evil.example.com" } }, (r) => resolve(r.statusCode)).end();
  });
  expect(status).toBe(403);
});

test.each(["/etc/hostname", `${ROOT}/package.json`, `${ROOT}/contracts/liquidity-vault.clar`, `${ROOT}/.env.example`])(
  "%s is not served",
  async (file) => {
    const answer = await fetch(`${web.url}/@fs${file}?raw`, { headers: { "sec-fetch-dest": "script" } });
    expect(answer.status).toBe(403);
  },
);

test("what the page needs is served", async () => {
  const answer = await fetch(`${web.url}/@fs${ROOT}/src/domain/tokens.ts`, { headers: { "sec-fetch-dest": "script" } });
  expect(answer.status).toBe(200);
});

test("a taken port is refused, not moved", async () => {
  const port = Number(new URL(web.url).port);
  await expect(startWeb({ port, config })).rejects.toThrow(/in use/i);
});
