/** Names and numbers of the contracts have one source: the generated bindings. Nobody types them a second time. */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { contracts } from "../../src/stacks/bindings";

const ROOT = path.resolve(import.meta.dirname, "../..");
const GENERATED = ["src/stacks/bindings.ts", "src/domain/vaultErrors.ts"];
/** What a chain once said. */
const CAPTURED = ["tests/fixtures/stacksApi.ts"];

async function typedFiles(): Promise<string[]> {
  const found = await Promise.all(
    ["src", "convex", "tests"].map(async (folder) => {
      const files = await readdir(path.join(ROOT, folder), { recursive: true });
      return files.map((file) => path.posix.join(folder, file.split(path.sep).join("/")));
    }),
  );
  return found
    .flat()
    .filter(
      (file) =>
        /\.(ts|tsx)$/.test(file) && ![...GENERATED, ...CAPTURED].includes(file) && !file.includes("_generated/"),
    );
}

const eventNames = Object.entries(contracts.liquidityVault.constants).flatMap(([name, value]) =>
  name.startsWith("event") ? [String(value)] : [],
);
const contractNames = Object.values(contracts).map(({ contractName }) => contractName);

/** A whole string, or the end of a contract's id. A file's name and a word in a sentence are other things. */
const typedByHand = [
  { what: "an event's name", pattern: new RegExp(`["'\`](${eventNames.join("|")})["'\`]`) },
  { what: "a contract's name", pattern: new RegExp(`["'\`.](${contractNames.join("|")})["'\`]`) },
  { what: "an error's number", pattern: /\(err u2\d\d\)|\berr(?:or)?s?: 2\d\dn?\b/ },
];

test.each(typedByHand)("$what comes from the bindings", async ({ pattern }) => {
  const guilty = (await typedFiles()).flatMap((file) =>
    readFileSync(path.join(ROOT, file), "utf8")
      .split("\n")
      .flatMap((line, i) =>
        pattern.test(line) && !/^\s*(\*|\/\/|\/\*\*)/.test(line) ? [`${file}:${i + 1} ${line.trim()}`] : [],
      ),
  );
  expect(guilty).toEqual([]);
});
