/**
 * The buckets of a token, one for withdrawals and one for settlements: at most its cap leaves through each in any
 * window of 144 burn blocks, whatever is signed. The model below says it in another way than the contract does: it
 * remembers all payments and weighs each suffix of them.
 */
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { Chain, DONE, errors } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, deployer, alice, bob } = chain;
const WINDOW_BLOCKS = errors.windowBlocks;
const BALANCE = 10n ** 9n;
const EXCEEDED = { result: errors.errOutflowExceedsCap, events: [] };
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

type Token = string | null;
type Caps = { withdrawals: bigint; settlements: bigint };
const WAYS = ["withdrawals", "settlements"] as const;
type Way = (typeof WAYS)[number];

const burnHeight = (): bigint => BigInt(chain.simnet.burnBlockHeight);
const bucketOf = (way: Way, token: Token = null) => chain.read(vault.getBucket(token))?.[way];
let lastId = 0n;

async function launch(stx: Caps, sbtcCaps: Caps = stx): Promise<void> {
  await chain.restart();
  chain.launch({ stx, sbtc: sbtcCaps });
  for (const owner of [alice, bob]) chain.mint(owner, BALANCE);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(BALANCE, token, 1n), bob);
}

const both = (cap: bigint): Caps => ({ withdrawals: cap, settlements: cap });

function draw(amount: bigint, token: Token = null) {
  lastId += 1n;
  return chain.draw(chain.withdrawal({ amount, token, id: lastId }));
}

/** Sells a policy that the amount settles exactly; the amount is at most a burst, as nothing above it can be sold. */
function settle(amount: bigint, token: Token = null) {
  lastId += 1n;
  const policy = chain.policy({ policyId: lastId, premium: 1n, lock: amount, coverage: amount, token });
  expect(chain.buy(policy).result).toEqual(DONE);
  return chain.send(vault.settlePolicy(lastId, amount, token), service);
}

const leave: Record<Way, typeof draw> = { withdrawals: draw, settlements: settle };

class PaymentHistory {
  readonly payments: { height: bigint; amount: bigint }[] = [];
  constructor(readonly cap: bigint) {}

  /** What may leave now: over the payments since any one of them, no more than half the cap and what drained since. */
  roomAt(height: bigint): bigint {
    const half = this.cap / 2n;
    let room = half * WINDOW_BLOCKS;
    let paid = 0n;
    for (const payment of this.payments.toReversed()) {
      paid += payment.amount;
      const allowed = half * (WINDOW_BLOCKS + height - payment.height) - paid * WINDOW_BLOCKS;
      if (allowed < room) room = allowed;
    }
    return room / WINDOW_BLOCKS;
  }

  /** The most that left in any window of 144 burn blocks, counting both of its ends. */
  busiestWindow(): bigint {
    const sums = this.payments.map(({ height }) =>
      this.payments
        .filter((other) => other.height >= height && other.height <= height + WINDOW_BLOCKS)
        .reduce((sum, other) => sum + other.amount, 0n),
    );
    return sums.reduce((most, sum) => (sum > most ? sum : most), 0n);
  }
}

