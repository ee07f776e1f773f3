/** The contract's error numbers: one meaning each, and each met by a test. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contracts } from "../../src/stacks/bindings";

const codes = Object.entries(contracts.liquidityVault.constants).filter(([name]) => name.startsWith("err"));
const sources = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => readFileSync(`${import.meta.dirname}/${file}`, "utf8"));

describe("errors", () => {
  it("have one number each", () => {
    const numbers = codes.map(([, code]) => (code as { value: bigint }).value);
    expect(new Set(numbers).size).toBe(codes.length);
  });

  it("are numbered without a gap, so that none was taken away unseen", () => {
    const numbers = codes.map(([, code]) => Number((code as { value: bigint }).value)).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] as number) + i));
  });

  // As a whole word: the name of one error may begin with that of another.
  it.each(codes)("%s is expected by a test", (name) => {
    const expected = new RegExp(`errors\\.${name}\\b`);
    expect(sources.some((source) => expected.test(source))).toBe(true);
  });
});
