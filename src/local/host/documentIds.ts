/**
 * Document ids as Convex makes them: 32 letters of base 32 that hold the table's number, 16 random bytes and a checksum,
 * without which Convex itself would not import the documents. The number lets `db.get(id)` find its table.
 */
import { randomBytes } from "node:crypto";

/** Crockford's alphabet. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const VALID_ID = new RegExp(`^[${LETTERS}]{32}$`);

/** Table numbers below 2^14 fill two bytes: seven bits a byte, the lowest first; the top bit says that another follows. */
export function newDocumentId(tableNumber: number): string {
  const bytes = [(tableNumber & 0x7f) | 0x80, tableNumber >>> 7, ...randomBytes(16)];
  // Fletcher's checksum, modulo 256.
  let [sum, sumOfSums] = [0, 0];
  for (const byte of bytes) {
    sum = (sum + byte) & 0xff;
    sumOfSums = (sumOfSums + sum) & 0xff;
  }
  const bits = BigInt(`0x${Buffer.from([...bytes, sum, sumOfSums]).toString("hex")}`).toString(32);
  return [...bits.padStart(32, "0")].map((digit) => LETTERS[Number.parseInt(digit, 32)]).join("");
}

/** The number of the table that an id belongs to, or null where the text is no id. */
export function tableNumberOf(id: string): number | null {
  if (!VALID_ID.test(id)) return null;
  const head = [...id.slice(0, 4)].reduce((bits, letter) => (bits << 5) | LETTERS.indexOf(letter), 0) >>> 4;
  return ((head >>> 8) & 0x7f) | ((head & 0x7f) << 7);
}
