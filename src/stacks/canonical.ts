/**
 * Whether what was seen earlier is still in the chain, and since when it is not: the part of a look that finds
 * reorganisations. Blocks are remembered by height and hash; a block that is in the chain has its ancestors there too,
 * so one question about the newest remembered block usually answers for all.
 */
import { ApiError, type Block, type StacksApi } from "./api";

export interface BlockMark {
  height: number;
  hash: string;
  burnHeight: number;
  /** Unix seconds. */
  time: number;
}

export type BlockId = Pick<BlockMark, "height" | "hash">;

/** The last event that was seen in a block. */
export interface Rung extends BlockId {
  sequence: bigint;
}

/** The way back over the newest events that wait: their blocks, newest first, and what stood before all of these. */
export interface Ladder {
  rungs: Rung[];
  floor: bigint;
}

/** What earlier looks left behind. */
export interface Known {
  /** The last sequence in the books. */
  booked: bigint;
  /** The newest event that waits to become final; null if none does. */
  newest: Rung | null;
  /** The newest block that was final; null before the first. */
  final: BlockMark | null;
  /** The tip of the last look; a lower one is not believed. Null: any is. */
  tip: BlockMark | null;
  /** Its hash, if nothing was left to read at it. */
  seenTip: string | null;
  /** Asked only when the chain was reorganised. */
  ladder: () => Promise<Ladder>;
}

/** What was booked is not in the chain any more: no look can mend that. */
export class DeepReorganisation extends Error {
  override name = "DeepReorganisation";
}

export function mark(block: Block): BlockMark {
  return { height: block.height, hash: block.hash, burnHeight: block.burn_block_height, time: block.block_time };
}

/** A fork that replaces ours is at least as long in burn blocks; with as many, in blocks. */
export function isBehind(tip: BlockMark, known: BlockMark): boolean {
  if (tip.burnHeight !== known.burnHeight) return tip.burnHeight < known.burnHeight;
  return tip.height < known.height;
}

/**
 * Null if the block is in the chain, else the hash of what stands in its place (or words for nothing). An API may give
 * an old answer to one of two questions: they have to agree before a block counts as gone.
 */
async function replacementOf(api: StacksApi, block: BlockId, tip: BlockMark): Promise<string | null> {
  const inPlace = block.height > tip.height ? null : await api.blockAt(block.height);
  if (inPlace?.hash === block.hash) return null;
  const itself = await api.blockAt(block.hash);
  if (itself?.canonical) {
    throw new ApiError(`The API has block ${block.hash} in its chain and yet not at height ${block.height}.`);
  }
  if (!inPlace && block.height <= tip.height) {
    throw new ApiError(`The API is at height ${tip.height} and yet has no block ${block.height}.`);
  }
  return inPlace?.hash ?? "nothing";
}

/** Refuses a look whose parts come from different chains. */
export async function requireCanonical(api: StacksApi, block: BlockId, tip: BlockMark): Promise<void> {
  const found = block.height > tip.height ? null : await api.blockAt(block.height);
  if (found?.hash === block.hash) return;
  throw new ApiError(`The chain changed during the look: block ${block.height} was ${block.hash} a moment ago.`);
}

async function requireFinalStands(api: StacksApi, final: BlockMark, tip: BlockMark): Promise<void> {
  const instead = await replacementOf(api, final, tip);
  if (instead === null) return;
  throw new DeepReorganisation(
    `A reorganisation below finality: block ${final.height} was final as ${final.hash}, and the chain with the tip ` +
      `${tip.hash} at height ${tip.height} has ${instead} there. Ask another node. If it still has ${final.hash}, set ` +
      "STACKS_API_URL to it and reset the breakers; if not, events in the books may not have happened: restore a " +
      `backup from before that fork, or begin with empty books, and raise FINALITY_BURN_BLOCKS.`,
  );
}

/** Where what was seen ends that still stands. */
export interface Base {
  /** Its last sequence. */
  after: bigint;
  /** Whether it does stand: below the ladder nothing was asked yet. */
  isKnown: boolean;
}

/** The newest rung that still stands: all below a rung that does, do. */
async function stepBack(api: StacksApi, tip: BlockMark, { rungs, floor }: Ladder, booked: bigint): Promise<Base> {
  let [low, high] = [0, rungs.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await replacementOf(api, rungs[middle] as Rung, tip)) === null) high = middle;
    else low = middle + 1;
  }
  const standing = rungs[low];
  return standing ? { after: standing.sequence, isKnown: true } : { after: floor, isKnown: floor <= booked };
}

/**
 * What was seen and still stands at this tip. A fork that is older than the ladder is found over several looks.
 * @throws DeepReorganisation if not even the block does that was final
 */
export async function baseOf(api: StacksApi, tip: BlockMark, known: Known): Promise<Base> {
  const { booked, newest, final } = known;
  if (newest && (await replacementOf(api, newest, tip)) === null) return { after: newest.sequence, isKnown: true };
  if (final) await requireFinalStands(api, final, tip);
  return newest ? stepBack(api, tip, await known.ladder(), booked) : { after: booked, isKnown: true };
}

/** Burn blocks without a Stacks block are gone past; more of them in a row only delay finality. */
const EMPTY_BURN_BLOCKS = 12;

/** The newest block that is final at this tip, never below the one that was final before. */
export async function finalBlock(
  api: StacksApi,
  tip: BlockMark,
  finalityBurnBlocks: number,
  known: BlockMark | null,
): Promise<BlockMark | null> {
  const deepEnough = tip.burnHeight - finalityBurnBlocks;
  const lowest = Math.max(known?.burnHeight ?? 0, deepEnough - EMPTY_BURN_BLOCKS);
  for (let burnHeight = deepEnough; burnHeight > lowest; burnHeight -= 1) {
    const found = await api.blockOfBurnBlock(burnHeight);
    if (!found) continue;
    const final = mark(found);
    await requireCanonical(api, final, tip);
    return final;
  }
  return known;
}
