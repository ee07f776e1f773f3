/** What buyers, operators and the local stack's users type wrongly: a sentence, and an exit code that means it. */
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { convexToJson } from "convex/values";
import { expect, onTestFinished, test } from "vitest";
import { called, folder } from "./calling";

const WISH = ["--strike", "7900", "--quantity", "0.5", "--expires", "30d", "--tier", "Balanced"];
const without = (option: string) => WISH.filter((word, n) => word !== option && WISH[n - 1] !== option);
const instead = (option: string, value: string) => [...without(option), option, value];
const WHY = ["--reason", "a test"];

/** Nobody listens there, so whatever is refused as misuse was refused before anybody was asked. */
const NOWHERE = "http://127.0.0.1:9";
const ENV = { CONVEX_URL: NOWHERE, CONVEX_SITE_URL: NOWHERE, STACKS_API_URL: NOWHERE, PRICE_API_PORT: "9" };

async function failed(argv: string[], env: Record<string, string> = {}) {
  const home = await folder();
  const { code, out, err } = await called([...argv, "--json"], { env: { ...ENV, XDG_CONFIG_HOME: home, ...env } });
  expect(err).not.toMatch(/\n\s+at /);
  const { error } = JSON.parse(err.trim().split("\n").at(-1) ?? "");
  expect(error.message).toMatch(/[.!?]$/);
  return { exit: code, out, code: error.code as string, message: error.message as string };
}

test.each<[string[], string]>([
  [["tier", "Bold", "STX"], "UNKNOWN_TIER"],
  [["tier", "Balanced", "DOGE"], "UNKNOWN_TOKEN"],
  [["tier", "Balanced"], "COMMAND_NOT_UNDERSTOOD"],
  [["quote", "DOGE", ...WISH], "UNKNOWN_UNDERLYING"],
  [["quote", "BTC", ...without("--tier")], "COMMAND_NOT_UNDERSTOOD"],
  [["quote", "BTC", ...instead("--strike", "1e3")], "PRICE_NOT_A_NUMBER"],
  [["quote", "BTC", ...instead("--strike", "1.1234567")], "PRICE_TOO_PRECISE"],
  [["quote", "BTC", ...instead("--strike", "0")], "PRICE_OUT_OF_RANGE"],
  [["quote", "BTC", ...instead("--quantity", "0.123456789")], "AMOUNT_TOO_PRECISE"],
  [["quote", "BTC", ...instead("--quantity", "-1")], "AMOUNT_NOT_A_NUMBER"],
  [["quote", "BTC", ...instead("--quantity", "1 STX")], "OTHER_TOKEN"],
  [["quote", "BTC", ...instead("--expires", "tomorrow")], "DATE_NOT_UNDERSTOOD"],
  [["quote", "BTC", ...instead("--expires", "2026-02-30T00:00:00Z")], "DATE_NOT_UNDERSTOOD"],
  [["buy", "BTC", ...WISH, "--max-premium", "many"], "AMOUNT_NOT_A_NUMBER"],
  [["buy", "BTC", ...WISH, "--fee", "x"], "COMMAND_NOT_UNDERSTOOD"],
  [["exercise", "x"], "ID_NOT_UNDERSTOOD"],
  [["exercise", "9223372036854775808"], "ID_NOT_UNDERSTOOD"],
  [["policy", "0"], "ID_NOT_UNDERSTOOD"],
  [["policy", "1", "--wait", "rich"], "UNKNOWN_STATUS"],
  [["policies", "--limit", "0"], "COMMAND_NOT_UNDERSTOOD"],
  [["policies", "--limit", "101"], "COMMAND_NOT_UNDERSTOOD"],
  [["policies"], "NOT_SIGNED_IN"],
  [["health", "sBTC", "Bold"], "UNKNOWN_TIER"],
  [["health", "sBTC", "Balanced", "--wait", "well"], "UNKNOWN_STATUS"],
  [["statement", "--from", "2026-02-30"], "PERIOD_UNREADABLE"],
  [["statement", "--from", "2026-02-01", "--to", "2026-01-01"], "PERIOD_BACKWARDS"],
  [["statement", "--format", "xml"], "COMMAND_NOT_UNDERSTOOD"],
  [["operations", "trip", "withdraw"], "COMMAND_NOT_UNDERSTOOD"],
  [["operations", "trip", ...WHY], "COMMAND_NOT_UNDERSTOOD"],
  [["operations", "trip", "withdraw", ...WHY], "NOT_SIGNED_IN"],
  [["operations", "health", "DOGE"], "UNKNOWN_TOKEN"],
  [["operations", "unheard-of"], "COMMAND_NOT_UNDERSTOOD"],
  [["operations"], "COMMAND_NOT_UNDERSTOOD"],
  [["admin", "exit"], "COMMAND_NOT_UNDERSTOOD"],
  [["admin", "terms", "Balanced", "STX", ...WHY], "COMMAND_NOT_UNDERSTOOD"],
  [["admin", "terms", "Bold", "STX", "--capacity", "1", "--minimum", "1", "--hold", "none", ...WHY], "UNKNOWN_TIER"],
  [["admin", "rules", "Balanced", "STX", "luck=1%", ...WHY], "UNKNOWN_RULE"],
  [["admin", "rules", "Balanced", "STX", "loading=0.3", ...WHY], "NOT_A_RATE"],
  [["admin", "rules", "Balanced", "STX", "maxSeconds=long", ...WHY], "DURATION_NOT_UNDERSTOOD"],
  [["admin", "exit", "request", "fees", "1.5 STX", "sBTC", ...WHY], "OTHER_TOKEN"],
  [["admin", "surplus", "0", "STX", ...WHY], "AMOUNT_NOT_POSITIVE"],
  [["admin", "breach", "ST1", "1", "DOGE", ...WHY], "UNKNOWN_TOKEN"],
  [["local", "price", "DOGE", "1"], "UNKNOWN_UNDERLYING"],
  [["local", "price", "BTC", "1,000"], "PRICE_NOT_A_NUMBER"],
  [["local", "advance", "a while"], "DURATION_NOT_UNDERSTOOD"],
  [["local", "mine", "--blocks", "-1"], "COMMAND_NOT_UNDERSTOOD"],
  [["local", "fund", "nobody"], "UNKNOWN_ADDRESS"],
  [["local", "fund", "wallet_1", "--sbtc", "0.123456789"], "AMOUNT_TOO_PRECISE"],
  [["proof", "--verify", "--vault", "mine"], "VAULT_NOT_UNDERSTOOD"],
])("%j is misuse: %s", async (argv, code) => {
  expect(await failed(argv)).toMatchObject({ exit: 2, out: "", code });
});

