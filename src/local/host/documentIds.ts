/**
 * Document ids as Convex makes them: base32 of the table's number, 16 random bytes and a checksum. The table number lets
 * `db.get(id)` find its table; the checksum refuses ids that were made up.
 */
import { randomFillSync } from "node:crypto";

/** Crockford's alphabet, and the one that JavaScript's own base 32 uses. */
const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";
const NATIVE = "0123456789abcdefghijklmnopqrstuv";
/** Two bytes of table number (which fit 128 to 16,383), 16 random bytes, two bytes of checksum: 32 letters exactly. */
const BYTES = 20;
const VALID_ID = new RegExp(`^[${CROCKFORD}]{32}$`);

function translate(text: string, from: string, to: string): string {
  return [...text].map((letter) => to[from.indexOf(letter)]).join("");
}

function fletcher16(bytes: Uint8Array): number {
  let low = 0;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) & 0xff;
    high = (high + low) & 0xff;
  }
  return (high << 8) | low;
}

export function newDocumentId(tableNumber: number): string {
  const bytes = randomFillSync(Buffer.alloc(BYTES));
  // Seven bits a byte, the lowest first; the top bit says that another byte follows.
  bytes.set([(tableNumber & 0x7f) | 0x80, tableNumber >>> 7]);
  bytes.writeUInt16LE(fletcher16(bytes.subarray(0, BYTES - 2)), BYTES - 2);
  const digits = BigInt(`0x${bytes.toString("hex")}`)
    .toString(32)
    .padStart(32, "0");
  return translate(digits, NATIVE, CROCKFORD);
}

/** The number of the table that an id belongs to, or null where the text is no id. */
export function tableNumberOf(id: string): number | null {
  if (!VALID_ID.test(id)) return null;
  // Eight letters are five bytes.
  const groups = translate(id, CROCKFORD, NATIVE).match(/.{8}/g) ?? [];
  const bytes = Buffer.from(groups.map((group) => parseInt(group, 32).toString(16).padStart(10, "0")).join(""), "hex");
  if (fletcher16(bytes.subarray(0, BYTES - 2)) !== bytes.readUInt16LE(BYTES - 2)) return null;
  return (bytes.readUInt8(0) & 0x7f) | (bytes.readUInt8(1) << 7);
}
