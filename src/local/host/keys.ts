/**
 * Order-preserving encoding of Convex values: comparing two keys byte by byte orders them as Convex orders the values.
 * Every index entry, range bound and read set is made of these bytes, so nothing else may decide an order.
 */
import { type JSONValue, jsonToConvex, type Value } from "convex/values";

const TAG = {
  undefined: 0x01,
  null: 0x03,
  /** Tags 0x04 to 0x0C: negative integers of 8, 4, 2, 1 bytes, zero, positive integers of 1, 2, 4, 8 bytes. */
  zero: 0x08,
  float: 0x0d,
  false: 0x0e,
  true: 0x0f,
  string: 0x10,
  bytes: 0x11,
  array: 0x12,
  object: 0x15,
} as const;
/** Ends strings, bytes, arrays and objects; smaller than every tag, so that a prefix sorts first. */
const END = 0x00;
/** After a zero byte inside a string or bytes, so that it is not taken for the end; larger than every tag. */
const ESCAPE = 0xff;

/** A growing byte buffer, reused between calls because encoding is the host's hottest path. */
let bytes = Buffer.allocUnsafe(4096);
let length = 0;

function reserve(count: number): void {
  if (length + count <= bytes.length) return;
  const grown = Buffer.allocUnsafe(Math.max(bytes.length * 2, length + count));
  bytes.copy(grown, 0, 0, length);
  bytes = grown;
}

function writeByte(byte: number): void {
  reserve(1);
  bytes[length++] = byte;
}

function writeEscaped(content: Uint8Array): void {
  reserve(content.length * 2 + 1);
  for (const byte of content) {
    bytes[length++] = byte;
    if (byte === 0) bytes[length++] = ESCAPE;
  }
  bytes[length++] = END;
}

function writeString(text: string): void {
  if (text.includes("\0")) {
    writeEscaped(Buffer.from(text, "utf8"));
    return;
  }
  reserve(text.length * 3 + 1);
  length += bytes.write(text, length, "utf8");
  bytes[length++] = END;
}

function writeInteger(value: bigint): void {
  const width = [8, 16, 32, 64].findIndex((bits) => BigInt.asIntN(bits, value) === value) + 1;
  const magnitude = value === 0n ? 0 : width;
  writeByte(TAG.zero + (value < 0n ? -magnitude : magnitude));
  reserve(8);
  if (magnitude === 1) length = bytes.writeInt8(Number(value), length);
  if (magnitude === 2) length = bytes.writeInt16BE(Number(value), length);
  if (magnitude === 3) length = bytes.writeInt32BE(Number(value), length);
  if (magnitude === 4) length = bytes.writeBigInt64BE(value, length);
}

/** IEEE 754 sorts by its bits once the sign bit is flipped, or every bit of a negative number; so -0 sorts before 0. */
function writeFloat(value: number): void {
  writeByte(TAG.float);
  reserve(8);
  const start = length;
  length = bytes.writeDoubleBE(value, start);
  if ((bytes[start] as number) < 0x80) bytes[start] = (bytes[start] as number) | 0x80;
  else for (let i = start; i < length; i++) bytes[i] = ~(bytes[i] as number);
}

function writeObject(value: Record<string, Value | undefined>): void {
  for (const name of Object.keys(value).sort()) {
    if (value[name] === undefined) continue;
    writeString(name);
    // An empty name would read as the end of the object.
    if (name === "") writeByte(ESCAPE);
    writeValue(value[name]);
  }
  writeByte(END);
}

function writeValue(value: Value | undefined): void {
  if (value === undefined) writeByte(TAG.undefined);
  else if (value === null) writeByte(TAG.null);
  else if (typeof value === "bigint") writeInteger(value);
  else if (typeof value === "number") writeFloat(value);
  else if (typeof value === "boolean") writeByte(value ? TAG.true : TAG.false);
  else if (typeof value === "string") {
    writeByte(TAG.string);
    writeString(value);
  } else if (value instanceof ArrayBuffer) {
    writeByte(TAG.bytes);
    writeEscaped(new Uint8Array(value));
  } else if (Array.isArray(value)) {
    writeByte(TAG.array);
    for (const element of value) writeValue(element);
    writeByte(END);
  } else {
    writeByte(TAG.object);
    writeObject(value as Record<string, Value | undefined>);
  }
}

/** The key of a tuple of values: the common prefix of every longer tuple that starts with them. */
export function encodeKey(values: readonly (Value | undefined)[]): Uint8Array {
  length = 0;
  for (const value of values) writeValue(value);
  return Buffer.from(bytes.subarray(0, length));
}

/** The first key after `prefix` and everything that extends it: the excluded end of "equal to" and "at most". */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  return Buffer.concat([prefix, Uint8Array.of(ESCAPE)]);
}

/** The very next key after a complete one. */
export function successor(key: Uint8Array): Uint8Array {
  return Buffer.concat([key, Uint8Array.of(0)]);
}

export const compareKeys: (a: Uint8Array, b: Uint8Array) => number = Buffer.compare;

/** A field of a document in Convex's JSON encoding; undefined where the path leaves the object tree. */
export function fieldOf(document: JSONValue, path: readonly string[]): Value | undefined {
  let value: JSONValue | undefined = document;
  for (const name of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value === undefined ? undefined : jsonToConvex(value);
}
