/**
 * Order-preserving encoding of Convex values: comparing two keys byte by byte orders them as Convex orders the values.
 * Every index entry, range bound and read set is made of these bytes, so nothing else may decide an order.
 */
import { type JSONValue, jsonToConvex, type Value } from "convex/values";

/** Integers have the tags 0x04 to 0x0C: negative ones of 8, 4, 2, 1 bytes, zero, positive ones of 1, 2, 4, 8 bytes. */
const TAG = {
  undefined: 1,
  null: 3,
  zero: 8,
  float: 13,
  false: 14,
  true: 15,
  string: 16,
  bytes: 17,
  array: 18,
  object: 21,
};
/** Ends strings, bytes, arrays and objects; smaller than every tag, so that a prefix sorts first. */
const END = Uint8Array.of(0x00);
/** After a zero byte inside a string or bytes, so that it is not taken for the end; larger than every tag. */
const ESCAPE = Uint8Array.of(0xff);

/** A half-open range of keys within one index. */
export interface KeyRange {
  low: Uint8Array;
  high: Uint8Array;
}

export interface ReadRange extends KeyRange {
  indexId: number;
}

export interface IndexWrite {
  indexId: number;
  key: Uint8Array;
}

export type Order = "asc" | "desc";

type Parts = Uint8Array[];

/** Small buffers are shared: most keys start with the same few tags. */
const TAGS = Array.from({ length: 0x16 }, (_, tag) => Uint8Array.of(tag));
const tagged = (tag: number) => TAGS[tag] as Uint8Array;

function escaped(content: Uint8Array): Uint8Array {
  return content.includes(0)
    ? Uint8Array.from([...content].flatMap((byte) => (byte === 0 ? [0, 0xff] : [byte])))
    : content;
}

function pushInteger(parts: Parts, value: bigint): void {
  const width = [8, 16, 32, 64].findIndex((bits) => BigInt.asIntN(bits, value) === value);
  const magnitude = value === 0n ? 0 : width + 1;
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  const length = magnitude === 0 ? 0 : 1 << width;
  parts.push(tagged(TAG.zero + (value < 0n ? -magnitude : magnitude)), bytes.subarray(8 - length));
}

/** IEEE 754 sorts by its bits once the sign bit is flipped, or every bit of a negative number; so -0 sorts before 0. */
function pushFloat(parts: Parts, value: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  const isNegative = bytes.readUInt8(0) >= 0x80;
  for (let i = 0; i < 8; i++) bytes[i] = (bytes[i] as number) ^ (isNegative ? 0xff : i === 0 ? 0x80 : 0);
  parts.push(tagged(TAG.float), bytes);
}

function pushObject(parts: Parts, value: Record<string, Value | undefined>): void {
  parts.push(tagged(TAG.object));
  for (const name of Object.keys(value).sort()) {
    if (value[name] === undefined) continue;
    parts.push(escaped(Buffer.from(name)), END);
    // An empty name would read as the end of the object.
    if (name === "") parts.push(ESCAPE);
    push(parts, value[name]);
  }
  parts.push(END);
}

function push(parts: Parts, value: Value | undefined): void {
  if (value === undefined) parts.push(tagged(TAG.undefined));
  else if (value === null) parts.push(tagged(TAG.null));
  else if (typeof value === "bigint") pushInteger(parts, value);
  else if (typeof value === "number") pushFloat(parts, value);
  else if (typeof value === "boolean") parts.push(tagged(value ? TAG.true : TAG.false));
  else if (typeof value === "string") parts.push(tagged(TAG.string), escaped(Buffer.from(value)), END);
  else if (value instanceof ArrayBuffer) parts.push(tagged(TAG.bytes), escaped(new Uint8Array(value)), END);
  else if (Array.isArray(value)) {
    parts.push(tagged(TAG.array));
    for (const element of value) push(parts, element);
    parts.push(END);
  } else pushObject(parts, value as Record<string, Value | undefined>);
}

/** The key of a tuple of values: the common prefix of every longer tuple that starts with them. */
export function encodeKey(values: readonly (Value | undefined)[]): Uint8Array {
  const parts: Parts = [];
  for (const value of values) push(parts, value);
  return Buffer.concat(parts);
}

/** The first key after `prefix` and everything that extends it: the excluded end of "equal to" and "at most". */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  return Buffer.concat([prefix, ESCAPE]);
}

/** The very next key after a complete one. */
export function successor(key: Uint8Array): Uint8Array {
  return Buffer.concat([key, END]);
}

export const compareKeys: (a: Uint8Array, b: Uint8Array) => number = Buffer.compare;

export function isWithin(key: Uint8Array, { low, high }: KeyRange): boolean {
  return compareKeys(key, low) >= 0 && compareKeys(key, high) < 0;
}

/** The part of a range that comes after a key, in the order in which it is read. */
export function rangeAfter({ low, high }: KeyRange, order: Order, key: Uint8Array): KeyRange {
  return order === "asc" ? { low: successor(key), high } : { low, high: key };
}

/** A field of a document in Convex's JSON encoding; undefined where the path leaves the object tree. */
export function fieldOf(document: JSONValue, path: string): Value | undefined {
  let value: JSONValue | undefined = document;
  for (const name of path.split(".")) {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name);
    if (!isObject) return undefined;
    value = (value as Record<string, JSONValue>)[name];
  }
  return value === undefined ? undefined : jsonToConvex(value);
}
