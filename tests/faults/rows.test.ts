/** Each fault is shown to be survived by tests that exist, and every kind of fault that a trial plays stands for a row. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DISTURBANCES } from "./disturbances";
import { BROADCAST_KINDS, CHAIN_KINDS, LYING_SOURCE, NO_PRICE_KINDS } from "./kinds";
import { PHASES } from "./phases";
import { ROWS } from "./rows";

const KINDS: string[] = [
  ...[...CHAIN_KINDS, ...BROADCAST_KINDS, ...NO_PRICE_KINDS, LYING_SOURCE, ...DISTURBANCES, "fork below finality"],
];
const STEPS = new Set(PHASES.map(({ name }) => name.split(",")[0]));

test.each(ROWS)("$fault", ({ shown }) => {
  for (const one of shown) {
    if ("file" in one) expect(readFileSync(one.file, "utf8")).toContain(one.test && `"${one.test}`);
    else if (one.trial === "faults") for (const kind of one.kinds) expect(KINDS).toContain(kind);
    else for (const step of one.steps) expect(STEPS).toContain(step);
  }
});
