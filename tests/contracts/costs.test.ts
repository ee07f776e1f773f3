/**
 * The vault costs what is committed: neither more, nor less without saying so. And what docs/costs.md says of each
 * read and write is measured, step by step.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { CALLS, probeOf, STEPS, type StepName, totalOf } from "../../src/local/costs/anatomy";
import { Bench } from "../../src/local/costs/bench";
import { differences } from "../../src/local/costs/differences";
import { type Measured, measureCosts } from "../../src/local/costs/measure";
import { withGeneratedPart } from "../../src/local/costs/report";

const root = fileURLToPath(new URL("../../", import.meta.url));
const HOW = "If that is meant, run `npm run costs -- --write` and commit what it writes.";

let baseline: Measured[];
beforeAll(async () => {
  baseline = JSON.parse(await readFile(`${root}tests/fixtures/costs.json`, "utf8"));
});

const row = (changes: Partial<Measured> = {}): Measured => {
  const cost = { runtime: 1_000, reads: 6, writes: 2, readLength: 100, writeLength: 50 };
  return { call: "a-call", token: "STX", ...cost, ...changes };
};

describe("a difference", () => {
  it("is one read or write, more or less", () => {
    expect(differences([row()], [row()])).toEqual([]);
    expect(differences([row()], [row({ reads: 7 })])).toEqual(["a-call STX: reads 7, not 6"]);
    expect(differences([row()], [row({ writes: 1 })])).toEqual(["a-call STX: writes 1, not 2"]);
  });

  it("is more than 2% of runtime, more or less", () => {
    for (const runtime of [980, 1_020]) expect(differences([row()], [row({ runtime })])).toEqual([]);
    for (const runtime of [979, 1_021]) {
      expect(differences([row()], [row({ runtime })])).toEqual([`a-call STX: runtime ${runtime}, not 1000`]);
    }
  });

  it("is a call that only one side has", () => {
    expect(differences([row()], [])).toEqual(["a-call STX: not measured any more"]);
    expect(differences([], [row({ token: null })])).toEqual(["a-call: not in the baseline"]);
  });
});

/** Some forty new chains and two hundred policies: seconds, but half a minute beside other work on two cores. */
const MEASURING_TIMEOUT_MS = 180_000;

it("every public function costs what the baseline says", { timeout: MEASURING_TIMEOUT_MS }, async () => {
  const found = differences(baseline, await measureCosts(root));
  expect(found, `${found.join("\n")}\n${HOW}`).toEqual([]);
});

it("docs/costs.md shows the baseline", async () => {
  const document = await readFile(`${root}docs/costs.md`, "utf8");
  expect(document, `docs/costs.md is not what the baseline says. ${HOW}`).toBe(withGeneratedPart(document, baseline));
});

describe("what each read and write is for", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open(root);
    await bench.restart();
  });

  it.each(Object.keys(STEPS) as StepName[])("a contract that only takes the step %s", (name) => {
    const { reads, writes } = bench.probe(`probe-${name.toLowerCase()}`, probeOf(name));
    const before = name === "load" ? 0 : STEPS.load.reads;
    expect({ reads: reads - before, writes }).toEqual({ reads: STEPS[name].reads, writes: STEPS[name].writes });
  });

  it.each(Object.entries(CALLS))("the steps of %s add up to what it costs", (call, parts) => {
    const rows = baseline.filter((measured) => measured.call === call);
    expect(rows.map(({ token }) => token)).toEqual(["STX", "sBTC"]);
    for (const { token, reads, writes } of rows) {
      const message = "Say what the reads and writes are for in src/local/costs/anatomy.ts, then write the baseline.";
      expect(totalOf(parts, token ?? "STX"), message).toEqual({ reads, writes });
    }
  });
});
