/** What the guides' test would not let pass: the checker itself, on guides of a few lines. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { faultOf, readGuide } from "./guideBlocks";
import { type Cli, runGuide } from "./guideShell";

const guideOf = (...lines: string[]) => readGuide(lines.join("\n"));
const sh = (...lines: string[]) => ["```sh", ...lines, "```"];
const text = (...lines: string[]) => ["```text", ...lines, "```"];

/** Says what it was called with, and ends with the code that it is asked for. */
const cli: Cli = async (argv, { stdout, stderr, env }) => {
  stdout.write(`${argv.join("|")} ${env.HOME === undefined ? "homeless" : "at home"}\n`);
  if (argv[0] === "refuse") stderr.write("Refused.\n");
  return argv[0] === "refuse" ? 3 : 0;
};
const runs = (...lines: string[]) => runGuide(guideOf(...lines), { env: { GIVEN: "given" }, cli, withinMs: 60_000 });

test("blocks of sh are run in order in one shell, with the CLI in this process; others are not run", async () => {
  const { fault, printed } = await runs(
    ...sh("NAME=Ada", 'bithedge() { npm run -s cli -- "$@"; }'),
    "```sh elsewhere",
    "exit 1",
    "```",
    ...text("not of a block that was run"),
    ...sh('bithedge deposit "1 sBTC" --by $NAME | tr a-z A-Z', "", "# why", 'echo "$GIVEN', 'twice"'),
    "",
    ...text("DEPOSIT|1 SBTC|--BY|ADA AT HOME", "given", "twice"),
    "Then text that is shown elsewhere:",
    ...text("nobody printed this"),
    ...sh('npm run cli -- refuse || echo "exit code $?"', "npm --version", "pwd"),
    ...text("refuse at home", "Refused.", "exit code 3", "…", `${process.cwd()}`),
  );
  expect(fault).toBeNull();
  expect(printed).toHaveLength(3);
});

const wrong: [string, string[], RegExp][] = [
  ["a command that fails", ["# Guide", "", ...sh("true", "false", "echo never")], /^Line 5: ended with exit code 1/],
  ["a CLI that refuses", [...sh("npm run cli -- refuse")], /^Line 2: ended with exit code 3(.|\n)*Refused\./],
  [
    "a function of the guide that fails",
    [...sh("f() {", "  npm run cli -- refuse", "}"), ...sh("true", "f", "true")],
    /^Line 8: ended with exit code 3/,
  ],
  ["the start of a pipe that fails", [...sh("false | cat")], /^Line 2: ended with exit code 1/],
  ["a command that is not there", ["one", "two", ...sh("true", "bithedge-typo")], /^Line 5: ended with exit code 127/],
  ["a command that is not whole", [...sh("true", "if true; then")], /^Line \d: .*\n\n.*unexpected end of file/],
  ["an unset step", [...sh('test "$GIVEN" = other')], /^Line 2: /],
  ["an end of the shell", [...sh("exit 0"), ...sh("true")], /^Line 2: /],
  ["another output", [...sh("echo one"), ...text("two")], /^Line 5: the guide shows\n\ntwo\n\n.*\n\none/],
  ["a line more", [...sh("printf 'one\\ntwo\\n'"), ...text("one")], /^Line 5: /],
  ["a line less", [...sh("echo one"), ...text("one", "two")], /^Line 5: /],
  ["something before what is shown", [...sh("echo not one"), ...text("one…")], /^Line 5: /],
];

test.each(wrong)("%s fails, with the guide's line", async (_, lines, says) => {
  const { fault } = await runs(...lines);
  expect(fault).toMatch(says);
  expect(fault).not.toContain("never");
});

test("what does not end is ended, with all that it started", async () => {
  const guide = guideOf(...sh("sleep 1000 & echo $!; sleep 1000"));
  const { fault } = await runGuide(guide, { env: {}, cli, withinMs: 4_000 });
  expect(fault).toMatch(/^Line 2: not done after 4 s\. Printed:\n\n\d+\n$/);
  const pid = Number(/\n(\d+)\n/.exec(fault ?? "")?.[1]);
  await expect.poll(() => isRunning(pid), { timeout: 60_000 }).toBe(false);
});

/** What was ended and nobody asks about keeps its number on some machines: it runs no more. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const told = `/proc/${pid}/stat`;
    return !existsSync(told) || !/\) Z /.test(readFileSync(told, "utf8"));
  } catch {
    return false;
  }
}

test("an ellipsis stands for what is not known, and for nothing else", () => {
  const fits = (shown: string[], ...printed: string[]) =>
    faultOf({ line: 1, script: "", shown: { line: 1, lines: shown } }, `${printed.join("\n")}\n`) === null;
  expect(fits(["… sBTC", "…", "end"], "0.25 sBTC", "end")).toBe(true);
  expect(fits(["a (b) …$"], "a (b) [c]$")).toBe(true);
  expect(fits(["…"])).toBe(true);
  expect(fits(["…", "end"], "one", "end", "two")).toBe(false);
  expect(fits(["a.b"], "axb")).toBe(false);
  expect(fits(["", "x"], "", "x")).toBe(true);
});

test("a block of a kind that nobody runs, or without an end, is no guide", () => {
  expect(() => guideOf("```shell", "true", "```")).toThrow('Line 1: a block of "shell"');
  expect(() => guideOf("", "```sh", "true")).toThrow("line 2 does not end");
});
