/** Document ids against the description of Convex's own: table number, 16 bytes, and Fletcher's checksum over both. */
import { expect, test } from "vitest";
import { newDocumentId, tableNumberOf } from "../../../src/local/host/documentIds";

const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** Five bits a letter, the highest first. */
function bytesOf(id: string): number[] {
  const bits = [...id].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
}

function checksum(bytes: number[]): [number, number] {
  const low = bytes.reduce((sum, byte) => sum + byte, 0) % 256;
  const high = bytes.reduce((sum, byte, n) => sum + byte * (bytes.length - n), 0) % 256;
  return [low, high];
}

test.each([128, 10_001, 12_345, 16_383])("an id of table %i holds it, and its checksum", (table) => {
  const ids = Array.from({ length: 200 }, () => newDocumentId(table));
  expect(new Set(ids).size).toBe(200);
  for (const id of ids) {
    const bytes = bytesOf(id);
    expect([id, bytes.length]).toEqual([id, 20]);
    expect((bytes[0] as number) - 128 + (bytes[1] as number) * 128).toBe(table);
    expect(tableNumberOf(id)).toBe(table);
    expect(bytes.slice(18)).toEqual(checksum(bytes.slice(0, 18)));
  }
});

test("an id that Convex's own deployment gave is held to the same checksum", () => {
  // Stands in the sources of Convex as an example.
  const id = "kg27rxfv99gzp01wmph0gvt92d6hnvy6";
  expect(bytesOf(id).slice(18)).toEqual(checksum(bytesOf(id).slice(0, 18)));
  const changed = bytesOf(id.replace("99gz", "99hz"));
  expect(changed.slice(18)).not.toEqual(checksum(changed.slice(0, 18)));
});
