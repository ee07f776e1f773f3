/**
 * The messages of Convex's WebSocket sync protocol as convex 1.48's browser client writes and reads them, and the
 * spellings that HTTP shares with it: timestamps and error messages. Values travel as JSON text that is spliced, never parsed.
 */
import { z } from "zod";
import type { Failure, FunctionCall } from "./functionCall";
import { parseJson } from "./json";
import { messageOf } from "./refusal";

const version = z.number().int().nonnegative();
/** Admins may call functions of components; the app is the one with the empty path. */
export const componentPath = z.string().nullish();
const call = { udfPath: z.string(), args: z.array(z.unknown()).max(1), componentPath };

const clientMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("Authenticate"),
    baseVersion: version,
    tokenType: z.enum(["Admin", "User", "None"]),
    value: z.string().default(""),
  }),
  z.object({
    type: z.literal("Connect"),
    sessionId: z.string().min(1).max(100),
    maxObservedTimestamp: z.string().nullish(),
  }),
  z.object({
    type: z.literal("ModifyQuerySet"),
    baseVersion: version,
    newVersion: version,
    modifications: z.array(
      z.discriminatedUnion("type", [
        z.object({ type: z.literal("Add"), queryId: version, journal: z.string().nullish(), ...call }),
        z.object({ type: z.literal("Remove"), queryId: version }),
      ]),
    ),
  }),
  z.object({ type: z.literal("Mutation"), requestId: version, ...call }),
  z.object({ type: z.literal("Action"), requestId: version, ...call }),
  z.object({ type: z.literal("Event") }),
]);

export type ClientMessage = z.infer<typeof clientMessage>;

/** A message that no well-behaved client sends; the session ends with a FatalError, which is not retried. */
export class ProtocolError extends Error {}

export function parseClientMessage(text: string): ClientMessage {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    throw new ProtocolError(`Received a frame that is not JSON: ${messageOf(error)}`);
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
export function failureMessage({ message, requestId }: Failure): string {
  return `[Request ID: ${requestId}] Server Error\n${message}`;
}

/** Arguments are one object, bare or in an array of one. */
export function functionCall(path: string, args: unknown, component?: string | null): FunctionCall {
  return { component: component ?? "", path, args: (Array.isArray(args) ? args[0] : args) ?? {} };
}
