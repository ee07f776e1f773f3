/**
 * Bad input and bad company: each ends in a sentence on stderr, nothing on stdout, and an exit code that says whose fault it
 * is. No key is ever in what is said.
 */
import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Called, called, folder } from "./calling";

const KEY = "d655b2523bcd65e34889725c73064feb17ceb796831c0e111ba1a552b0f31b39";
/** Its address on networks that are not mainnet. */
const ADDRESS = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC";

function expectFailure({ code, out, err }: Called, exit: number, told: RegExp) {
  expect(err).toMatch(told);
  expect(out).toBe("");
  expect(err).not.toMatch(/\n\s+at /);
  expect(code).toBe(exit);
}

/** What anybody may have said to it, and what it answers to all. */
interface Stranger {
  url: string;
  heard: { path: string; authorization: string | null; body: string }[];
  answer: (path: string, body: string) => { status: number; body: string };
}

let server: Server;
const stranger: Stranger = { url: "", heard: [], answer: () => ({ status: 200, body: "" }) };
const value = (value: unknown) => ({ status: 200, body: JSON.stringify({ status: "success", value }) });

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      const { url: path = "", headers } = request;
      stranger.heard.push({ path, authorization: headers.authorization ?? null, body });
      const answer = stranger.answer(path, body);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stranger.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const DEPOSIT = ["deposit", "5", "STX", "Balanced", "--wallet", "wallet_1"];
const changed = (index: number, text: string) => DEPOSIT.map((word, n) => (n === index ? text : word));

test.each<[string, string[], RegExp]>([
  ["an unknown token", changed(2, "DOGE"), /There is no token "DOGE" here\. Use STX or sBTC\./],
  ["an unknown tier", changed(3, "Reckless"), /There is no tier "Reckless" here/],
  ["too many decimals", changed(1, "1.0000001"), /STX has at most 6 decimals/],
  ["a negative amount", changed(1, "-5"), /in digits, such as 1\.5|Unknown option/],
  ["NaN", changed(1, "NaN"), /in digits, such as 1\.5/],
  ["no amount at all", ["deposit"], /Missing required argument 'amount'/],
  ["an unknown wallet", changed(5, "wallet_9"), /There is no wallet "wallet_9" here\. Use deployer, wallet_1/],
  ["two wallets", [...DEPOSIT, "--key-file", "x"], /each name a wallet/],
  [
    "a local wallet elsewhere",
    [...DEPOSIT, "--network", "devnet", "--convex-url", "http://127.0.0.1:9"],
    /on devnet use --key-file/,
  ],
  ["a rubbish address", ["portfolio", "--convex-url", "convex"], /such as https:\/\/example\.org, not "convex"/],
  ["another protocol", ["portfolio", "--convex-url", "file:///etc/passwd"], /such as https:\/\/example\.org/],
  ["a vault that is none", ["whoami", "--vault", "vault"], /--vault is to be <address>\.<name>/],
  ["a fee that is none", [...DEPOSIT, "--fee", "little"], /in digits, such as 1\.5/],
  ["a transaction that is none", ["transaction", "0x12"], /64 digits of hex/],
  ["nobody signed in", ["portfolio"], /You are not signed in here/],
])("%s: exit code 2, and nobody is asked", async (_, argv, told) => {
  const sessionFile = path.join(await folder(), "none", "sessions.json");
  stranger.heard = [];
  expectFailure(await called(["--session-file", sessionFile, ...argv], { env: { CONVEX_URL: stranger.url } }), 2, told);
  expect(stranger.heard).toEqual([]);
});

test("no deployment is named: exit code 2", async () => {
  expectFailure(await called(["portfolio", "--network", "testnet"]), 2, /Where is the deployment of testnet\?/);
});

test("key files: missing, a folder, rubbish, too long; what is in one is never said", async () => {
  const here = await folder();
  const rubbish = path.join(here, "rubbish");
  const long = path.join(here, "long");
  await writeFile(rubbish, "correct horse battery staple secret", { mode: 0o600 });
  await writeFile(long, KEY.repeat(100), { mode: 0o600 });
  await mkdir(path.join(here, "folder"));
  for (const [file, told] of [
    [path.join(here, "missing"), /is not there/],
    [path.join(here, "folder"), /is a folder/],
    [rubbish, /holds neither a private key/],
    [long, /too long to hold one key/],
  ] as const) {
    const result = await called(["whoami", "--key-file", file], { env: { HOME: here } });
    expectFailure(result, 2, told);
    expect(result.err).not.toMatch(/horse|d655b2/);
  }
});

test("a key that others can read is warned of, and used", async () => {
  const here = await folder();
  const file = path.join(here, "my.key");
  await writeFile(file, `${KEY}\n`, { mode: 0o600 });
  const quiet = await called(["whoami", "--json"], { env: { HOME: here, BITHEDGE_KEY_FILE: file } });
  expect([quiet.code, quiet.err, JSON.parse(quiet.out).address]).toEqual([0, "", ADDRESS]);
  await chmod(file, 0o644);
  const warned = await called(["whoami", "--json"], { env: { HOME: here, BITHEDGE_KEY_FILE: file } });
  expect(warned.err).toMatch(/chmod 600/);
  expect(warned.err + warned.out).not.toContain(KEY);
});

