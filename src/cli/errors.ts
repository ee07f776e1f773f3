/** How a command fails: each kind of failure has an exit code, a stable code for programs, and a sentence for people. */
import { CommanderError } from "commander";
import { formatAmount, type Token } from "../domain/tokens";

/** What a command's exit says; scripts rely on these. */
export const EXIT = {
  done: 0,
  /** A bug, or something nobody foresaw. */
  unforeseen: 1,
  /** The command was not understood: a flag, a value, a file. */
  usage: 2,
  /** The service refused. */
  refused: 3,
  /** Nobody answers, or not as what they should be. */
  unreachable: 4,
  /** The transaction failed on the chain. */
  failedOnChain: 5,
  /** Waited too long; what was sent stands. */
  late: 6,
  /** A check failed: the proof, sync, the service's health. */
  checkFailed: 7,
  /** Ctrl-C; as shells count it. */
  interrupted: 130,
} as const;

export type FailureKind = Exclude<keyof typeof EXIT, "done">;
export type Facts = { [fact: string]: string | number | bigint };

export class Failure extends Error {
  override name = "Failure";

  constructor(
    readonly kind: FailureKind,
    readonly code: string,
    message: string,
    readonly facts: Facts = {},
    /** Of amounts among the facts. */
    readonly token: Token | null = null,
  ) {
    super(message);
  }
}

/** The command can't be carried out as it was written. */
export function misuse(code: string, message: string, facts: Facts = {}): Failure {
  return new Failure("usage", code, message, facts);
}

const SENTENCE_END = /[.!?]$/;

function ofCommander(error: CommanderError): Failure {
  if (error.code === "commander.help") {
    return misuse("COMMAND_NOT_UNDERSTOOD", "Another command belongs behind this one. --help lists them.");
  }
  const text = error.message
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (.+)\?\)$/, (_, nearest: string) => `. Did you mean ${nearest}?`);
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return misuse("COMMAND_NOT_UNDERSTOOD", SENTENCE_END.test(sentence) ? sentence : `${sentence}. --help tells more.`);
}

/** Whatever was thrown, as a failure that can be told. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof CommanderError) return ofCommander(error);
  const message = error instanceof Error ? error.message : String(error);
  return new Failure("unforeseen", "UNFORESEEN", `Something failed that should not have: ${message}`);
}

/** Facts whose bigint is an amount in base units. */
const AMOUNTS = ["amount", "available", "max", "maximum", "min", "minimum", "missing", "premium", "room", "total"];
/** Refusals whose bounds are something else than amounts. */
const PRICE_BOUNDS = "STRIKE_OUT_OF_RANGE";
const TIME_BOUNDS = "EXPIRY_OUT_OF_RANGE";

function shownFact(name: string, value: string | number | bigint, { code, token }: Failure): string {
  if (typeof value === "string") return value;
  if (name.endsWith("UsdMicros") || code === PRICE_BOUNDS) return `${formatAmount(BigInt(value), "STX")} USD`;
  if (name === "retryAfterMs") return `${Math.ceil(Number(value) / 1_000)} s`;
  // The service tells times in ms, and the chain in seconds, as an int64.
  if (/At$|^until$/.test(name) || code === TIME_BOUNDS)
    return new Date(Number(value) * (typeof value === "bigint" ? 1_000 : 1)).toISOString();
  if (typeof value === "bigint" && token && AMOUNTS.includes(name)) return `${formatAmount(value, token)} ${token}`;
  return String(value);
}

/** The facts of a failure in the units that people use, a line each. */
export function shownFacts(failure: Failure): string[] {
  return Object.entries(failure.facts).map(([name, value]) => `  ${name}: ${shownFact(name, value, failure)}`);
}