describe.each(WAYS)("a bucket of cap 1000, for %s", (way) => {
  const pay = leave[way];
  beforeEach(() => launch(both(1_000n)));

  it("lets half the cap through at once, and not one unit more", () => {
    expect(pay(500n).result).toEqual(DONE);
    expect(pay(1n)).toEqual(EXCEEDED);
  });

  it("drains half the cap in 144 burn blocks, exactly", () => {
    pay(500n);
    chain.simnet.mineEmptyBurnBlocks(143);
    expect(bucketOf(way)).toEqual({ cap: 1_000n, room: 496n });
    expect(pay(497n)).toEqual(EXCEEDED);
    chain.simnet.mineEmptyBurnBlocks(1);
    expect(pay(500n).result).toEqual(DONE);
    expect(pay(1n)).toEqual(EXCEEDED);
  });

  it("keeps fractions of a unit while it drains", () => {
    pay(500n);
    let paid = 0n;
    for (let block = 0; block < 144; block++) {
      chain.simnet.mineEmptyBurnBlocks(1);
      paid += pay(4n).result.isOk ? 4n : pay(3n).result.isOk ? 3n : 0n;
    }
    expect(paid).toBe(500n);
  });

  it("never has more room than half the cap, however long it rests", () => {
    chain.simnet.mineEmptyBurnBlocks(10_000);
    expect(bucketOf(way)?.room).toBe(500n);
  });

  it("is each token's own", () => {
    pay(500n);
    expect(pay(500n, sbtc.identifier).result).toEqual(DONE);
    expect(pay(1n, sbtc.identifier)).toEqual(EXCEEDED);
  });

  it("leaves the other bucket of its token alone", () => {
    const other = way === "withdrawals" ? "settlements" : "withdrawals";
    pay(500n);
    expect(bucketOf(other)?.room).toBe(500n);
    expect(leave[other](500n).result).toEqual(DONE);
    expect([pay(1n), leave[other](1n)]).toEqual([EXCEEDED, EXCEEDED]);
  });

  it("is not refilled by what is paid in", () => {
    pay(500n);
    chain.send(vault.depositFunds(500n, null, 2n), bob);
    expect(chain.buy(chain.policy({ policyId: 0n, premium: 500n })).result).toEqual(DONE);
    chain.simnet.transferSTX(500n, vault.identifier, bob);
    expect(chain.send(vault.absorbSurplus(null), bob).result).toEqual(DONE);
    expect(pay(1n)).toEqual(EXCEEDED);
  });
});

it("a refused withdrawal touches no bucket", async () => {
  await launch(both(1_000n));
  expect(draw(501n)).toEqual(EXCEEDED);
  draw(BALANCE + 1n);
  expect(bucketOf("withdrawals")?.room).toBe(500n);
});

it.each([0n, 1n])("a cap of %s closes its own bucket", async (cap) => {
  await launch({ withdrawals: cap, settlements: 1_000n }, { withdrawals: 1_000n, settlements: cap });
  expect([bucketOf("withdrawals"), bucketOf("settlements", sbtc.identifier)]).toEqual(Array(2).fill({ cap, room: 0n }));
  expect(draw(1n)).toEqual(EXCEEDED);
  expect(chain.buy(chain.policy({ token: sbtc.identifier })).result).toEqual(errors.errCoverageExceedsBurst);
  expect(draw(1n, sbtc.identifier).result).toEqual(DONE);
  expect(settle(1n).result).toEqual(DONE);
});

it.each(WAYS)("an odd cap is halved downward, for what drains too: %s", async (way) => {
  await launch(both(3n));
  expect(leave[way](1n).result).toEqual(DONE);
  chain.simnet.mineEmptyBurnBlocks(143);
  expect(leave[way](1n)).toEqual(EXCEEDED);
  chain.simnet.mineEmptyBurnBlocks(1);
  expect(leave[way](1n).result).toEqual(DONE);
});

describe("a cap lowered below what its bucket holds", () => {
  const lower = (caps: Caps) => {
    const kept = both(1_000n);
    expect(chain.send(vault.lowerCaps({ stx: caps, sbtc: kept }), deployer).result).toEqual(DONE);
  };

  beforeEach(async () => {
    await launch(both(1_000n));
    for (const way of WAYS) leave[way](400n);
  });

  it.each(WAYS)("gives no room to %s until it has drained to the new burst, at the new pace", (way) => {
    lower({ ...both(1_000n), [way]: 200n });
    expect(bucketOf(way)).toEqual({ cap: 200n, room: 0n });
    // 400 are held and 100 may be; 100 drain in a window.
    chain.simnet.mineEmptyBurnBlocks(3 * 144);
    expect(bucketOf(way)).toEqual({ cap: 200n, room: 0n });
    expect(leave[way](1n)).toEqual(EXCEEDED);
    chain.simnet.mineEmptyBurnBlocks(144);
    expect(leave[way](100n).result).toEqual(DONE);
    expect(leave[way](1n)).toEqual(EXCEEDED);
  });

  it.each(WAYS)("leaves the buckets beside that of %s as they were", (way) => {
    const other = way === "withdrawals" ? "settlements" : "withdrawals";
    lower({ ...both(1_000n), [way]: 200n });
    expect(bucketOf(other)).toEqual({ cap: 1_000n, room: 100n });
    for (const each of WAYS) expect(bucketOf(each, sbtc.identifier)).toEqual({ cap: 1_000n, room: 500n });
  });

  it("drains up to that block at the old pace", () => {
    chain.simnet.mineEmptyBurnBlocks(72);
    expect(bucketOf("withdrawals")?.room).toBe(350n);
    lower({ withdrawals: 400n, settlements: 1_000n });
    // 150 of 200 are held.
    expect(bucketOf("withdrawals")).toEqual({ cap: 400n, room: 50n });
  });

  it("and closed never drains", () => {
    lower(both(0n));
    chain.simnet.mineEmptyBurnBlocks(10_000);
    for (const way of WAYS) expect(bucketOf(way)).toEqual({ cap: 0n, room: 0n });
    expect(chain.state().stx.withdrawals.usedByWindow).toBe(400n * WINDOW_BLOCKS);
    expect(draw(1n)).toEqual(EXCEEDED);
  });
});

