/**
 * The command line: its options, its commands, and how it ends. `run` starts no process and ends none, so that tests call it
 * as it is. A group of commands is a file in commands/ that exports a function adding them; the list is here.
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { Cli, type GlobalOptions, type Surroundings } from "./cli";
import { addAdminCommands } from "./commands/admin";
import { addBuyingCommands } from "./commands/buying";
import { addCapitalCommands } from "./commands/capital";
import { addLocalCommands } from "./commands/local";
import { addMoveCommands } from "./commands/moves";
import { addOperationsCommands } from "./commands/operations";
import { addPolicyCommands } from "./commands/policies";
import { addPoolCommands } from "./commands/pool";
import { addPortfolioCommands } from "./commands/portfolio";
import { addSessionCommands } from "./commands/session";
import { addStatementCommand } from "./commands/statement";
import { addTransactionCommand } from "./commands/transaction";
import { addVaultCommands } from "./commands/vault";
import { EXIT, Failure, failureOf, misuse } from "./errors";
import { examples } from "./help";

const GROUPS: ((program: Command, cli: Cli) => void)[] = [
  addSessionCommands,
  addPortfolioCommands,
  addCapitalCommands,
  addMoveCommands,
  addTransactionCommand,
  addPoolCommands,
  addBuyingCommands,
  addPolicyCommands,
  addStatementCommand,
  addOperationsCommands,
  addAdminCommands,
  addVaultCommands,
  addLocalCommands,
];

function secondsOf(text: string): number {
  const seconds = /^\d{1,6}(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError("It is a number of seconds.");
}

function versionOf(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function addGlobalOptions(program: Command): Command {
  return program
    .option("--network <name>", "local, devnet, testnet or mainnet (env: BITHEDGE_NETWORK; default: local)")
    .option("--convex-url <url>", "the deployment (env: CONVEX_URL)")
    .option("--site-url <url>", "its HTTP API (env: CONVEX_SITE_URL)")
    .option("--stacks-url <url>", "a Stacks node with Hiro's API (env: STACKS_API_URL)")
    .option("--vault <contract>", "the vault, <address>.<name>: no other is signed for (env: BITHEDGE_VAULT)")
    .option("--wallet <name>", "a wallet of the local stack: deployer, wallet_1, wallet_2, wallet_3")
    .option("--key-file <file>", "a file with a private key or a mnemonic (env: BITHEDGE_KEY_FILE)")
    .option("--session-file <file>", "where sessions are kept, instead of your folder of configuration")
    .option("--json", "the answer as one JSON document; bigints are strings in base units, times are ms")
    .option("--yes", "sign without asking")
    .option("--no-wait", "do not wait for the chain after sending")
    .option("--timeout <seconds>", "how long to wait", secondsOf);
}

/** @returns the program with all commands; `text` collects what it says about itself */
function programOf(cli: Cli, text: { out: string }): Command {
  const program = addGlobalOptions(new Command("npm run cli --"))
    .description("BitHedge Liquidity from the command line. --help behind a command tells more of it.")
    .version(versionOf())
    .exitOverride()
    .configureOutput({
      writeOut: (line) => {
        text.out += line;
      },
      // A misunderstanding is told once, as any other failure.
      writeErr: () => {},
      getOutHasColors: () => false,
    })
    .showSuggestionAfterError()
    .helpCommand("help [command]", "tells more of a command")
    .addHelpText(
      "after",
      examples("sign-in --wallet wallet_1", "deposit 5 STX Balanced --wallet wallet_1", "portfolio --json"),
    )
    .hook("preAction", () => {
      cli.options = program.opts<GlobalOptions>();
      cli.out.form = cli.options.json ? "json" : "text";
    });
  for (const add of GROUPS) add(program, cli);
  return program;
}

/** Ends when the signal does, saying what stands; what was under way is left to itself. */
function interruption(cli: Cli, signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const interrupt = () => reject(new Failure("interrupted", "INTERRUPTED", `Interrupted. ${cli.standing}`));
    if (signal?.aborted) interrupt();
    signal?.addEventListener("abort", interrupt, { once: true });
  });
}

/** Runs one command. @param argv what stands behind `npm run cli --`; @returns its exit code */
export async function run(argv: string[], surroundings: Surroundings): Promise<number> {
  const cli = new Cli(surroundings);
  // A command that is not understood is told in the form that it asked for, too.
  if (argv.includes("--json")) cli.out.form = "json";
  const text = { out: "" };
  const program = programOf(cli, text);
  try {
    if (argv.length === 0) throw misuse("NO_COMMAND", `Which command?\n\n${program.helpInformation()}`);
    await Promise.race([program.parseAsync(argv, { from: "user" }), interruption(cli, surroundings.signal)]);
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      cli.out.raw(text.out);
      return EXIT.done;
    }
    const failure = failureOf(error);
    cli.out.fail(failure);
    return EXIT[failure.kind];
  }
}
