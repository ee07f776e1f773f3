/**
 * A thread's modules as one file. One by one they would need tsx in each thread, which starts a thread of its own there:
 * that takes most of a second of work, and a stack has two such threads.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Within the project, so that the packages are found. */
const FOLDER = fileURLToPath(new URL("../../../node_modules/.cache/threads/", import.meta.url));

const bundles = new Map<string, Promise<URL>>();

/** The module with all that it imports of this project, as plain JavaScript. Made once a process. */
export function bundled(module: URL): Promise<URL> {
  const known = bundles.get(module.href);
  if (known) return known;
  const made = bundle(fileURLToPath(module));
  bundles.set(module.href, made);
  return made;
}

async function bundle(module: string): Promise<URL> {
  const { outputFiles } = await build({
    entryPoints: [module],
    bundle: true,
    format: "esm",
    platform: "node",
    // The oldest that package.json allows.
    target: "node20.19",
    packages: "external",
    // Errors name the lines of the sources: the thread runs with --enable-source-maps.
    sourcemap: "inline",
    sourcesContent: false,
    outdir: FOLDER,
    write: false,
    logLevel: "silent",
  });
  const [{ contents }] = outputFiles as [(typeof outputFiles)[0]];
  const { name } = path.parse(module);
  const file = path.join(FOLDER, `${name}-${createHash("sha256").update(contents).digest("hex").slice(0, 16)}.mjs`);
  if (!existsSync(file)) {
    mkdirSync(FOLDER, { recursive: true });
    // Whoever else starts a stack at this moment finds the whole file or none.
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, contents);
    renameSync(unfinished, file);
  }
  return pathToFileURL(file);
}
