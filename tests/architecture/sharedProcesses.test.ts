/** Test files share processes, and what one has loaded the next one has as it is. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const TESTS = path.resolve(import.meta.dirname, "..");

test("modules are replaced only by files that have a process alone", () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).filter((file) => /\.test\.tsx?$/.test(file));
  const replacing = files.filter((file) =>
    /^\s*vi\.(do)?[mM]ock\(/m.test(readFileSync(path.join(TESTS, file), "utf8")),
  );
  expect(replacing.length).toBeGreaterThan(0);
  expect(replacing.filter((file) => !file.includes(".alone."))).toEqual([]);
});
