/** Each fault is shown to be survived by tests that exist, and by kinds of fault that a trial plays. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DISTURBANCES, TOO_DEEP } from "./disturbances";
import { KINDS } from "./kinds";
import { PHASES } from "./phases";
import { ROWS } from "./rows";

const PLAYED = [...KINDS, ...DISTURBANCES, TOO_DEEP];
const STEPS = new Set(PHASES.map(({ name }) => name.split(",")[0]));

test("each kind of fault that the trial plays stands for one of these", () => {
  const named = ROWS.flatMap(({ shown }) => shown.flatMap((one) => ("kinds" in one ? one.kinds : [])));
  expect(PLAYED.filter((kind) => !named.includes(kind))).toEqual([]);
});

test.each(ROWS)("$fault", ({ shown }) => {
  for (const one of shown) {
    if ("steps" in one) for (const step of one.steps) expect(STEPS).toContain(step);
    else if ("kinds" in one) for (const kind of one.kinds) expect(PLAYED).toContain(kind);
    else expect(readFileSync(one.file, "utf8")).toContain(one.test && `"${one.test}`);
  }
});