const portfolio = (sessionFile: string) => [
  "portfolio",
  "--session-file",
  sessionFile,
  "--convex-url",
  stranger.url,
  "--wallet",
  "wallet_1",
];

test.each<[string, Stranger["answer"], number, RegExp]>([
  ["no JSON", () => ({ status: 200, body: "<html>hello</html>" }), 4, /does not answer as a Convex deployment/],
  ["other JSON", () => ({ status: 200, body: "[1]" }), 4, /does not answer as a Convex deployment/],
  ["nothing there", () => ({ status: 404, body: "not found" }), 4, /it answered HTTP 404/],
  ["a broken server", () => ({ status: 503, body: "later" }), 4, /it answered HTTP 503/],
  [
    "a refusal",
    () => ({
      status: 560,
      body: JSON.stringify({
        status: "error",
        errorMessage: "x",
        errorData: { code: "UNKNOWN_ADDRESS", message: "Not here." },
      }),
    }),
    3,
    /Not here\. \(UNKNOWN_ADDRESS\)/,
  ],
  [
    "a failure of its own",
    () => ({ status: 560, body: JSON.stringify({ status: "error", errorMessage: "Server Error" }) }),
    1,
    /The service failed where it should not have/,
  ],
  [
    "a challenge that is none",
    () => value({ challenge: "x", message: "Pay me.", expiresAt: 1 }),
    3,
    /not a sign-in of yours/,
  ],
])("a service that answers with %s", async (_, answer, exit, told) => {
  stranger.answer = answer;
  const sessionFile = path.join(await folder(), "sessions.json");
  expectFailure(await called(portfolio(sessionFile)), exit, told);
  // Nothing was signed, so nothing is kept.
  await expect(stat(sessionFile)).rejects.toThrow();
});

test("nobody listening: exit code 4", async () => {
  const here = await folder();
  const nobody = [
    "--session-file",
    path.join(here, "s.json"),
    "--wallet",
    "wallet_1",
    "--convex-url",
    "http://127.0.0.1:9",
  ];
  expectFailure(
    await called(["portfolio", ...nobody]),
    4,
    /can't be reached: connect ECONNREFUSED|can't be reached: bad port/,
  );
});

async function withSession(url: string, domain: string): Promise<string> {
  const sessionFile = path.join(await folder(), "sessions.json");
  const address = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5";
  const session = {
    network: "local",
    convexUrl: url,
    domain,
    address,
    token: "the-token",
    expiresAt: Date.now() + 3_600_000,
  };
  await writeFile(sessionFile, JSON.stringify({ version: 1, sessions: [session] }));
  return sessionFile;
}

const EMPTY = {
  ...{ address: "x", positions: [], pendingDeposits: [], suspense: [] },
  ...{ openCommitments: [], openWithdrawals: [] },
};

test("a token goes to its own deployment and network only", async () => {
  stranger.answer = () => value(EMPTY);
  stranger.heard = [];
  const own = await withSession(stranger.url, "BitHedge");
  const here = ["portfolio", "--convex-url", stranger.url];
  expect(await called([...here, "--session-file", own])).toMatchObject({ code: 0 });
  expect(stranger.heard.map(({ authorization }) => authorization)).toEqual(["Bearer the-token"]);
  stranger.heard = [];
  const foreign = await withSession("https://elsewhere.example", "BitHedge");
  expect(await called([...here, "--session-file", foreign])).toMatchObject({ code: 2 });
  expect(await called([...here, "--session-file", own, "--network", "testnet"])).toMatchObject({ code: 2 });
  expect(stranger.heard).toEqual([]);
});

test("a deployment that passes on another one's challenge gets no signature", async () => {
  const sessionFile = await withSession(stranger.url, "Mallory");
  const expires = new Date(Date.now() + 300_000).toISOString();
  stranger.heard = [];
  stranger.answer = (_, body) => {
    const { address } = JSON.parse(body).args[0];
    const message = `BitHedge asks you to sign in with your Stacks account:\n${address}\n\nSigning moves no money and costs no fee.\n\nNetwork: devnet\nChain ID: 2147483648\nNonce: ${"0".repeat(32)}\nExpires: ${expires}`;
    return value({ challenge: "c", message, expiresAt: 1 });
  };
  const argv = ["sign-in", "--convex-url", stranger.url, "--session-file", sessionFile, "--wallet", "wallet_1"];
  expectFailure(await called(argv), 3, /it is for "BitHedge", and this deployment was "Mallory"/);
  expect(stranger.heard).toHaveLength(1);
});

test("a session file that is none is refused, and left as it is", async () => {
  const file = path.join(await folder(), "notes.txt");
  await writeFile(file, "my notes");
  expectFailure(await called(["portfolio", "--session-file", file]), 2, /is no session file/);
  expectFailure(await called(["portfolio", "--session-file", path.dirname(file)]), 2, /can't be read \(EISDIR\)/);
});
