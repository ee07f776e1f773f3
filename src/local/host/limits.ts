/**
 * Convex's limits on one transaction and on one document, so that what runs here runs there. Sizes of reads are counted
 * on the stored JSON, which is close to Convex's own measure and costs nothing.
 */
import { getConvexSize, type Value } from "convex/values";

const MIB = 1024 * 1024;

export const MAX_BYTES_READ = 16 * MIB;
export const MAX_DOCUMENTS_READ = 32_000;

const ARGS_TOO_LARGE = "Too large total size of the arguments of scheduled functions from this mutation";
/** What a transaction counts, how much it may have of it, and what a function is told that wants more. */
const LIMITS = {
  bytesRead: [MAX_BYTES_READ, "Too many bytes read in a single function execution", " bytes"],
  bytesWritten: [16 * MIB, "Too many bytes written in a single function execution", ""],
  databaseQueries: [4_096, "Too many reads in a single function execution", ""],
  documentsRead: [MAX_DOCUMENTS_READ, "Too many documents read in a single function execution", ""],
  documentsWritten: [16_000, "Too many writes in a single function execution", ""],
  functionsScheduled: [1_000, "Too many functions scheduled by this mutation", ""],
  scheduledFunctionArgsBytes: [16 * MIB, ARGS_TOO_LARGE, " bytes"],
} as const;
type Metric = keyof typeof LIMITS;
type Amounts = Record<Metric, number>;
/** What a nested call may use at most, by its caller's word. */
export type NestedLimits = Partial<Amounts>;
/** What has been read stays read when a part of the transaction is taken back. */
const READ_METRICS: ReadonlySet<string> = new Set<Metric>(["bytesRead", "databaseQueries", "documentsRead"]);
/** This host stores no files, so there is nothing used of these, and nothing left. */
const FILE_METRICS = ["filesWritten", "fileWriteBytes", "filesRead", "fileReadBytes"];
const METRICS = Object.keys(LIMITS) as Metric[];
const each = (amountOf: (metric: Metric) => number) =>
  Object.fromEntries(METRICS.map((metric) => [metric, amountOf(metric)])) as Amounts;
const NOTHING = each(() => 0);
const WHOLE = each((metric) => LIMITS[metric][0]);

export const MAX_ARGUMENT_BYTES = 16 * MIB;
export const MAX_SCHEDULED_ARGUMENT_BYTES = 4 * MIB;
export const MAX_RETURN_BYTES = 16 * MIB;
/** A query or mutation that waits for something that never comes would hold the lock for ever. */
export const MAX_TRANSACTION_MS = 15_000;

const MAX_DOCUMENT_BYTES = MIB;
const MAX_ARRAY_LENGTH = 8_192;
const MAX_FIELDS = 1_024;
const MAX_DEPTH = 16;

/** What one transaction has used. */
export class Usage {
  readonly #used = { ...NOTHING };
  #limits = WHOLE;

  count(metric: Metric, amount: number): void {
    this.#used[metric] += amount;
    const limit = this.#limits[metric];
    if (this.#used[metric] <= limit) return;
    const [, refusal, unit] = LIMITS[metric];
    throw new Error(`${refusal} (limit: ${limit}${unit})`);
  }

  /** Lowers the limits for a nested call, which starts at nothing of its own; returns how to put them back. */
  narrow(wanted: NestedLimits): () => void {
    const before = this.#limits;
    this.#limits = each((metric) => Math.min(before[metric], this.#used[metric] + (wanted[metric] ?? before[metric])));
    return () => {
      this.#limits = before;
    };
  }

  /** Returns how to take back what will have been written since. */
  mark(): () => void {
    const before = { ...this.#used };
    return () => {
      for (const metric of METRICS) if (!READ_METRICS.has(metric)) this.#used[metric] = before[metric];
    };
  }

  /** As `ctx.meta.getTransactionMetrics()` gives it. */
  metrics(): Record<string, { used: number; remaining: number }> {
    const counted = METRICS.map((metric) => {
      const used = this.#used[metric];
      return [metric, { used, remaining: this.#limits[metric] - used }];
    });
    return Object.fromEntries([...counted, ...FILE_METRICS.map((metric) => [metric, { used: 0, remaining: 0 }])]);
  }
}

/** Refuses a document that Convex would not store, and says its size in bytes. */
export function documentSize(document: Value): number {
  assertShape(document, 0);
  const size = getConvexSize(document);
  if (size <= MAX_DOCUMENT_BYTES) return size;
  throw new Error(`Value is too large (${(size / MIB).toFixed(2)} MiB > maximum size 1 MiB)`);
}

function assertShape(value: Value | undefined, depth: number): void {
  if (typeof value !== "object" || value === null || value instanceof ArrayBuffer) return;
  const parts = Object.values(value);
  const [max, measure, problem] = Array.isArray(value)
    ? [MAX_ARRAY_LENGTH, "length", "Array length is too long"]
    : [MAX_FIELDS, "number", "Object has too many fields"];
  if (parts.length > max) throw new Error(`${problem} (${parts.length} > maximum ${measure} ${max})`);
  if (depth >= MAX_DEPTH) throw new Error(`Document is too nested (maximum nesting ${MAX_DEPTH})`);
  for (const part of parts) assertShape(part, depth + 1);
}
