/** Index keys order as Convex orders values, and document ids carry their table. */
import { compareValues, type Value } from "convex/values";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newDocumentId, tableNumberOf } from "../../../src/local/host/documentIds";
import { afterPrefix, compareKeys, encodeKey } from "../../../src/local/host/keys";

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Value>(null, true, false, 0, -0, Number.NaN, Number.NEGATIVE_INFINITY, "", "\0", "a\0"),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -300n, max: 300n }),
    fc.double(),
    fc.string({ unit: fc.constantFrom("a", "b", "\0", "é", "�", "😀") }),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => new Uint8Array(bytes).buffer),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "ab", "b"), tie("value"), { noNullPrototype: true }),
  ),
}));

test("keys order as values do, alone and in tuples", () => {
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      const expected = Math.sign(compareValues(a, b));
      expect(compareKeys(encodeKey([a]), encodeKey([b]))).toBe(expected);
      expect(compareKeys(encodeKey([a, c]), encodeKey([b, a]))).toBe(expected || Math.sign(compareValues(c, a)));
    }),
    { numRuns: 20_000 },
  );
});

test("a prefix ends before every key that does not extend it", () => {
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      const end = afterPrefix(encodeKey([a]));
      expect(compareKeys(encodeKey([a, c]), end)).toBe(-1);
      if (compareValues(b, a) > 0) expect(compareKeys(encodeKey([b]), end)).toBe(1);
    }),
    { numRuns: 5_000 },
  );
});

test("tags and bytes are Convex's", () => {
  const hex = (...values: (Value | undefined)[]) => Buffer.from(encodeKey(values)).toString("hex");
  expect(hex(undefined, null, false, true)).toBe("01030e0f");
  expect(hex(0n, 1n, -1n, 256n, -(2n ** 63n))).toBe("080901" + "07ff" + "0a0100" + "048000000000000000");
  expect(hex(1, -0)).toBe("0dbff0000000000000" + "0d7fffffffffffffff");
  expect(hex("a\0b", [null])).toBe("106100ff6200" + "120300");
});

test("an id names its table; any other text names none", () => {
  const id = newDocumentId(10_001);
  expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{32}$/);
  expect(tableNumberOf(id)).toBe(10_001);
  expect(new Set(Array.from({ length: 1000 }, () => newDocumentId(10_001))).size).toBe(1000);
  for (const number of [128, 10_064, 16_383]) expect(tableNumberOf(newDocumentId(number))).toBe(number);
  // As an earlier version of this host wrote it, and Convex itself does.
  expect(tableNumberOf("j978rxcbt69h3sdx6frbr6r5y11tapn0")).toBe(10_002);
  expect([tableNumberOf(""), tableNumberOf("u".repeat(32)), tableNumberOf(id.toUpperCase())]).toEqual([
    null,
    null,
    null,
  ]);
});
