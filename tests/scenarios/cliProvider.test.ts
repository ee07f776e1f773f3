/**
 * A provider's life from the command line on the real local stack: sign in, deposit, portfolio, moves, withdraw; and what goes
 * wrong on the way: a session that ends, a forged transaction, an answer that is lost, a wallet without the money.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text as readText } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, PROJECT_ROOT } from "../../src/local/stack";
import { type Called, type CallOptions, called } from "../cli/calling";
import { startPreparedStack } from "../engines/preparedStack";

let stack: LocalStack;
let home: string;
let forger: Server;
/** Changes what the service answers to a request for a transaction; null: it passes as it is. */
let forge: ((answer: string) => string) | null = null;
let forgerUrl: string;

/** Stands between the command line and the real service, as one that was taken over would. */
function startForger(): Promise<Server> {
  const server = createServer((request, response) => void passOn(request, response).catch(() => response.destroy()));
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { authorization } = request.headers;
  const headers = { "content-type": "application/json", ...(authorization && { authorization }) };
  const body = await readText(request);
  const reply = await fetch(`${stack.urls.convex}${request.url}`, { method: "POST", headers, body });
  const text = await reply.text();
  if (forge && body.includes("request") && !body.includes("requestChallenge")) {
    const forged = forge(text);
    if (forged === "") return void response.destroy();
    return void response.writeHead(reply.status).end(forged);
  }
  response.writeHead(reply.status).end(text);
}

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "bithedge-cli-"));
  const ports = { stacks: 0, convex: 0, convexSite: 0 };
  stack = await startPreparedStack({ stateDir: path.join(home, "state"), ports, blockIntervalMs: 300 });
  forger = await startForger();
  forgerUrl = `http://127.0.0.1:${(forger.address() as AddressInfo).port}`;
});
afterAll(async () => {
  forger?.close();
  await stack?.close();
  await rm(home, { recursive: true, force: true });
});

const environment = () => ({
  HOME: home,
  CONVEX_URL: stack.urls.convex,
  CONVEX_SITE_URL: stack.urls.convexSite,
  STACKS_API_URL: stack.urls.stacksApi,
});

const cli = (line: string, { env, ...options }: CallOptions = {}): Promise<Called> =>
  called(line.split(" "), { env: { ...environment(), ...env }, ...options });

/** Runs a command that has to succeed, and reads its JSON. */
async function json<T>(shape: z.ZodType<T>, line: string): Promise<T> {
  const { code, out, err } = await cli(`${line} --json`);
  expect([line, code, err.includes("error")]).toEqual([line, 0, false]);
  for (const step of err.split("\n").filter(Boolean)) expect(Object.keys(JSON.parse(step))).toHaveLength(1);
  return shape.parse(JSON.parse(out));
}

const amount = z.string().regex(/^\d+$/).transform(BigInt);
const txId = z.string().regex(/^0x[0-9a-f]{64}$/);
const followed = z.object({ txId, status: z.literal("booked"), blockHeight: z.number(), sequence: amount });
const deposited = followed.extend({ commitmentId: z.string(), reference: amount, creditedTo: z.string() });
const withdrawn = followed.extend({ withdrawalId: z.string(), amount, token: z.string() });
const portfolioShape = z.object({
  address: z.string(),
  positions: z.array(
    z.object({ tier: z.string(), token: z.string(), total: amount, available: amount, acceptingPolicies: z.boolean() }),
  ),
  openCommitments: z.array(z.object({ commitmentId: z.string(), amount })),
  pendingDeposits: z.array(z.unknown()),
  suspense: z.array(z.object({ token: z.string(), amount })),
});
const portfolio = () => json(portfolioShape, "portfolio --wallet wallet_1");
const totals = async () =>
  (await portfolio()).positions.filter(({ total }) => total > 0n).map(({ tier, token, total }) => [tier, token, total]);

