/** The vault's leaky bucket, as the contract reckons it (`get-bucket`): burst cap/2, draining cap/2 per 144 burn blocks. */

const WINDOW_BLOCKS = 144n;

export interface OutflowBucket {
  /** Base units that may leave in any window of 144 burn blocks. */
  withdrawalCap: bigint;
  /** What the bucket held at burn block `drainedAt`, times 144. */
  usedByWindow: bigint;
  drainedAt: bigint;
}

/** Base units that can leave at this burn block, rounded down. */
export function outflowRoom(bucket: OutflowBucket, burnHeight: bigint): bigint {
  const half = bucket.withdrawalCap / 2n;
  const drained = half * (burnHeight > bucket.drainedAt ? burnHeight - bucket.drainedAt : 0n);
  const used = bucket.usedByWindow > drained ? bucket.usedByWindow - drained : 0n;
  const burst = half * WINDOW_BLOCKS;
  return burst > used ? (burst - used) / WINDOW_BLOCKS : 0n;
}
