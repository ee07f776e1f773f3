/** All measurements of the bench by name, with what they measure and about how long they take. */
import type { BenchChain } from "./benchChain";
import type { Databases } from "./databases";
import type { Figure } from "./figure";

/** What every measurement is given. */
export interface Conditions {
  databases: Databases;
  /** The one chain of this run, launched at its first use. */
  chain(): Promise<BenchChain>;
  /** A number of documents, calls or rounds, scaled as the user asked, and never below `least`. */
  size(usual: number, least: number): number;
  /** Whether it takes far longer than it should: then what can be left out is. */
  isLate(): boolean;
  /** Keeps a table that stands in docs/bench.md under this name; the first line is its header. */
  table(name: string, lines: string[][]): void;
  /** Says what is being done. */
  progress(step: string): void;
}

export interface Measurement {
  what: string;
  /** About, on a machine that does nothing else. */
  seconds: number;
  run(conditions: Conditions): Promise<Figure[]>;
}

/** Each is loaded when it is run: the Clarity VM and Convex's mock take seconds. */
export const MEASUREMENTS: Record<string, Measurement> = {
  reads: {
    what: "index reads, against a small table, Convex's mock and SQLite alone",
    seconds: 60,
    run: async (given) => (await import("./reads")).measureReads(given),
  },
  writes: {
    what: "durable mutations, against SQLite alone",
    seconds: 30,
    run: async (given) => (await import("./writes")).measureWrites(given),
  },
  pushes: {
    what: "results pushed to 2,000 subscriptions, against the mutations' round trips",
    seconds: 60,
    run: async (given) => (await import("./pushes")).measurePushes(given),
  },
  starts: {
    what: "starts of the host, with documents against empty",
    seconds: 30,
    run: async (given) => (await import("./starts")).measureStarts(given),
  },
  memory: {
    what: "memory over 100,000 mutations, against that at their beginning",
    seconds: 120,
    run: async (given) => (await import("./memory")).measureMemory(given),
  },
  footprint: {
    what: "documents that each function reads and writes, at 100 to 30,000 providers",
    seconds: 110,
    run: async (given) => (await import("./footprint")).measureFootprint(given),
  },
  ingestion: {
    what: "events of the vault that sync applies, against SQLite alone",
    seconds: 60,
    run: async (given) => (await import("./ingestion")).measureIngestion(given),
  },
  business: {
    what: "prices, quotes and webhook deliveries at 5,000 providers, against 100",
    seconds: 30,
    run: async (given) => (await import("./business")).measureBusiness(given),
  },
  vault: {
    what: "reads, writes and runtime of the vault's functions, against their aims",
    seconds: 20,
    run: async (given) => (await import("./vaultCosts")).measureVault(given),
  },
  transactions: {
    what: "transactions of the Stacks node, against raw calls",
    seconds: 30,
    run: async (given) => (await import("./transactions")).measureTransactions(given),
  },
  reorganisation: {
    what: "a reorganisation of 300 blocks, against their making",
    seconds: 60,
    run: async (given) => (await import("./reorganisation")).measureReorganisation(given),
  },
  page: {
    what: "the weight of the published page, against its budget",
    seconds: 10,
    run: async (given) => (await import("./page")).measurePage(given),
  },
  screen: {
    what: "a final deposit until an open page shows it, against the time between two looks of sync",
    seconds: 60,
    run: async (given) => (await import("./screen")).measureScreen(given),
  },
  week: {
    what: "the market week of npm run demo, against its seven days",
    seconds: 60,
    run: async (given) => (await import("./week")).measureWeek(given),
  },
};
