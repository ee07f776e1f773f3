/**
 * Buyers, operators and the treasury from the command line alone, on the real local stack: bought, exercised and settled;
 * stopped and let go on; an exit of fees through to its payment; a statement. What --json prints is checked as a program would.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { contracts } from "../../src/stacks/bindings";
import { called } from "../cli/calling";
import { type OutboxStack, startOutboxStack } from "./outboxStack";

const USD = 1_000_000n;
const SBTC = 100_000_000n;

let outbox: OutboxStack;
let home: string;
let env: Record<string, string>;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "bithedge-cli-desk-"));
  outbox = await startOutboxStack({ marketPrices: { BTC: 8_000n * USD, STX: (3n * USD) / 2n } });
  const { convex, convexSite, stacksApi, prices } = outbox.stack.urls;
  const urls = { CONVEX_URL: convex, CONVEX_SITE_URL: convexSite, STACKS_API_URL: stacksApi };
  env = { ...urls, PRICE_API_PORT: new URL(prices).port, XDG_CONFIG_HOME: home };
});
afterAll(async () => {
  await outbox?.close();
  await rm(home, { recursive: true, force: true });
});

/** What a command prints with --json. */
async function told<T>(shape: z.ZodType<T>, ...argv: string[]): Promise<T> {
  const { code, out, err } = await called([...argv, "--json"], { env });
  expect([argv, code, err]).toEqual([argv, 0, err]);
  return shape.parse(JSON.parse(out));
}

/** How a command is refused. */
async function refused(...argv: string[]): Promise<{ exit: number; code: string }> {
  const { code: exit, err } = await called([...argv, "--json"], { env });
  return { exit, code: JSON.parse(err.trim().split("\n").at(-1) ?? "").error.code };
}

const units = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);
const policy = z.object({
  policyId: units,
  status: z.string(),
  premium: units,
  coverage: units,
  locked: units,
  outcome: z.object({ priceUsdMicros: units, payout: units, missing: units }).nullable(),
});
const page = <T extends z.ZodType>(row: T) => z.object({ items: z.array(row), nextCursor: z.string().nullable() });
const wallets = z.array(z.object({ name: z.string(), STX: units, sBTC: units }));

async function sbtcOf(name: string): Promise<bigint> {
  return (await told(wallets, "local", "wallets")).find((wallet) => wallet.name === name)?.sBTC ?? -1n;
}

const AS = {
  provider: ["--wallet", "wallet_1"],
  buyer: ["--wallet", "wallet_2"],
  operator: ["--wallet", "deployer"],
  secondAdmin: ["--wallet", "wallet_3"],
} as const;
const WISH = ["BTC", "--strike", "8000", "--quantity", "0.5", "--expires", "3d", "--tier", "Balanced"];

test("bought, exercised and settled: the wallet has what the policy says", async () => {
  await told(z.object({ creditedTo: z.literal("Balanced") }), "deposit", "9", "sBTC", "Balanced", ...AS.provider);
  expect(await told(z.array(z.object({ token: z.string(), locked: units.optional() })), "pool")).toHaveLength(2);
  expect(await told(z.array(z.object({ tierName: z.string(), totalCapital_virtual: units })), "tiers")).toContainEqual({
    tierName: "Balanced",
    totalCapital_virtual: 9n * SBTC,
  });
  const tier = z.object({ availability: z.object({ largestLock: units, isAvailable: z.literal(true) }) });
  await told(tier, "tier", "balanced", "sbtc");

  const quoted = z.object({ premium: units, payouts: z.array(z.object({ priceUsdMicros: units, payout: units })) });
  const quote = await told(quoted, "quote", ...WISH);
  expect(quote.payouts[1]).toEqual({ priceUsdMicros: 4_000n * USD, payout: SBTC / 2n });
  expect(await refused("buy", ...WISH, ...AS.buyer, "--max-premium", "0.00000001")).toEqual({
    exit: 3,
    code: "PREMIUM_ABOVE_MAXIMUM",
  });

  const before = await sbtcOf("wallet_2");
  const bought = await told(policy.extend({ txId: z.string() }), "buy", ...WISH, ...AS.buyer);
  const id = String(bought.policyId);
  expect(bought).toMatchObject({ status: "active", coverage: SBTC / 2n, locked: SBTC / 4n, outcome: null });
  expect(await sbtcOf("wallet_2")).toBe(before - bought.premium);
  const { items } = await told(page(policy), "policies", ...AS.buyer);
  expect(items.map(({ policyId }) => policyId)).toEqual([bought.policyId]);

  await told(z.object({ priceUsdMicros: units }), "local", "price", "BTC", "6000");
  expect(await refused("exercise", id, ...AS.provider)).toEqual({ exit: 3, code: "NO_POLICY" });
  await told(z.object({ exercisedAt: z.number() }), "exercise", id, ...AS.buyer);
  const { outcome } = await told(policy, "policy", id, "--wait", "settled");
  expect(outcome).toEqual({ priceUsdMicros: 6_000n * USD, payout: SBTC / 6n, missing: 0n });
  expect(await sbtcOf("wallet_2")).toBe(before - bought.premium + (outcome?.payout ?? -1n));
  expect(await refused("policy", id, "--wait", "released")).toEqual({ exit: 7, code: "POLICY_ENDED" });
  const notice = z.object({ kind: z.string(), at: z.number() });
  expect((await told(page(notice), "notifications", ...AS.buyer)).items.length).toBeGreaterThan(0);
  expect((await told(page(z.unknown()), "health", "sBTC", "Balanced", ...AS.provider)).nextCursor).toBeNull();
});

