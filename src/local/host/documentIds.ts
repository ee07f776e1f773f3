/**
 * Document ids as Convex makes them: Crockford base32 of the table's number, 16 random bytes and a checksum.
 * The table number inside lets `db.get(id)` find its table and refuses ids that were made up.
 */
import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const DIGITS = new Map([...ALPHABET].map((letter, digit) => [letter, digit]));
const RANDOM_BYTES = 16;
const CHECKSUM_BYTES = 2;
const MIN_LENGTH = 31;
const MAX_LENGTH = 37;

function fletcher16(bytes: Uint8Array): number {
  let low = 0;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) & 0xff;
    high = (high + low) & 0xff;
  }
  return (high << 8) | low;
}

function toBase32(bytes: Uint8Array): string {
  let text = "";
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xffff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(pending >> (bits - 5)) & 31];
  }
  return bits > 0 ? text + ALPHABET[(pending << (5 - bits)) & 31] : text;
}

function fromBase32(text: string): Buffer | null {
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  let length = 0;
  let pending = 0;
  let bits = 0;
  for (const letter of text) {
    const digit = DIGITS.get(letter);
    if (digit === undefined) return null;
    pending = ((pending << 5) | digit) & 0xffff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = (pending >> bits) & 0xff;
  }
  return bytes;
}

/** The table number in groups of seven bits, lowest first; the top bit says that another group follows. */
function encodeTableNumber(tableNumber: number): number[] {
  const groups = [];
  let rest = tableNumber;
  for (; rest >= 0x80; rest >>>= 7) groups.push((rest & 0x7f) | 0x80);
  return [...groups, rest];
}

export function newDocumentId(tableNumber: number): string {
  const prefix = encodeTableNumber(tableNumber);
  const bytes = Buffer.alloc(prefix.length + RANDOM_BYTES + CHECKSUM_BYTES);
  bytes.set(prefix);
  randomFillSync(bytes, prefix.length, RANDOM_BYTES);
  const body = bytes.subarray(0, prefix.length + RANDOM_BYTES);
  bytes.writeUInt16LE(fletcher16(body), body.length);
  return toBase32(bytes);
}

/** The number of the table that an id belongs to, or null where the text is no id. */
export function tableNumberOf(id: string): number | null {
  if (id.length < MIN_LENGTH || id.length > MAX_LENGTH) return null;
  const bytes = fromBase32(id);
  if (bytes === null) return null;
  let tableNumber = 0;
  let prefixLength = 0;
  for (const byte of bytes) {
    tableNumber |= (byte & 0x7f) << (7 * prefixLength);
    prefixLength += 1;
    if (byte < 0x80 || prefixLength === 5) break;
  }
  const body = bytes.subarray(0, bytes.length - CHECKSUM_BYTES);
  if (body.length !== prefixLength + RANDOM_BYTES) return null;
  return bytes.readUInt16LE(body.length) === fletcher16(body) ? tableNumber >>> 0 : null;
}
