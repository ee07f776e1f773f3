/**
 * `npm run codegen`: writes the generated files of this repository again: the contracts' bindings, the vault's error
 * numbers for the page, and convex/_generated as the official CLI makes it.
 */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { generateBindings, vaultErrorsSource } from "./bindings";
import { generateConvexCode } from "./convexCode";
import { PROJECT_ROOT } from "./stack";

const bindings = await generateBindings(path.join(PROJECT_ROOT, "Clarinet.toml"));
await writeFile(path.join(PROJECT_ROOT, "src/stacks/bindings.ts"), bindings);
console.log("src/stacks/bindings.ts  from contracts/");
const { contracts } = await import("../stacks/bindings");
await writeFile(path.join(PROJECT_ROOT, "src/domain/vaultErrors.ts"), vaultErrorsSource(contracts));
console.log("src/domain/vaultErrors.ts  from contracts/");
await generateConvexCode(PROJECT_ROOT);
console.log("convex/_generated       by the Convex CLI");