test("an operator stops and lets go on, with a reason that is kept; nobody else does", async () => {
  const trip = ["operations", "trip", "policies", "--reason", "a drill"];
  expect(await refused(...trip, ...AS.buyer)).toEqual({ exit: 3, code: "NOT_ALLOWED" });
  expect(await refused("breakers", ...AS.buyer)).toEqual({ exit: 3, code: "NOT_ALLOWED" });
  const stopped = z.object({ breakers: z.array(z.object({ capability: z.string(), reason: z.string() })) });
  expect((await told(stopped, "breakers", ...AS.operator)).breakers).toEqual([]);
  await told(z.object({ capability: z.literal("policies") }), ...trip, ...AS.operator);
  expect((await told(stopped, "operations", "breakers", ...AS.operator)).breakers).toEqual([
    { capability: "policies", reason: "a drill" },
  ]);
  expect(await refused("buy", ...WISH, ...AS.buyer)).toEqual({ exit: 3, code: "STOPPED" });
  await told(z.object({}), "operations", "reset", "policies", "--reason", "the drill is over", ...AS.operator);
  await told(z.object({}), "operations", "pause", "--reason", "fees", ...AS.operator);
  const lane = z.object({ paused: z.string().nullable(), failed: z.array(z.unknown()) });
  expect(await told(lane, "outbox", ...AS.operator)).toEqual({ paused: "fees", failed: [] });
  await told(z.object({}), "operations", "resume", "--reason", "no fees", ...AS.operator);
  expect(await refused("operations", "cancel", "nothing", "--reason", "a try", ...AS.operator)).toEqual({
    exit: 3,
    code: "UNKNOWN_CALL",
  });
  const act = z.object({ act: z.string(), actor: z.string(), reason: z.string() });
  const { items } = await told(page(act), "operations", "acts", "--limit", "4", ...AS.operator);
  expect(items.map(({ act: name, reason }) => [name, reason])).toEqual([
    ["outbox.resume", "no fees"],
    ["outbox.pause", "fees"],
    ["breakers.reset", "the drill is over"],
    ["breakers.trip", "a drill"],
  ]);
  expect(new Set(items.map(({ actor }) => actor))).toEqual(
    new Set([outbox.stack.deployment.vaultContract.split(".")[0]]),
  );
  for (const list of ["notifications", "deliveries", "exits"]) {
    await told(page(z.unknown()), "operations", list, ...AS.operator);
  }
  for (const list of ["health", "suspense", "breaches"]) {
    expect((await told(page(z.unknown()), "operations", list, "STX", ...AS.operator)).items).toEqual([]);
  }
  await told(z.object({ halted: z.null(), pending: units }), "operations", "sync", ...AS.operator);
  await told(z.object({ troubles: z.array(z.string()) }), "operations", "prices", ...AS.operator);
  const audit = z.object({ result: z.object({ differences: z.literal(0) }) });
  await told(audit, "operations", "audit", "--wait", "--reason", "a look", ...AS.operator);
});

