/**
 * Drives Rendezvous in this process: a copy of the vault with its invariants behind it is deployed on a simulated
 * chain, and each handful of random calls of its help-* functions is followed by a look at all invariants. Rendezvous'
 * own command would need mending for this SDK, and could neither sign a call nor choose how often blocks are mined; its
 * checker takes the chain as an argument.
 */
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { initSimnet, type Simnet } from "@stacks/clarinet-sdk";
import { Cl } from "@stacks/transactions";
import { contracts } from "../../stacks/bindings";
import { PROJECT_ROOT } from "../stack";
import { ADDED_ARGUMENTS, SignedCalls } from "./signedCalls";

type Arguments = Parameters<Simnet["callPublicFn"]>[2];
type Interfaces = ReturnType<Simnet["getContractsInterfaces"]>;
type ContractFunction = (Interfaces extends Map<string, infer I> ? I : never) extends { functions: (infer F)[] }
  ? F
  : never;

interface Rendezvous {
  checkInvariants(
    simnet: Simnet,
    contractName: string,
    contracts: string[],
    functions: Map<string, ContractFunction[]>,
    seed: number,
    runs: number,
    bail: boolean,
    dialers: undefined,
    radio: EventEmitter,
  ): Promise<void>;
}

const require = createRequire(import.meta.url);
const { checkInvariants } = require("@stacks/rendezvous/dist/invariant.js") as Rendezvous;

const NAME = "fuzzed-vault";
/** The SDK's types lag behind the versions that it knows. */
const CLARITY_VERSION = 6 as 4;
const STANDING = "standing";

/** Rendezvous tells the contract how often each function was called; nothing here asks, and it would cost a block. */
const CALL_COUNTER = "update-context";
const NOTHING_DONE = { result: Cl.ok(Cl.bool(true)), events: [] } as unknown as ReturnType<Simnet["callPublicFn"]>;
const TRUE = { result: Cl.bool(true), events: [] } as unknown as ReturnType<Simnet["callReadOnlyFn"]>;
const UNKNOWN_TOKEN = "another-token";
/** What is drawn beyond is left out: a look at all invariants costs no more than a call or two. */
const CALLS_PER_RUN = 3;
/** Then a new chain begins: what has piled up makes each call dearer, and the time before the launch is tried again. */
const RUNS_PER_EPISODE = 250;
/** Far apart, so that the episodes of neighbouring seeds are not the same. */
const SEED_STEP = 0x9e3779b1;
const MINTED = 10n ** 12n;

/** Drawn more often than the rest: what moves money is what most can go wrong with. */
const WEIGHTS: Record<string, number> = {
  "help-deposit": 2,
  "help-withdraw": 4,
  "help-buy": 4,
  "help-settle": 4,
  "help-lock": 3,
  "help-release": 3,
  "help-apply": 2,
  "help-lower-caps": 2,
};

export interface Fuzzing {
  /** Another source of the vault than the project's own. */
  vaultFile?: string | undefined;
  runs: number;
  seed: number;
  onRun?: (run: number) => void;
}

export type Outcome =
  | { kind: "held"; invariants: number; accepted: Map<string, number>; refused: Map<string, number> }
  /** `runs` of `seed` show the breach again: they are its episode alone. */
  | { kind: "broken"; runs: number; seed: number; run: number; breach: string; report: string };

const contractSource = (file: string) => readFileSync(`${PROJECT_ROOT}contracts/${file}`, "utf8");

/** The SDK prints every Clarity event, and the trace of a runtime error, on the console. */
async function quietly<T>(run: () => Promise<T>): Promise<T> {
  const { log, error } = console;
  const { exitCode } = process;
  console.log = console.error = () => {};
  try {
    return await run();
  } finally {
    Object.assign(console, { log, error });
    // The checker sets it; what a broken invariant means is for the caller to say.
    process.exitCode = exitCode;
  }
}

/**
 * One function more, that answers for all invariants: a read costs the same for one as for all of them, and the one
 * that Rendezvous draws would show a breach only dozens of runs later.
 */
function withStanding(source: string): string {
  const fields = invariantNames().map((name) => `${name}: (${name})`);
  return `${source}\n(define-read-only (${STANDING}) { ${fields.join(", ")} })`;
}

