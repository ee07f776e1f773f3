/** Where the watcher stood, in a file of its own: written as a whole, so that it is never half of anything. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { VaultDeployment } from "../stacks/deployment";
import type { Memory } from "./memory";

const token = z.enum(["STX", "sBTC"]);
const block = z.object({ height: z.number(), hash: z.string(), burnHeight: z.number(), time: z.number() });
const counters = z.object({ balance: z.bigint(), locked: z.bigint() });
const mined = z.object({ kind: z.literal("mined"), sequence: z.bigint(), time: z.number() });
const seen = { txId: z.string(), place: mined };
const claim = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("withdrawal"),
    ...seen,
    ...{ id: z.bigint(), token, amount: z.bigint(), withdrawer: z.string(), expiresAt: z.bigint().nullable() },
  }),
  z.object({
    kind: z.literal("premium"),
    ...seen,
    ...{ policyId: z.bigint(), buyer: z.string(), token, premium: z.bigint(), lock: z.bigint() },
    ...{ coverage: z.bigint(), releaseAfter: z.bigint() },
  }),
  z.object({
    kind: z.literal("settlement"),
    ...seen,
    ...{ policyId: z.bigint(), token, amount: z.bigint(), buyer: z.string().nullable() },
  }),
]);
const sighting = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("unknown") }),
  z.object({ kind: z.literal("pending") }),
  z.object({ kind: z.literal("dropped"), reason: z.string() }),
  z.object({
    kind: z.literal("mined"),
    blockHeight: z.number(),
    failure: z.object({ reason: z.string(), code: z.number().nullable() }).nullable(),
  }),
]);
const form = z.object({
  ...{ txId: z.string(), bytes: z.string(), feeUstx: z.bigint(), sentAt: z.number().nullable() },
  ...{ refusal: z.string().nullable(), sighting },
});

const memoryShape: z.ZodType<Memory> = z.object({
  booked: z.bigint(),
  pending: z.array(z.object({ sequence: z.bigint(), height: z.number(), hash: z.string() })),
  final: block.nullable(),
  tip: block.nullable(),
  seenTip: z.string().nullable(),
  history: z.array(z.object({ sequence: z.bigint(), STX: counters.nullable(), sBTC: counters.nullable() })).min(1),
  pauses: z.object({
    last: z.bigint().nullable(),
    forgiven: z.object({ before: z.bigint(), at: z.bigint() }).nullable(),
  }),
  open: z.array(z.object({ claim, since: z.number() })),
  told: z.array(z.string()),
  demand: z.object({ keys: z.array(z.string()), since: z.number(), pausedAt: z.number().nullable() }).nullable(),
  pause: z.object({ nonce: z.number(), forms: z.array(form).min(1) }).nullable(),
});

const fileShape = z.object({ version: z.literal(1), network: z.string(), vault: z.string(), memory: memoryShape });

/** JSON has no integers of this size. Looks at what is held, as a package may have taught all bigints to turn into text. */
function encode(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const held = this[name];
  return typeof held === "bigint" ? { int: held.toString() } : value;
}
const decode = (_name: string, value: unknown) =>
  value !== null && typeof value === "object" && "int" in value && typeof value.int === "string"
    ? BigInt(value.int)
    : value;

/** The file can't be used; the sentence says what to do. */
export class StateFileProblem extends Error {
  override name = "StateFileProblem";
}

/** Null where there is none yet. */
export async function readState(file: string, deployment: VaultDeployment): Promise<Memory | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new StateFileProblem(`${file} can't be read: ${(error as Error).message}`);
  }
  const parsed = fileShape.safeParse(parse(text));
  const anew = "Move it away to begin with the vault's newest events.";
  if (!parsed.success) throw new StateFileProblem(`${file} is not a watcher's state. ${anew}`);
  const { network, vault, memory } = parsed.data;
  if (network === deployment.network && vault === deployment.vaultContract) return memory;
  throw new StateFileProblem(`${file} belongs to ${vault} on ${network}. Name another one by --state.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, decode);
  } catch {
    return null;
  }
}

/** Only its owner reads it: it holds signed bytes. */
export async function writeState(file: string, deployment: VaultDeployment, memory: Memory): Promise<void> {
  const { network, vaultContract: vault } = deployment;
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.new`;
  await writeFile(draft, JSON.stringify({ version: 1, network, vault, memory }, encode), { mode: 0o600 });
  await rename(draft, file);
}