test("fees leave by the guardian's signature and by no other, and are paid", async () => {
  const request = ["admin", "exit", "request", "fees", "0.00001", "sBTC", "--reason", "May", ...AS.secondAdmin];
  const { exitId } = await told(z.object({ exitId: z.string(), message: z.string() }), ...request);
  const approve = ["admin", "exit", "approve", exitId, "--reason", "May", ...AS.operator];
  const forged = ["--public-key", `02${"11".repeat(32)}`, "--signature", "00".repeat(65)];
  expect(await refused(...approve, ...forged)).toEqual({ exit: 3, code: "SIGNATURE_INVALID" });
  expect(await refused(...approve, "--public-key", "02")).toEqual({ exit: 2, code: "SIGNATURE_INCOMPLETE" });
  const before = await sbtcOf("deployer");
  await told(z.object({ txId: z.string() }), ...approve, "--send");
  expect(await sbtcOf("deployer")).toBe(before + 1_000n);
  const exit = z.object({ exitId: z.string(), status: z.string(), payment: z.string().nullable() });
  const { items } = await told(page(exit), "operations", "exits", ...AS.operator);
  expect(items).toEqual([{ exitId, status: "approved", payment: "paid" }]);
  expect(await refused(...approve, "--send")).toEqual({ exit: 3, code: "EXIT_NOT_OPEN" });
});

test("a statement adds up, and its file is whole and nobody else's", async () => {
  const shape = z.object({
    lines: z.array(z.object({ kind: z.string(), token: z.string(), amount: units })),
    closing: z.array(z.object({ token: z.string(), balance: units })),
  });
  const { lines, closing } = await told(shape, "statement", ...AS.provider);
  expect(lines[0]).toEqual({ kind: "deposit", token: "sBTC", amount: 9n * SBTC });
  expect(closing.map(({ balance }) => balance)).toEqual([lines.reduce((sum, { amount }) => sum + amount, 0n)]);
  const file = path.join(home, "statement.csv");
  const save = ["statement", "--format", "csv", "--out", file, ...AS.provider];
  await told(z.object({ file: z.literal(file), lines: z.literal(lines.length) }), ...save);
  expect(await readFile(file, "utf8")).toContain("0 + ");
  expect(await refused(...save)).toEqual({ exit: 2, code: "FILE_EXISTS" });
  await told(z.object({}), ...save, "--force");
  const nowhere = path.join(home, "no", "such", "folder.csv");
  expect(await refused("statement", "--out", nowhere, ...AS.provider)).toEqual({ exit: 2, code: "FILE_NOT_WRITTEN" });
  expect((await readdir(home)).filter((name) => name.includes("statement"))).toEqual(["statement.csv"]);
});

test("the local stack's money, prices and time by hand, and the proof at the end of it", async () => {
  const stranger = "ST3AM1A56AK2C1XAFJ4115ZSV26EB49BVQ10MGCS0";
  const funded = z.object({ STX: units, sBTC: units });
  expect(await told(funded, "local", "fund", stranger, "--stx", "2.5", "--sbtc", "0.25")).toEqual({
    STX: 2_500_000n,
    sBTC: SBTC / 4n,
  });
  const time = z.object({ asOf: z.number() });
  const { asOf } = await told(time, "sync");
  await told(z.object({ blockTime: z.number() }), "local", "advance", "1d");
  expect((await told(time, "sync")).asOf).toBeGreaterThanOrEqual(asOf + 86_400_000);
  const price = z.array(z.object({ underlying: z.string(), isGood: z.literal(true), accepted: z.object({}) }));
  expect(await told(price, "prices")).toHaveLength(2);
  await told(z.object({ date: z.literal("2020-03-05") }), "local", "play", "btc-usd-2020-03");
  await told(z.object({ day: z.object({ date: z.literal("2020-03-06") }) }), "local", "next-day");
  expect(await refused("local", "play", "doge")).toEqual({ exit: 3, code: "LOCAL_REFUSED" });
  await told(z.object({ height: z.number() }), "local", "mine", "--burn-blocks", "1");
  await told(z.object({ halted: z.null() }), "sync", "--wait");
  const proof = z.object({ holds: z.literal(true), verified: z.object({ differences: z.tuple([]) }) });
  await told(proof, "proof", "--verify");
  const other = `${stranger}.${contracts.liquidityVault.contractName}`;
  expect((await refused("proof", "--verify", "--vault", other)).exit).not.toBe(0);
});
