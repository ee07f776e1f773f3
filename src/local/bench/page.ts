/** What the published page weighs, in bytes of compressed script: the same on every machine. */
import path from "node:path";
import { build } from "vite";
import { PROJECT_ROOT } from "../stack";
import { atMost, type Figure } from "./figure";
import type { Conditions } from "./measurements";
import {
  type Chunk,
  compressedBytes,
  FIRST_PAGE_BYTES,
  firstPage,
  ownBytes,
  PAGE_BYTES,
  pageChunks,
} from "./pageWeight";

function weight(name: string, bytes: number, budget: number): Figure {
  const [value, kilobytes] = [bytes / budget, (count: number) => `${(count / 1_000).toFixed(0)} kB`];
  const detail = `${kilobytes(bytes)}, ${kilobytes(budget)}`;
  return { name, value, spread: { low: value, high: value }, aim: atMost(1), detail };
}

async function chunksOfBuild(): Promise<Chunk[]> {
  const configFile = path.join(PROJECT_ROOT, "vite.config.ts");
  const result = await build({ configFile, mode: "production", logLevel: "silent", build: { write: false } });
  if (Array.isArray(result) || !("output" in result)) throw new Error("One build has one output.");
  return result.output.flatMap((file) => (file.type === "chunk" ? [file] : []));
}

export async function measurePage({ progress }: Conditions): Promise<Figure[]> {
  progress("building");
  const built = { chunks: await chunksOfBuild() };
  const heaviest = Math.max(...pageChunks(built).map((chunk) => ownBytes(built, chunk)));
  return [
    weight("compressed script of the first page, of its budget", compressedBytes(firstPage(built)), FIRST_PAGE_BYTES),
    weight("compressed script of the heaviest other page, of its budget", heaviest, PAGE_BYTES),
  ];
}
