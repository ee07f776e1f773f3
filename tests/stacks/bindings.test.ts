/** The generated bindings say what the contracts say today. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generateBindings } from "../../src/local/bindings";

const root = fileURLToPath(new URL("../../", import.meta.url));

it("src/stacks/bindings.ts is what `npm run codegen` writes", async () => {
  const committed = await readFile(`${root}src/stacks/bindings.ts`, "utf8");
  expect(await generateBindings(`${root}Clarinet.toml`)).toBe(committed);
});
