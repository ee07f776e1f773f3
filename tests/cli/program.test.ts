/** The frame of the command line: what is not understood is told in a sentence, with an exit code that means it. */
import { expect, test } from "vitest";
import { called } from "./calling";

/** One sentence on stderr, nothing on stdout, and no stack trace. */
function expectRefused({ code, out, err }: Awaited<ReturnType<typeof called>>, exit: number, told: RegExp) {
  expect(out).toBe("");
  expect(err).toMatch(told);
  expect(err).not.toMatch(/\n\s+at /);
  expect(code).toBe(exit);
}

test.each<[string, string[], RegExp]>([
  ["an unknown command", ["portfoli"], /Unknown command 'portfoli'\. Did you mean portfolio\?/],
  ["an unknown flag", ["portfolio", "--jsn"], /Unknown option '--jsn'\. Did you mean --json\?/],
  ["a flag without its value", ["portfolio", "--wallet"], /Option '--wallet <name>' argument missing/],
  ["a word too many", ["portfolio", "mine"], /Too many arguments/],
  ["an unknown network", ["whoami", "--network", "moon"], /There is no network "moon" here\. Use local, devnet/],
  ["a timeout that is none", ["whoami", "--timeout", "soon"], /It is a number of seconds/],
  ["no command", [], /Which command\?/],
])("%s is refused with exit code 2", async (_, argv, told) => expectRefused(await called(argv), 2, told));

test("every command has help with an example, and the options of all of them are one page", async () => {
  const page = await called(["--help"]);
  expect(page).toMatchObject({ code: 0, err: "" });
  expect(page.out).toMatch(/--network <name>/);
  const [, list = ""] = page.out.split("\nCommands:\n");
  const names = [...list.matchAll(/^ {2}([a-z][a-z-]+)/gm)].flatMap(([, name = ""]) => (name === "help" ? [] : [name]));
  expect(names).toContain("portfolio");
  for (const name of names) {
    const { code, out, err } = await called([name, "--help"]);
    expect([name, code, err]).toEqual([name, 0, ""]);
    // A group's page lists its commands instead.
    if (!out.includes("\nCommands:\n")) expect([name, out.includes(`npm run cli -- `)]).toEqual([name, true]);
  }
});

test("with --json a failure is JSON too", async () => {
  const { code, out, err } = await called(["whoami", "--json", "--network", "moon"]);
  expect([code, out]).toEqual([2, ""]);
  expect(JSON.parse(err)).toEqual({
    error: { code: "UNKNOWN_NETWORK", message: expect.stringContaining('"moon"') },
  });
});

test("the version is the package's", async () => {
  expect((await called(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});