test("sign in, deposit, move, decline, withdraw all: every answer as JSON, every step told", async () => {
  const address = stack.wallets[0]?.address;
  const signedIn = await json(z.object({ address: z.string(), expiresAt: z.number() }), "sign-in --wallet wallet_1");
  expect(signedIn.address).toBe(address);
  expect((await stat(path.join(home, ".config/bithedge/sessions.json"))).mode & 0o777).toBe(0o600);

  const deposit = await json(deposited, "deposit 5.5 STX Balanced --wallet wallet_1");
  expect(deposit.creditedTo).toBe("Balanced");
  // The session is kept: no wallet is needed to read.
  const read = await json(portfolioShape, "portfolio");
  expect(read).toMatchObject({ address, openCommitments: [], pendingDeposits: [], suspense: [] });
  expect(await totals()).toEqual([["Balanced", "STX", 5_500_000n]]);

  const moved = z.object({ amount, moveId: z.string(), freeAt: z.number() });
  expect((await json(moved, "move 2 STX Balanced Conservative --wallet wallet_1")).amount).toBe(2_000_000n);
  await json(z.object({ accepting: z.literal(false) }), "accept STX Balanced off --wallet wallet_1");
  const { positions } = await portfolio();
  expect(positions.map(({ tier, acceptingPolicies }) => [tier, acceptingPolicies]).sort()).toEqual([
    ["Balanced", false],
    ["Conservative", true],
  ]);
  expect(await cli("collect STX Balanced --wallet wallet_1")).toMatchObject({
    code: 3,
    out: "",
    err: expect.stringMatching(/\(NOTHING_TO_COLLECT\)/),
  });

  expect((await json(withdrawn, "withdraw max STX Balanced --wallet wallet_1")).amount).toBe(3_500_000n);
  expect(await totals()).toEqual([["Conservative", "STX", 2_000_000n]]);
  const text = await cli("withdraw 1 STX Conservative --wallet wallet_1");
  expect(text).toMatchObject({ code: 0, out: expect.stringMatching(/1 STX is paid to ST/) });
  expect(text.err).toMatch(/To sign: exactly 1 STX from ST\w+\.liquidity-vault to ST/);
  // The id is told before anything is waited for.
  expect(text.err.indexOf("Sent: 0x")).toBeGreaterThan(0);
  expect(text.err.indexOf("Sent: 0x")).toBeLessThan(text.err.indexOf("final, and in the books"));
});

test("the same request repeated is the same transaction, also after its answer was lost", async () => {
  const line = "deposit 1 STX Balanced --wallet wallet_2 --idempotency-key mine";
  forge = () => "";
  const lost = await cli(line, { env: { CONVEX_URL: forgerUrl } });
  forge = null;
  expect(lost).toMatchObject({
    code: 4,
    out: "",
    err: expect.stringMatching(/again with --idempotency-key mine, and nothing happens twice/),
  });
  const first = await json(deposited, line);
  const second = await json(deposited, line);
  expect([second.txId, second.commitmentId]).toEqual([first.txId, first.commitmentId]);
  const held = await json(portfolioShape, "portfolio --wallet wallet_2");
  expect(held.suspense).toEqual([]);
  expect(held.positions.map(({ total }) => total)).toEqual([1_000_000n]);
  expect(await cli(line.replace("deposit 1", "deposit 2"))).toMatchObject({
    code: 3,
    err: expect.stringMatching(/\(IDEMPOTENCY_KEY_REUSED\)/),
  });
});

test.each<[string, (answer: string) => string]>([
  ["a larger amount", (answer) => answer.replaceAll("00000000000f4240", "00000000001e8480")],
  ["another contract", (answer) => answer.replace(/("contractId":"[^"]+)"/, '$1-2"')],
  ["allowing any transfer", (answer) => answer.replace('"postConditionMode":"deny"', '"postConditionMode":"allow"')],
  ["no guard", (answer) => answer.replace(/"postConditions":\[[^\]]*\]/, '"postConditions":[]')],
  ["another network", (answer) => answer.replace('"network":"devnet"', '"network":"mainnet"')],
])("a service that asks to sign %s is refused, and nothing is sent", async (_, change) => {
  let isForged = false;
  forge = (answer) => {
    isForged = change(answer) !== answer;
    return change(answer);
  };
  const nonces = async () =>
    (await fetch(`${stack.urls.stacksApi}/extended/v1/address/${stack.wallets[2]?.address}/nonces`)).json();
  const before = await nonces();
  const refused = await cli("deposit 1 STX Balanced --wallet wallet_3", { env: { CONVEX_URL: forgerUrl } });
  forge = null;
  expect(isForged).toBe(true);
  expect(refused).toMatchObject({ code: 3, out: "", err: expect.stringMatching(/\(CALL_NOT_AS_ASKED\)/) });
  expect(await nonces()).toEqual(before);
});

test("a session that has ended is renewed by its wallet; without the wallet it is said", async () => {
  await cli("sign-in --wallet wallet_1");
  const file = path.join(home, ".config/bithedge/sessions.json");
  const kept = await readFile(file, "utf8");
  for (const ended of [
    kept.replace(/"expiresAt": \d+/g, '"expiresAt": 1'),
    // One that the service has never issued, as after its keys have changed.
    kept.replace(/"token": "[^"]+"/g, '"token": "a.b.c"'),
  ]) {
    await writeFile(file, ended);
    expect(await cli("portfolio")).toMatchObject({ out: "", err: expect.stringMatching(/\(NOT_SIGNED_IN\)/) });
    expect(await cli("portfolio --wallet wallet_1 --json")).toMatchObject({ code: 0 });
    expect(await cli("portfolio")).toMatchObject({ code: 0 });
  }
  expect(await cli("sign-out")).toMatchObject({ code: 0 });
  expect(await cli("portfolio")).toMatchObject({ code: 2 });
  const { sessions } = JSON.parse(await readFile(file, "utf8")) as { sessions: { convexUrl: string; token: string }[] };
  const here = sessions.filter(({ convexUrl }) => convexUrl === stack.urls.convex);
  expect(here.map(({ token }) => token)).toEqual(here.map(() => ""));
});

