/**
 * A reorganisation of 300 blocks that hold 500 transactions, all of which the new blocks hold again, against the time that
 * it took to make them: a fork should cost no more than the chain that it replaces.
 */
import type { BenchChain } from "./benchChain";
import { atMost, type Figure, median, ratioFigure, shownMs } from "./figure";
import type { Conditions } from "./measurements";

const BLOCKS = 300;
const TRANSACTIONS = 500;
/** Of one batch of transactions that are signed at once. */
const BATCH = 100;
/** Most blocks hold as many; those that remain are empty. */
const IN_A_BLOCK = 2;
const ROUNDS = 3;

/** Mines the transactions, a few in each block, and then empty blocks. Signing is not counted. */
async function grow(chain: BenchChain, blocks: number, transactions: number): Promise<number> {
  let ms = 0;
  let mined = 0;
  for (let sent = 0; sent < transactions; ) {
    const signed = await chain.signedDeposits(Math.min(BATCH, transactions - sent));
    const start = performance.now();
    for (let n = 0; n < signed.length; n += IN_A_BLOCK, mined++) {
      const some = signed.slice(n, n + IN_A_BLOCK);
      await chain.broadcast(some);
      if ((await chain.mine()) !== some.length)
        throw new Error("A block does not hold the deposits that waited for it.");
    }
    ms += performance.now() - start;
    sent += signed.length;
  }
  if (blocks > mined) await chain.mine({ blocks: blocks - mined, burnBlocks: 0 });
  return ms;
}

export async function measureReorganisation({
  chain: openChain,
  size,
  isLate,
  progress,
}: Conditions): Promise<Figure[]> {
  progress("launching the vault");
  const chain = await openChain();
  const transactions = size(TRANSACTIONS, 4);
  const depth = Math.max(size(BLOCKS, 3), Math.ceil(transactions / IN_A_BLOCK));
  progress(`mining ${transactions} deposits in ${depth} blocks`);
  const grown = await grow(chain, depth, transactions);
  const before = await chain.nonces();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS && !(round > 0 && isLate()); round++) {
    progress("reorganising");
    const start = performance.now();
    await chain.control("reorganise", { depth });
    times.push(performance.now() - start);
    if ((await chain.nonces()).join() !== before.join()) throw new Error("The reorganisation lost transactions.");
  }
  const detail = `${shownMs(median(times))}, ${shownMs(grown)}`;
  const name = `reorganisation of ${depth} blocks with ${transactions} transactions, of their making`;
  const makings = times.map(() => grown);
  return [ratioFigure({ name, aim: atMost(1), detail }, times, makings)];
}
