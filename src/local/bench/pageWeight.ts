/** What a page of the build needs before it is shown, and what that weighs in compressed script. */
import { gzipSync } from "node:zlib";
import type { Rollup } from "vite";

export type Chunk = Rollup.OutputChunk;

interface Built {
  chunks: Chunk[];
}

/** Of the pool's page, which is the first one. */
export const FIRST_PAGE_BYTES = 250_000;
/** What any other page may bring beside what the first one has loaded, charts and signing apart: they are loaded by themselves. */
export const PAGE_BYTES = 120_000;

/** What a chunk needs before it runs, itself included. */
function neededBy({ chunks }: Built, first: Chunk[]): Set<Chunk> {
  const needed = new Set<Chunk>();
  const need = (chunk: Chunk | undefined) => {
    if (!chunk || needed.has(chunk)) return;
    needed.add(chunk);
    for (const name of chunk.imports) need(chunks.find(({ fileName }) => fileName === name));
  };
  for (const chunk of first) need(chunk);
  return needed;
}

export const compressedBytes = (chunks: Iterable<Chunk>) =>
  [...chunks].reduce((sum, { code }) => sum + gzipSync(code).length, 0);

/** Each page is a chunk of its own. */
export const pageChunks = ({ chunks }: Built) =>
  chunks.filter(({ facadeModuleId }) => /Page\.tsx$/.test(facadeModuleId ?? ""));

export function firstPage(built: Built): Set<Chunk> {
  const pool = pageChunks(built).filter(({ facadeModuleId }) => /PoolPage\.tsx$/.test(facadeModuleId ?? ""));
  return neededBy(built, [...built.chunks.filter(({ isEntry }) => isEntry), ...pool]);
}

/** What a page brings beside what the first one has loaded. */
export function ownBytes(built: Built, chunk: Chunk): number {
  const first = firstPage(built);
  return compressedBytes([...neededBy(built, [chunk])].filter((needed) => !first.has(needed)));
}
