/** The whole local stack and its market: what is asked there is what the backend believes, by the chain's clock. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalStack } from "../../src/local/stack";
import { startPreparedStack } from "../engines/preparedStack";

const USD = 1_000_000n;
const stateDir = mkdtempSync(path.join(tmpdir(), "prices-stack-"));
let stack: LocalStack;

beforeAll(async () => {
  const ports = { stacks: 0, convex: 0, convexSite: 0 };
  stack = await startPreparedStack({ stateDir, ports, blockIntervalMs: 300, node: { control: true } });
});
afterAll(async () => {
  await stack?.close();
  rmSync(stateDir, { recursive: true, force: true });
});

interface Believed {
  underlying: string;
  accepted: { priceUsdMicros: bigint; publishedAtMs: number } | null;
  isGood: boolean;
}

/** As an operator asks, with bigints as Convex writes them: base64 of 8 bytes. */
async function believed(underlying: string): Promise<Believed | undefined> {
  const response = await fetch(`${stack.urls.convex}/api/query`, {
    method: "POST",
    headers: { authorization: `Convex ${stack.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({ path: "prices/loop:status", args: [{}], format: "convex_encoded_json" }),
  });
  const { value } = JSON.parse(await response.text(), (_key, part) =>
    typeof part?.$integer === "string" ? Buffer.from(part.$integer, "base64").readBigInt64LE() : part,
  ) as { value: { prices: Believed[] } };
  return value.prices.find((row) => row.underlying === underlying);
}

async function untilBelieved(underlying: string, priceUsdMicros: bigint): Promise<Believed> {
  for (;;) {
    const row = await believed(underlying);
    if (row?.accepted?.priceUsdMicros === priceUsdMicros && row.isGood) return row;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("the market's prices are believed, and those that are set", async () => {
  await untilBelieved("BTC", 60_000n * USD);
  await stack.market.setPrice("BTC", 48_123n * USD);
  await stack.market.setPrice("STX", 1_234_567n);
  await untilBelieved("BTC", 48_123n * USD);
  await untilBelieved("STX", 1_234_567n);
});

test("when block time runs a day ahead, prices are published by it and go on", async () => {
  const before = await untilBelieved("BTC", 48_123n * USD);
  await fetch(`${stack.urls.stacksApi}/control/advance`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ seconds: 86_400 }),
  });
  await stack.market.setPrice("BTC", 30_000n * USD);
  const after = await untilBelieved("BTC", 30_000n * USD);
  expect((after.accepted?.publishedAtMs ?? 0) - (before.accepted?.publishedAtMs ?? 0)).toBeGreaterThan(80_000_000);
});
