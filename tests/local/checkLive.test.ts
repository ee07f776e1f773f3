import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MarketHandle, startMarket } from "../../src/local/market/server";
import { PROJECT_ROOT } from "../../src/local/stack";
import { latestBlock } from "../fixtures/stacksApi";

const NOBODY = "http://127.0.0.1:1";
const api = createServer((_request, response) => response.end(JSON.stringify(latestBlock)));
let market: MarketHandle;
let environment: Record<string, string>;

beforeAll(async () => {
  market = await startMarket({ port: 0, now: async () => Date.now() });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  environment = {
    PYTH_URL: `${market.url}/pyth`,
    COINBASE_URL: `${market.url}/coinbase`,
    KRAKEN_URL: `${market.url}/kraken`,
    STACKS_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
  };
});
afterAll(async () => {
  await market.close();
  api.close();
});

async function checked(variables: Record<string, string>, ...args: string[]) {
  const env = { ...process.env, ...environment, ...variables };
  const child = spawn(process.execPath, ["--import", "tsx", "src/local/checkLive.ts", ...args], {
    cwd: PROJECT_ROOT,
    env,
  });
  const output: string[] = [];
  child.stdout.on("data", (chunk) => output.push(String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const lines = output.join("").trim().split("\n");
  return { code, lines, failed: lines.filter((line) => line.startsWith("FAIL")) };
}

test("where all answer, each has a line, and all is well", async () => {
  const { code, lines, failed } = await checked({});
  expect([code, failed]).toEqual([0, []]);
  expect(lines).toHaveLength(9);
  expect(
    lines.filter((line) => /^ok {4}(pyth|coinbase|kraken) BTC: 60000\.000000 USD, \d+ s old$/.test(line)),
  ).toHaveLength(3);
  expect(lines).toContain("ok    all STX: 1.500000 USD");
  expect(lines.at(-1)).toMatch(/^ok {4}http:.*: block 21, -?\d+ s old$/);
});

test("one that does not answer is named, with why, and the others are told all the same", async () => {
  const { code, lines, failed } = await checked({ KRAKEN_URL: NOBODY, STACKS_API_URL: NOBODY });
  expect(code).toBe(1);
  expect(failed.map((line) => line.split(/[.:]/)[0])).toEqual(["FAIL  kraken BTC", "FAIL  kraken STX", "FAIL  http"]);
  expect(lines.filter((line) => line.startsWith("ok"))).toHaveLength(6);
});

test("a price that would not count is a failure, and so is one that nobody agrees on", async () => {
  market.setFaults([{ kind: "stale", source: "pyth", underlying: "BTC" }]);
  const stale = await checked({});
  market.setFaults([
    { kind: "disagreeing", source: "pyth", underlying: "BTC" },
    { kind: "refused", source: "kraken", underlying: "BTC" },
  ]);
  const apart = await checked({});
  market.setFaults([]);
  expect([stale.code, stale.failed]).toEqual([1, [expect.stringMatching(/pyth BTC: .* 36\d\d s old: too old$/)]]);
  expect(apart.code).toBe(1);
  expect(apart.failed).toEqual([
    expect.stringContaining("kraken BTC: refused"),
    expect.stringContaining("all BTC: The sources are further apart"),
  ]);
});

test("--help asks nobody", async () => {
  const { code, lines } = await checked({ PYTH_URL: NOBODY }, "--help");
  expect(code).toBe(0);
  expect(lines[0]).toContain("npm run check:live");
});
