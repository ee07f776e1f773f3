/**
 * The messages of Convex's WebSocket sync protocol as convex 1.48's browser client writes and reads them, and the
 * spellings that HTTP shares with it: timestamps and error messages. Values travel as JSON text that is spliced, never parsed.
 */
import { z } from "zod";
import type { Failure, FunctionCall } from "./engine";
import { WireRefusal } from "./wireRefusal";

const version = z.number().int().nonnegative();
const journal = z.string().nullish();
const componentPath = z.string().nullish();
const args = z.array(z.unknown()).max(1);

const authentication = z.discriminatedUnion("tokenType", [
  z.object({
    type: z.literal("Authenticate"),
    baseVersion: version,
    tokenType: z.literal("Admin"),
    value: z.string(),
    impersonating: z.record(z.string(), z.unknown()).nullish(),
  }),
  z.object({
    type: z.literal("Authenticate"),
    baseVersion: version,
    tokenType: z.literal("User"),
    value: z.string(),
  }),
  z.object({ type: z.literal("Authenticate"), baseVersion: version, tokenType: z.literal("None") }),
]);

const functionRequest = { requestId: version, udfPath: z.string(), args, componentPath };

const clientMessage = z.discriminatedUnion("type", [
  authentication,
  z.object({
    type: z.literal("Connect"),
    sessionId: z.string().min(1).max(100),
    maxObservedTimestamp: z.string().nullish(),
    clientTs: z.number().optional(),
  }),
  z.object({
    type: z.literal("ModifyQuerySet"),
    baseVersion: version,
    newVersion: version,
    modifications: z.array(
      z.discriminatedUnion("type", [
        z.object({ type: z.literal("Add"), queryId: version, udfPath: z.string(), args, journal, componentPath }),
        z.object({ type: z.literal("Remove"), queryId: version }),
      ]),
    ),
  }),
  z.object({ type: z.literal("Mutation"), ...functionRequest }),
  z.object({ type: z.literal("Action"), ...functionRequest }),
  z.object({ type: z.literal("Event") }),
]);

export type ClientMessage = z.infer<typeof clientMessage>;
export type Authenticate = z.infer<typeof authentication>;

/** A message that no well-behaved client sends; the session ends with a FatalError, which is not retried. */
export class ProtocolError extends Error {}

export function parseClientMessage(text: string): ClientMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ProtocolError("Received a frame that is not JSON.");
  }
  const parsed = clientMessage.safeParse(json);
  if (!parsed.success) throw new ProtocolError(`Received a malformed message: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Timestamps are unsigned 64-bit nanoseconds, eight little-endian bytes in base64. */
export function encodeTimestamp(ts: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(ts);
  return bytes.toString("base64");
}

export function decodeTimestamp(encoded: string): bigint | null {
  const bytes = Buffer.from(encoded, "base64");
  return bytes.length === 8 ? bytes.readBigUInt64LE() : null;
}

/** What a client is shown of a function that failed; the request id finds it in the log. */
export function failureMessage(failure: Failure, requestId: string): string {
  return `[Request ID: ${requestId}] Server Error\n${failure.message}`;
}

/** The members of JSON objects that HTTP and WebSocket answers have in common, as text: `,"errorData":…` if there is any. */
export function errorDataMember(failure: Failure): string {
  return failure.errorData === undefined ? "" : `,"errorData":${JSON.stringify(failure.errorData)}`;
}

/** Arguments are one object, in an array of one (queries, mutations, actions) or bare (`/api/function`). */
export function functionCall(path: string, args: unknown, component: string | null | undefined): FunctionCall {
  if (component) {
    throw new WireRefusal(
      400,
      "ComponentNotFound",
      `There is no component "${component}": this host runs the app only.`,
    );
  }
  return { component: "", path, args: (Array.isArray(args) ? args[0] : args) ?? {} };
}