describe(`over random amounts and gaps (SEED=${SEED})`, () => {
  const step = fc.record({
    gapBlocks: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 100, max: 300 })),
    // Shares of the room, or an offset from the edge of it.
    ask: fc.oneof(
      fc.record({ percentOfRoom: fc.integer({ min: 1, max: 130 }) }),
      fc.record({ overRoom: fc.constantFrom(-1n, 0n, 0n, 1n) }),
    ),
    token: fc.constantFrom(null, sbtc.identifier),
    way: fc.constantFrom(...WAYS),
  });
  const capsTo = (most: bigint) => fc.record({ withdrawals: fc.bigInt(2n, most), settlements: fc.bigInt(2n, most) });
  const caps = fc.record({ stx: capsTo(10n ** 7n), sbtc: capsTo(200n) });
  const historiesOf = ({ withdrawals, settlements }: Caps) => ({
    withdrawals: new PaymentHistory(withdrawals),
    settlements: new PaymentHistory(settlements),
  });

  it("pays exactly what the model pays, and never more than the cap in a window", async () => {
    const property = fc.asyncProperty(caps, fc.array(step, { minLength: 5, maxLength: 30 }), async (cap, steps) => {
      await launch(cap.stx, cap.sbtc);
      const histories = { stx: historiesOf(cap.stx), sbtc: historiesOf(cap.sbtc) };
      for (const { gapBlocks, ask, token, way } of steps) {
        if (gapBlocks > 0) chain.simnet.mineEmptyBurnBlocks(gapBlocks);
        const history = histories[token === null ? "stx" : "sbtc"][way];
        const room = history.roomAt(burnHeight());
        expect(bucketOf(way, token)).toEqual({ cap: history.cap, room });
        const asked = "overRoom" in ask ? room + ask.overRoom : (room * BigInt(ask.percentOfRoom)) / 100n;
        // A settlement is at most what a policy may cover; a withdrawal may ask for anything.
        const most = way === "settlements" ? history.cap / 2n : asked;
        const amount = asked < most ? asked : most;
        if (amount <= 0n) continue;
        const { result } = leave[way](amount, token);
        expect(result).toEqual(amount <= room ? DONE : errors.errOutflowExceedsCap);
        if (amount <= room) history.payments.push({ height: burnHeight(), amount });
        expect(history.busiestWindow()).toBeLessThanOrEqual(history.cap);
      }
    });
    await fc.assert(property, { seed: SEED, numRuns: 20 });
  });

  it.each(WAYS)("reaches the cap: a thief who knows the rule gets all of it in %s, and no more", async (way) => {
    await launch(both(1_000n));
    const history = new PaymentHistory(1_000n);
    for (let block = 0n; block <= WINDOW_BLOCKS; block++) {
      const room = bucketOf(way)?.room ?? 0n;
      if (room > 0n && leave[way](room).result.isOk) history.payments.push({ height: burnHeight(), amount: room });
      chain.simnet.mineEmptyBurnBlocks(1);
    }
    expect(history.busiestWindow()).toBe(1_000n);
  });
});
