/** The generated bindings say what the contracts say today. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { VAULT_ERRORS } from "../../src/domain/vaultErrors";
import { generateBindings, vaultErrorsSource } from "../../src/local/bindings";
import { contracts } from "../../src/stacks/bindings";

const root = fileURLToPath(new URL("../../", import.meta.url));

it("src/stacks/bindings.ts is what `npm run codegen` writes", async () => {
  const committed = await readFile(`${root}src/stacks/bindings.ts`, "utf8");
  expect(await generateBindings(`${root}Clarinet.toml`)).toBe(committed);
});

it("src/domain/vaultErrors.ts has the numbers of the bindings", async () => {
  expect(await readFile(`${root}src/domain/vaultErrors.ts`, "utf8")).toBe(vaultErrorsSource(contracts));
  expect(VAULT_ERRORS.errPaused).toBe(Number(contracts.liquidityVault.constants.errPaused.value));
});
