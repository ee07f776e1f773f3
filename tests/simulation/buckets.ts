/** The leaky bucket of the vault, reckoned block by block. */
export const WINDOW = 144n;

/** What left already of what may leave in a window; what a block drains is half of the cap. */
export interface Bucket {
  cap: bigint;
  usedByWindow: bigint;
  drainedAt: number;
}

/** What a bucket still holds at a block. */
export function drained({ usedByWindow, drainedAt, cap }: Bucket, height: number): bigint {
  let used = usedByWindow;
  for (let block = drainedAt; block < height && used > 0n; block += 1) used -= cap / 2n;
  return used > 0n ? used : 0n;
}

/** Base units that the bucket lets through at a block, rounded down. */
export function roomOf(bucket: Bucket, height: number): bigint {
  const room = (bucket.cap / 2n) * WINDOW - drained(bucket, height);
  return room > 0n ? room / WINDOW : 0n;
}

/** The bucket after an amount; null if it does not fit. */
export function poured(bucket: Bucket, amount: bigint, height: number): Bucket | null {
  if (amount === 0n) return bucket;
  const used = drained(bucket, height) + amount * WINDOW;
  return used > (bucket.cap / 2n) * WINDOW ? null : { ...bucket, usedByWindow: used, drainedAt: height };
}

export function withCap(bucket: Bucket, cap: bigint, height: number): Bucket {
  return { cap, usedByWindow: drained(bucket, height), drainedAt: height };
}
