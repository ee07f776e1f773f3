/** The watcher's command line: what is not understood ends in a sentence, before anything is asked of anybody. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { localDeployment } from "../../src/stacks/deployment";
import { conditionsOf, type Facts } from "../../src/watcher/conditions";
import { pausing } from "../../src/watcher/findings";
import { readRequest } from "../../src/watcher/options";
import { runWatcher } from "../../src/watcher/program";
import { reportTo } from "../../src/watcher/report";
import { OTHER_KEY } from "../contracts/authorization";

const folder = mkdtempSync(path.join(tmpdir(), "watcher-program-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { vaultContract, sbtcContract } = localDeployment("ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM");
/** Nobody listens there. */
const NOWHERE = "http://127.0.0.1:9";
const complete = {
  ...{ STACKS_API_URL: NOWHERE, CONVEX_URL: NOWHERE, VAULT_CONTRACT: vaultContract, SBTC_CONTRACT: sbtcContract },
  GUARDIAN_PRIVATE_KEY: OTHER_KEY,
};

async function run(argv: string[], environment: Record<string, string> = complete) {
  const said = { out: [] as string[], error: [] as string[] };
  const streams = { out: (line: string) => said.out.push(line), error: (line: string) => said.error.push(line) };
  const code = await runWatcher(argv, environment, { streams, ending: new AbortController().signal });
  return { code, out: said.out.join("\n"), error: said.error.join("\n") };
}

const NETWORK = ["--network", "testnet"];

test("--help tells all, and asks nobody", async () => {
  const { code, out, error } = await run(["--help"], {});
  expect([code, error]).toEqual([0, ""]);
  for (const word of ["--grace", "--once", "--dry-run", "--state", "GUARDIAN_KEY_FILE", "Exit codes"]) {
    expect(out).toContain(word);
  }
});

test.each<[string, string[], Record<string, string>, RegExp]>([
  ["an unknown flag", [...NETWORK, "--fast"], {}, /Unknown option '--fast'. --help/],
  ["a stray word", [...NETWORK, "word"], {}, /--help lists the options/],
  ["an unknown network", ["--network", "moonnet"], {}, /local, mainnet, testnet, devnet/],
  ["no network", [], {}, /--network is to be one of/],
  ["a wrong number", [...NETWORK, "--grace", "soon"], {}, /--grace is to be a whole number/],
  ["a wrong address", [...NETWORK], { STACKS_API_URL: "ftp://x" }, /STACKS_API_URL is needed, as an http address/],
  ["a contract of another network", ["--network", "mainnet"], {}, /VAULT_CONTRACT is to be a contract of mainnet/],
  ["a finality of nothing", [...NETWORK], { FINALITY_BURN_BLOCKS: "0" }, /at least 1/],
  ["no key", [...NETWORK], { GUARDIAN_PRIVATE_KEY: "" }, /GUARDIAN_KEY_FILE is needed, or --dry-run/],
  ["a key that is none", [...NETWORK], { GUARDIAN_PRIVATE_KEY: "secret words" }, /neither a private key/],
  [
    "a key file that is not there",
    [...NETWORK],
    { GUARDIAN_PRIVATE_KEY: "", GUARDIAN_KEY_FILE: "/none" },
    /can't be read/,
  ],
])("%s is refused in a sentence", async (_name, argv, change, sentence) => {
  const { code, out, error } = await run(argv, { ...complete, ...change });
  expect([code, out]).toEqual([2, ""]);
  expect(error).toMatch(sentence);
  expect(error).not.toContain("secret");
});

test("a state file that is none is refused, and a chain that does not answer has a code of its own", async () => {
  const state = path.join(folder, "state.json");
  expect(await run([...NETWORK, "--state", state])).toMatchObject({ code: 4, error: expect.stringContaining(NOWHERE) });
  writeFileSync(state, "{}");
  expect(await run([...NETWORK, "--state", state])).toMatchObject({ code: 2, error: expect.stringContaining(state) });
});