test("what fails on the chain is told in words, with exit code 5; nothing counts for it", async () => {
  const failed = await cli("deposit 11 sBTC Conservative --wallet wallet_3 --json");
  expect([failed.code, failed.out]).toEqual([5, ""]);
  const { error } = JSON.parse(failed.err.trim().split("\n").at(-1) as string);
  expect(error).toMatchObject({
    code: "ABORT_BY_RESPONSE",
    message: expect.stringMatching(/token could not be transferred/),
  });
  const again = await cli(`transaction ${error.txId}`);
  expect(again).toMatchObject({ code: 5, out: "" });
  const { openCommitments, positions } = await json(portfolioShape, "portfolio --wallet wallet_3");
  expect(positions).toEqual([]);
  const elevenBtc = openCommitments.filter((one) => one.amount === 1_100_000_000n);
  expect(elevenBtc).toHaveLength(1);
  const cancel = `cancel commitment ${elevenBtc[0]?.commitmentId} --wallet wallet_3`;
  expect(await cli(cancel)).toMatchObject({ code: 0, out: expect.stringMatching(/is cancelled/) });
});

test("who has no patience is told how to go on: a timeout with exit code 6, Ctrl-C with 130", async () => {
  const line = "deposit 1 STX Conservative --wallet wallet_3";
  const late = await cli(`${line} --timeout 0.001`);
  expect(late).toMatchObject({ code: 6, out: "" });
  const [, sent] = /npm run cli -- transaction (0x[0-9a-f]{64})/.exec(late.err) ?? [];
  const interrupted = new AbortController();
  const onStep = (text: string) => text.startsWith("Sent: ") && interrupted.abort();
  const left = await cli(line, { signal: interrupted.signal, onStep });
  expect(left).toMatchObject({ code: 130, out: "" });
  expect(left.err).toMatch(
    /Interrupted\. The transaction 0x[0-9a-f]{64} stands; go on with: npm run cli -- transaction 0x/,
  );
  expect((await json(followed, `transaction ${sent}`)).txId).toBe(sent);
});

test("elsewhere than on the local stack nothing is signed unasked", async () => {
  const keyFile = path.join(home, "my.key");
  await writeFile(keyFile, stack.wallets[1]?.privateKey ?? "", { mode: 0o600 });
  const line = `deposit 1 STX Balanced --network devnet --key-file ${keyFile}`;
  expect(await cli(line)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/\(NOT_CONFIRMED\)/) });
  expect(await cli(line, { answers: "no\n" })).toMatchObject({ code: 2, err: expect.stringMatching(/\(DECLINED\)/) });
  expect(await cli(`sign-in --network devnet --key-file ${keyFile} --yes`)).toMatchObject({ code: 0 });
  expect(await cli(`${line} --yes`)).toMatchObject({ code: 2, err: expect.stringMatching(/\(NO_VAULT\)/) });
  const vault = stack.deployment.vaultContract;
  const done = await cli(`${line} --vault ${vault}`, { answers: "y\n" });
  expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/counts as capital in Balanced/) });
  expect(done.err).toMatch(/Sign and send\? \[y\/N\]/);
  expect(done.err + done.out).not.toContain(stack.wallets[1]?.privateKey);
});

function started(argv: string[]): Promise<Called> {
  const entry = path.join(PROJECT_ROOT, "src/cli/main.ts");
  const env = { ...process.env, ...environment() };
  const child = spawn(process.execPath, ["--import", "tsx", entry, ...argv], { cwd: PROJECT_ROOT, env });
  const result = { code: -1, out: "", err: "" };
  child.stdout.on("data", (part) => {
    result.out += part;
  });
  child.stderr.on("data", (part) => {
    result.err += part;
  });
  child.stdin.end();
  return new Promise((resolve) => child.on("close", (code) => resolve({ ...result, code: code ?? -1 })));
}

test("the program itself: its streams and its exit codes", async () => {
  const [read, misunderstood] = await Promise.all([
    started(["portfolio", "--wallet", "wallet_1", "--json"]),
    started(["portfoli"]),
  ]);
  expect(read.code).toBe(0);
  expect(portfolioShape.parse(JSON.parse(read.out)).address).toBe(stack.wallets[0]?.address);
  expect(misunderstood).toEqual({ code: 2, out: "", err: expect.stringMatching(/Did you mean portfolio\?/) });
});
