/** What `npm start` and `npm run dev` have in common: the environment, the first lines, and how Ctrl-C ends it. */
import { PORT_VARIABLE, type StackPorts } from "./ports";
import type { LocalStack, StackOptions } from "./stack";
import { STATE_HELP, stateDirFromEnvironment } from "./stateFolder";

export const ENVIRONMENT_HELP = `Environment:
  STACKS_API_PORT   the Stacks node and API        (3999)
  CONVEX_PORT       the Convex host                (3210)
  CONVEX_SITE_PORT  its HTTP actions               (3211)
  PRICE_API_PORT    the local market's price APIs  (3998)
  WEB_PORT          the web app                    (5173)
${STATE_HELP}
  BLOCK_INTERVAL_MS milliseconds between blocks    (1000)
  STACKS_HOOK_URL   is told of blocks with events of the vault, as Hiro's Chainhooks tell it
  STACKS_HOOK_SECRET  comes with that as its bearer token
  STACKS_CONTROL    0: the node takes no POST /control/… which mines, advances time, reorganises, drops, spoils answers;
                    without it the page can't move the clock
`;

const DEFAULT_PORTS: Required<StackPorts> = { stacks: 3999, convex: 3210, convexSite: 3211, prices: 3998, web: 5173 };
const MARKET_SEED = 1;

function wholeNumber(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new Error(`${name} must be a whole number from 0 to 65535, not "${text}".`);
}

function portsFromEnvironment(): Required<StackPorts> {
  const names = Object.keys(DEFAULT_PORTS) as (keyof StackPorts)[];
  const ports = names.map((name) => [name, wholeNumber(PORT_VARIABLE[name], DEFAULT_PORTS[name])]);
  return Object.fromEntries(ports) as Required<StackPorts>;
}

/** What the node does beside its routes. */
function nodeFromEnvironment(): StackOptions["node"] {
  const { STACKS_CONTROL, STACKS_HOOK_URL: url, STACKS_HOOK_SECRET: secret } = process.env;
  // No page of a browser reaches these routes, and whoever else runs on this machine has the wallets' keys anyway.
  const control = STACKS_CONTROL !== "0";
  if (!url) return { control };
  if (!/^https?:/.test(url) || !URL.canParse(url)) throw new Error(`STACKS_HOOK_URL is no URL: "${url}".`);
  if (!secret) throw new Error("STACKS_HOOK_URL needs STACKS_HOOK_SECRET: whoever listens there must know who calls.");
  return { control, hook: { url, secret } };
}

export interface Run {
  help: string;
  options?: Pick<StackOptions, "onPushFailure" | "page">;
  /** Goes on beside the stack, which is closed only when this has ended; it ends soon after the signal. */
  beside?: (stack: LocalStack, ending: AbortSignal) => Promise<void>;
}

export async function runStack({ help, options, beside = async () => {} }: Run): Promise<void> {
  if (process.argv.includes("--help") || process.argv.includes("-h")) return console.log(help);
  const stateDir = stateDirFromEnvironment();
  const ports = portsFromEnvironment();
  const blockIntervalMs = wholeNumber("BLOCK_INTERVAL_MS", 1_000);
  const node = nodeFromEnvironment();
  console.log("Starting the Stacks node, the Convex host and the web app …");
  const ending = new AbortController();
  // Loading all of it takes seconds: help, and a setting that is wrong, are told before.
  const { startLocalStack } = await import("./stack");
  const stack = await startLocalStack({
    stateDir,
    ports,
    blockIntervalMs,
    node,
    marketSeed: MARKET_SEED,
    onLog: (line) => console.log(line),
    onFailure: (reason) => {
      console.error(`${reason}\nStopping. Nothing that was committed is lost: run npm start again.`);
      process.exitCode = 1;
      ending.abort();
    },
    ...options,
  });
  const ended = new Promise<void>((resolve) => {
    if (ending.signal.aborted) resolve();
    else ending.signal.addEventListener("abort", () => resolve());
  });
  process.on("SIGINT", () => ending.abort());
  process.on("SIGTERM", () => ending.abort());
  console.log(firstLines(stack, stateDir));
  const besides = beside(stack, ending.signal);
  await ended;
  await besides;
  await stack.close();
  console.log("Stopped. State is kept in", stateDir);
}

function firstLines({ urls, deployment, wallets }: LocalStack, stateDir: string): string {
  return `
  Web app        ${urls.web}
  Convex host    ${urls.convex}   (HTTP actions ${urls.convexSite})
  Stacks API     ${urls.stacksApi}
  Prices         ${urls.prices}
  Vault          ${deployment.vaultContract}
  sBTC token     ${deployment.sbtcContract}
  State          ${stateDir}

  Wallets for this machine only, each with STX and 10 sBTC (their keys are public):
${wallets.map(({ name, address, privateKey }) => `    ${name}  ${address}  key ${privateKey}`).join("\n")}

  Ctrl-C stops it.
ready`;
}
