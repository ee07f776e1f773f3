/**
 * Document ids as Convex makes them: 32 letters of base 32 that hold the table's number, 16 random bytes and two more
 * (Convex's checksum; random here). The number lets `db.get(id)` find its table.
 */
import { randomBytes } from "node:crypto";

/** Crockford's alphabet. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const VALID_ID = new RegExp(`^[${LETTERS}]{32}$`);

/** Table numbers below 2^14 fill two bytes: seven bits a byte, the lowest first; the top bit says that another follows. */
export function newDocumentId(tableNumber: number): string {
  const head = (((tableNumber & 0x7f) | 0x80) << 8) | (tableNumber >>> 7);
  const random = randomBytes(29);
  const first = [head >>> 11, head >>> 6, head >>> 1, (head << 4) | ((random[28] as number) & 0xf)];
  return [...first, ...random.subarray(0, 28)].map((number) => LETTERS[number & 31]).join("");
}

/** The number of the table that an id belongs to, or null where the text is no id. */
export function tableNumberOf(id: string): number | null {
  if (!VALID_ID.test(id)) return null;
  const head = [...id.slice(0, 4)].reduce((bits, letter) => (bits << 5) | LETTERS.indexOf(letter), 0) >>> 4;
  return ((head >>> 8) & 0x7f) | ((head & 0x7f) << 7);
}
