/** Each fault is shown to be survived by tests that exist. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PHASES } from "./phases";
import { ROWS } from "./rows";

const STEPS = new Set(PHASES.map(({ name }) => name.split(",")[0]));

test.each(ROWS)("$fault", ({ shown }) => {
  for (const one of shown) {
    if ("steps" in one) for (const step of one.steps) expect(STEPS).toContain(step);
    else expect(readFileSync(one.file, "utf8")).toContain(one.test && `"${one.test}`);
  }
});