const invariantNames = () =>
  [...contractSource("liquidity-vault.tests.clar").matchAll(/^\(define-read-only \((invariant-[a-z-]+)\)/gm)].map(
    ([, name]) => name as string,
  );

async function deploy(vaultSource: string): Promise<Simnet> {
  // Begins anew each time, in the one machine that it keeps.
  const simnet = await initSimnet(`${PROJECT_ROOT}Clarinet.toml`);
  const options = { clarityVersion: CLARITY_VERSION };
  const source = withStanding(`${vaultSource}\n${contractSource("liquidity-vault.tests.clar")}`);
  simnet.deployContract(UNKNOWN_TOKEN, contractSource("sbtc-token.clar"), options, simnet.deployer);
  simnet.deployContract(NAME, source, options, simnet.deployer);
  const mint = contracts.sbtcToken.functions.mint.name;
  for (const token of [contracts.sbtcToken.contractName, UNKNOWN_TOKEN]) {
    for (const wallet of simnet.getAccounts().values()) {
      simnet.callPublicFn(token, mint, [Cl.uint(MINTED), Cl.principal(wallet)] as Arguments, simnet.deployer);
    }
  }
  return simnet;
}

/** The functions that Rendezvous draws from, without the arguments that are added to its own. */
function drawnFunctions(simnet: Simnet, contract: string): ContractFunction[] {
  const found = simnet.getContractsInterfaces().get(contract)?.functions ?? [];
  return found.flatMap((drawn) => {
    if (drawn.name.startsWith("invariant-")) return [drawn];
    if (!drawn.name.startsWith("help-")) return [];
    const args = drawn.args.slice(0, drawn.args.length - (ADDED_ARGUMENTS[drawn.name] ?? 0));
    return Array<ContractFunction>(WEIGHTS[drawn.name] ?? 1).fill({ ...drawn, args });
  });
}

/** Mostly a few blocks, and sometimes as many as a window, a delay or a policy lasts; whatever the number of runs. */
const LONG_WAIT_BLOCKS = 145;
const blocksToMine = (drawn: number) => (drawn % 10 === 0 ? LONG_WAIT_BLOCKS : drawn % 10);

function brokenInvariants(simnet: Simnet, contract: string): string[] {
  const { result } = simnet.callReadOnlyFn(contract, STANDING, [], simnet.deployer);
  if (result.type !== "tuple") throw new Error("An invariant ended in a runtime error");
  return Object.entries(result.value).flatMap(([name, { type }]) => (type === "true" ? [] : [name]));
}

class Counted {
  readonly accepted = new Map<string, number>();
  readonly refused = new Map<string, number>();
  /** What was found broken: the names of invariants, or a call that ended in a runtime error. */
  breach: string | undefined;
  /** Since the last look: a call was accepted, or a whole window went by. The VM undoes what is refused. */
  mayDiffer = true;
  run = 0;
  private callsOfRun = 0;

  /** The next handful begins. */
  nextRun(): void {
    this.run += 1;
    this.callsOfRun = 0;
  }

  call(simnet: Simnet, signedCalls: SignedCalls): Simnet["callPublicFn"] {
    return (contract, name, drawn, drawnSender) => {
      if (name === CALL_COUNTER || this.callsOfRun === CALLS_PER_RUN) return NOTHING_DONE;
      this.callsOfRun += 1;
      try {
        const sender = signedCalls.senderOf(name, drawn as never, drawnSender);
        const args = signedCalls.complete(name, drawn as never, sender) as Arguments;
        const outcome = simnet.callPublicFn(contract, name, args, sender);
        const isAccepted = outcome.result.type === "ok";
        this.mayDiffer ||= isAccepted;
        const counts = isAccepted ? this.accepted : this.refused;
        counts.set(name, (counts.get(name) ?? 0) + 1);
        return outcome;
      } catch (error) {
        // No call may end in a runtime error. The checker passes over them, so the next invariant tells.
        this.breach ??= `${name} ended in a runtime error: ${String(error)}`;
        throw error;
      }
    };
  }
}

/** The chain as Rendezvous is to see it. */
function observed(simnet: Simnet, contract: string, counted: Counted, onRun: Fuzzing["onRun"]): Simnet {
  const changed: Partial<Simnet> = {
    callPublicFn: counted.call(simnet, new SignedCalls(simnet, contract)),
    callReadOnlyFn: () => {
      counted.nextRun();
      onRun?.(counted.run);
      if (counted.mayDiffer) counted.breach ??= brokenInvariants(simnet, contract).join(", ");
      if (counted.breach) throw new Error(counted.breach);
      counted.breach = undefined;
      counted.mayDiffer = false;
      return TRUE;
    },
    mineEmptyBurnBlocks: (drawn) => {
      const blocks = blocksToMine(drawn ?? 1);
      counted.mayDiffer ||= blocks === LONG_WAIT_BLOCKS;
      return simnet.mineEmptyBurnBlocks(blocks);
    },
  };
  return new Proxy(simnet, {
    get: (target, property) => Reflect.get(property in changed ? changed : target, property),
  });
}

/** What one episode came to; null when all held. */
async function episode(vaultSource: string, { runs, seed, onRun }: Fuzzing, counted: Counted): Promise<Outcome | null> {
  const simnet = await deploy(vaultSource);
  const contract = `${simnet.deployer}.${NAME}`;
  const functions = new Map([[contract, drawnFunctions(simnet, contract)]]);
  const failures: string[] = [];
  const radio = new EventEmitter().on("logFailure", (line: string) => failures.push(line));
  const before = counted.run;
  counted.mayDiffer = true;
  const seen = observed(simnet, contract, counted, onRun);
  // A shrunk case would begin where the failed one ended, so it stops at the first.
  await checkInvariants(seen, NAME, [contract], functions, seed, runs, true, undefined, radio);
  if (failures.length === 0) return null;
  const breach = counted.breach ?? "";
  return { kind: "broken", runs, seed, run: counted.run - before, breach, report: failures.join("\n") };
}

export function fuzz({ vaultFile, runs, seed, onRun }: Fuzzing): Promise<Outcome> {
  return quietly(async () => {
    const vaultSource =
      vaultFile === undefined ? contractSource("liquidity-vault.clar") : readFileSync(vaultFile, "utf8");
    const counted = new Counted();
    for (let done = 0, i = 0; done < runs; done += RUNS_PER_EPISODE, i++) {
      const part = { runs: Math.min(RUNS_PER_EPISODE, runs - done), seed: (seed + i * SEED_STEP) % 2 ** 31, onRun };
      const broken = await episode(vaultSource, part, counted);
      if (broken) return broken;
    }
    const { accepted, refused } = counted;
    return { kind: "held", invariants: invariantNames().length, accepted, refused };
  });
}