test.each([["wallets"], ["price", "BTC", "1"], ["play", "btc-usd-2020-03"], ["next-day"], ["advance", "1d"], ["mine"]])(
  "local %s is for no other network",
  async (...words) => {
    const argv = ["local", ...words, "--network", "testnet"];
    expect(await failed(argv)).toMatchObject({ exit: 2, out: "", code: "NOT_LOCAL" });
  },
);

test.each<[string[], string]>([
  [["tiers"], "SERVICE_UNREACHABLE"],
  [["pool"], "SERVICE_UNREACHABLE"],
  [["prices"], "SITE_UNREACHABLE"],
  [["sync", "--wait"], "STACKS_UNREACHABLE"],
  [["quote", "BTC", ...WISH], "SERVICE_UNREACHABLE"],
  [["policy", "1"], "SERVICE_UNREACHABLE"],
  [["local", "advance", "1d"], "LOCAL_UNREACHABLE"],
  [["local", "next-day"], "SERVICE_UNREACHABLE"],
  [["breakers", "--wallet", "deployer"], "SERVICE_UNREACHABLE"],
])("%j says that nobody answers", async (argv, code) => {
  expect(await failed(argv)).toMatchObject({ exit: 4, out: "", code });
});

/** What answers everything with one text. */
const answering = (status: number, text: string) => serving(() => text, status);

async function serving(text: () => string, status = 200): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(text()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an HTTP API that is none is told from one that refuses", async () => {
  const asked = async (status: number, text: string) =>
    failed(["prices"], { CONVEX_SITE_URL: await answering(status, text) });
  expect(await asked(200, "<html>")).toMatchObject({ exit: 4, code: "SITE_UNREACHABLE" });
  expect(await asked(200, '{"items":[{"underlying":"DOGE"}]}')).toMatchObject({ exit: 4, code: "SITE_UNREACHABLE" });
  expect(await asked(500, "no")).toMatchObject({ exit: 4, code: "SITE_UNREACHABLE" });
  const problem = JSON.stringify({ code: "RATE_LIMITED", detail: "Too many requests." });
  expect(await asked(429, problem)).toMatchObject({ exit: 3, code: "RATE_LIMITED", message: "Too many requests." });
});

test("sync --wait waits for the chain's tip itself, and not for a block of the same second", async () => {
  const [second, tip] = [1_800_000_000, 306];
  const block = { canonical: true, height: tip, hash: "0x01", index_block_hash: "0x02", burn_block_height: 7 };
  const STACKS_API_URL = await answering(200, JSON.stringify({ ...block, block_time: second }));
  const heights = [tip - 1, tip - 1, tip];
  const CONVEX_URL = await serving(() => {
    const tipHeight = heights.shift() ?? tip;
    const status = { watermark: 5n, seen: 5n, tipHeight, finalHeight: 304, asOf: second * 1_000, halted: null };
    return JSON.stringify({ status: "success", value: convexToJson(status), logLines: [] });
  });
  const { code, out } = await called(["sync", "--wait"], { env: { ...ENV, CONVEX_URL, STACKS_API_URL } });
  expect({ code, out, left: heights }).toMatchObject({ code: 0, out: expect.stringContaining("block 306;"), left: [] });
});

test("a chain whose time is fixed says how it would not be", async () => {
  const stacks = await answering(404, '{"error":"not found"}');
  const answer = await failed(["local", "advance", "1d"], { STACKS_API_URL: stacks });
  expect(answer).toMatchObject({ exit: 2, code: "NO_CONTROL", message: expect.stringContaining("STACKS_CONTROL=0") });
});

test("prices are shown as the API tells them", async () => {
  const accepted = { priceUsdMicros: "8000500000", publishedAt: "2026-01-31T12:00:00.000Z" };
  const items = [
    { underlying: "BTC", isGood: true, accepted, trouble: null },
    { underlying: "STX", isGood: false, accepted: null, trouble: "SOURCES_DISAGREE" },
  ];
  const CONVEX_SITE_URL = await answering(200, JSON.stringify({ items }));
  const { code, out } = await called(["prices"], { env: { ...ENV, CONVEX_SITE_URL } });
  expect(code).toBe(0);
  expect(out).toMatch(/^BTC +8000\.5 USD +2026-01-31 12:00:00Z +yes$/m);
  expect(out).toMatch(/^STX +none +NO +SOURCES_DISAGREE$/m);
});

test("a guardian's key file that holds no key, and half of a signature, are refused before anything is signed", async () => {
  const file = path.join(await folder(), "empty.key");
  await writeFile(file, "nothing", { mode: 0o600 });
  expect(await failed(["admin", "exit", "approve", "1", "--key-file", file, ...WHY])).toMatchObject({
    exit: 2,
    code: "NO_KEY",
  });
});
