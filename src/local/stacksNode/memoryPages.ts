/**
 * Copies of the VM's memory that share what they have in common: of its some 180 MB a hundred transactions change a few,
 * so a further copy costs those few, and comparing costs about as long as forty transactions.
 */

/** Divides WebAssembly's own pages of 64 KiB. */
export const PAGE_BYTES = 16_384;

/** Pages are never written to: other copies hold them too. */
export type MemoryCopy = readonly Uint8Array[];

function pageAt(memory: WebAssembly.Memory, number: number): Buffer {
  return Buffer.from(memory.buffer, number * PAGE_BYTES, PAGE_BYTES);
}

/** @param previous an earlier copy, whose pages stand for those that are the same */
export function copyMemory(memory: WebAssembly.Memory, previous: MemoryCopy): MemoryCopy {
  return Array.from({ length: memory.buffer.byteLength / PAGE_BYTES }, (_, number) => {
    const [page, before] = [pageAt(memory, number), previous[number]];
    return before && page.compare(before) === 0 ? before : Uint8Array.from(page);
  });
}

/**
 * Memory never shrinks: what has grown since becomes zero, as it was when it was new.
 * @param present what the memory holds now, where that is known: pages that both copies share are not compared
 */
export function restoreMemory(memory: WebAssembly.Memory, copy: MemoryCopy, present: MemoryCopy = []): void {
  copy.forEach((before, number) => {
    if (present[number] === before) return;
    const page = pageAt(memory, number);
    if (page.compare(before) !== 0) page.set(before);
  });
  new Uint8Array(memory.buffer, copy.length * PAGE_BYTES).fill(0);
}

/** The bytes that a copy holds and another does not. */
export function unsharedBytes(copy: MemoryCopy, other: MemoryCopy): number {
  return copy.filter((page, number) => page !== other[number]).length * PAGE_BYTES;
}