test("everything has a default on local, but what the environment says counts", async () => {
  const environment = { STACKS_API_PORT: "4000", CONVEX_URL: "http://127.0.0.1:4001/" };
  const request = await readRequest(["--network", "local", "--grace", "7"], environment);
  expect(request).toMatchObject({
    ...{ apiUrl: "http://127.0.0.1:4000", convexUrl: "http://127.0.0.1:4001", pollMs: 500, graceMs: 7_000 },
    ...{ stateFile: null, finalityBurnBlocks: 1, deployment: { network: "devnet" }, times: "always" },
  });
  expect(request?.guardian?.address).toBe(request?.deployment.vaultContract.split(".")[0]);
  const elsewhere = await readRequest([...NETWORK], { ...complete, XDG_STATE_HOME: "/state" });
  expect(elsewhere).toMatchObject({ stateFile: `/state/bithedge/watcher-${vaultContract}.json`, pollMs: 10_000 });
  expect(await readRequest([...NETWORK, "--dry-run"], complete)).toMatchObject({ guardian: null });
});

const WELL: Facts = {
  ...{ now: 1_000_000, chainSilentSince: null, backendSilentSince: null, chainProblem: "", unreadable: null },
  vault: { tip: { height: 1, hash: "0x", burnHeight: 1, time: 1_000 }, guardian: "ST1" },
  backend: { proofs: [], sync: { halted: null, watermark: 1n, asOf: 1_000_000 } },
  ...{ pauseProblem: null, guardian: { address: "ST1", balanceUstx: 10n } },
};
const PATIENCE = { silenceMs: 300, lagMs: 300, feeLimitUstx: 10n };
const sync = { halted: null, watermark: 1n, asOf: 1_000_000 };

test.each<[string, Partial<Facts>, string[]]>([
  ["all is well", {}, []],
  ["silence is short", { chainSilentSince: 999_701, backendSilentSince: 999_701 }, []],
  ["the chain is silent", { chainSilentSince: 999_700 }, ["chain.silent"]],
  ["the backend is silent", { backendSilentSince: 999_700, backend: null }, ["backend.silent"]],
  ["the tip is as old as it may be", { now: 1_000_900 }, []],
  ["the tip is old", { now: 1_000_901 }, ["chain.silent"]],
  ["an event can't be read", { unreadable: "what?" }, ["chain.unreadable"]],
  ["sync has halted", { backend: { proofs: [], sync: { ...sync, halted: "why" } } }, ["sync.halted"]],
  ["sync lags as much as it may", { backend: { proofs: [], sync: { ...sync, asOf: 999_700 } } }, []],
  ["sync lags", { backend: { proofs: [], sync: { ...sync, asOf: 999_699 } } }, ["sync.lags"]],
  ["the guardian is another", { guardian: { address: "ST2", balanceUstx: 10n } }, ["guardian.other"]],
  ["the guardian is poor", { guardian: { address: "ST1", balanceUstx: 9n } }, ["guardian.poor"]],
  ["nobody knows its balance", { guardian: { address: "ST1", balanceUstx: null } }, []],
  ["the pause does not get through", { pauseProblem: "BadNonce" }, ["pause.fails"]],
])("when %s", (_name, change, kinds) => {
  const found = conditionsOf({ ...WELL, ...change }, PATIENCE);
  expect(found.map(({ kind }) => kind)).toEqual(kinds);
  expect(found.filter(({ pauses }) => pauses)).toEqual([]);
});

test("a finding is a line for people, or a document for programs, and says what is done about it", () => {
  const lines: string[] = [];
  const settings = { write: (line: string) => lines.push(line), webhookUrl: "", now: () => 0 };
  const theft = pausing("withdrawal.unknown", "1", "A theft.", { amount: 2n ** 60n });
  reportTo({ ...settings, form: "text", hands: "guardian" }).finding(theft);
  reportTo({ ...settings, form: "json", hands: "none" }).finding(theft);
  expect(lines[0]).toBe("1970-01-01T00:00:00.000Z  PAUSE     withdrawal.unknown  A theft.");
  const facts = { amount: "1152921504606846976" };
  const told = {
    at: "1970-01-01T00:00:00.000Z",
    level: "(PAUSE)",
    kind: "withdrawal.unknown",
    message: "A theft.",
    facts,
  };
  expect(JSON.parse(lines[1] as string)).toEqual(told);
});
