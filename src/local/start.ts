/** `npm start`: the whole product on this machine. Ctrl-C stops it; started again, everything stands as it was. */
import path from "node:path";
import { PORT_VARIABLE, PROJECT_ROOT, type StackPorts, startLocalStack } from "./stack";

const HELP = `npm start: runs BitHedge Liquidity on this machine.

Environment:
  STACKS_API_PORT   the Stacks node and API        (3999)
  CONVEX_PORT       the Convex host                (3210)
  CONVEX_SITE_PORT  its HTTP actions               (3211)
  WEB_PORT          the web app                    (5173)
  LOCAL_STATE_DIR   chain, database and keys       (.local)
  BLOCK_INTERVAL_MS milliseconds between blocks    (1000)
`;

const DEFAULT_PORTS: Required<StackPorts> = { stacks: 3999, convex: 3210, convexSite: 3211, web: 5173 };

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

async function main() {
  if (process.argv.includes("--help") || process.argv.includes("-h")) return console.log(HELP);
  const stateDir = path.resolve(process.env.LOCAL_STATE_DIR || path.join(PROJECT_ROOT, ".local"));
  console.log("Starting the Stacks node, the Convex host and the web app …");
  const stack = await startLocalStack({
    stateDir,
    ports: portsFromEnvironment(),
    blockIntervalMs: wholeNumber("BLOCK_INTERVAL_MS", 1_000),
    onLog: (line) => console.log(line),
    onFailure: (reason) => {
      console.error(`${reason}\nStopping. Nothing that was committed is lost: run npm start again.`);
      process.exitCode = 1;
      void stop();
    },
  });
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await stack.close();
    console.log("Stopped. State is kept in", stateDir);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);

  const { urls, deployment, wallets } = stack;
  console.log(`
  Web app        ${urls.web}
  Convex host    ${urls.convex}   (HTTP actions ${urls.convexSite})
  Stacks API     ${urls.stacksApi}
  Vault          ${deployment.vaultContract}
  sBTC token     ${deployment.sbtcContract}
  State          ${stateDir}

  Wallets for this machine only, each with STX and 10 sBTC (their keys are public):
${wallets.map(({ name, address, privateKey }) => `    ${name}  ${address}  key ${privateKey}`).join("\n")}

  Ctrl-C stops it.
ready`);
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
