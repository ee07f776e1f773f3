/** What the page offers by role is what the service lets that role do, in the words of the trail and of the guide. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { getFunctionName } from "convex/server";
import { expect, test } from "vitest";
import { ACT_FUNCTIONS, ACTS, type ActName, mayDo, whoMay } from "../../../src/web/operations/acts/acts";
import { PLAYBOOKS } from "../../../src/web/operations/playbooks";
import { rightsOver } from "../../scenarios/rights";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const NAMES = Object.keys(ACTS) as ActName[];

/** The service's own: all that wants a reason. */
const acts = Object.entries(rightsOver({ provider: "ST1", commitmentId: "c", withdrawalId: "w" })).filter(
  ([, { args }]) => "reason" in args,
);

test("each act of the service is one of the page's, and for the same roles", () => {
  const offered = NAMES.map((name) => [
    getFunctionName(ACT_FUNCTIONS[name]).replace(":", ".js:"),
    [...ACTS[name].may].sort(),
  ]);
  const given = acts.map(([name, { may }]) => [name, Array.isArray(may) ? [...may].sort() : may]);
  expect(acts.length).toBeGreaterThan(15);
  expect(new Map(offered as [string, string[]][])).toEqual(new Map(given as [string, string[]][]));
});

test("a guardian lets nothing go on, and who may is told", () => {
  expect(NAMES.filter((name) => mayDo(["guardian"], name))).toEqual(["tripBreaker", "pauseOutbox", "cancelExit"]);
  expect(NAMES.filter((name) => mayDo([], name))).toEqual([]);
  expect(whoMay("resetBreaker")).toBe("operators");
  expect(whoMay("cancelExit")).toBe("guardians and admins");
});

test("each act is looked for in the trail by the name that it is recorded by", () => {
  const files = readdirSync(path.join(ROOT, "convex"), { recursive: true, encoding: "utf8" });
  const code = files
    .filter((file) => file.endsWith(".ts") && !file.startsWith("_generated"))
    .map((file) => readFileSync(path.join(ROOT, "convex", file), "utf8"))
    .join("\n");
  expect(NAMES.filter((name) => !code.includes(`act: "${ACTS[name].recorded}"`))).toEqual([]);
});

test("each playbook is one of the guide's", () => {
  const guide = readFileSync(path.join(ROOT, "docs/playbooks.md"), "utf8");
  const titles = Object.values(PLAYBOOKS).map(({ title }) => title);
  expect(titles.filter((title) => !guide.includes(`\n## ${title}\n`))).toEqual([]);
});
