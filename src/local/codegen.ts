/** `npm run codegen`: writes the generated files of this repository again. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { generateBindings } from "./bindings";

const root = fileURLToPath(new URL("../../", import.meta.url));

await writeFile(`${root}src/stacks/bindings.ts`, await generateBindings(`${root}Clarinet.toml`));
console.log("src/stacks/bindings.ts: written from contracts/");
