/**
 * The withdrawal bucket of a token: at most its cap leaves in any window of 144 burn blocks, whatever is signed. The
 * model below says it in another way than the contract does: it remembers all payments and weighs each suffix of them.
 */
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { Chain, DONE, errors } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, bob } = chain;
const WINDOW_BLOCKS = errors.windowBlocks;
const BALANCE = 10n ** 9n;
const EXCEEDED = { result: errors.errOutflowExceedsCap, events: [] };
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

const burnHeight = (): bigint => BigInt(chain.simnet.burnBlockHeight);
let lastId = 0n;

async function launch(stxCap: bigint, sbtcCap: bigint): Promise<void> {
  await chain.restart();
  chain.launch({ stxCap, sbtcCap });
  chain.mint(bob, BALANCE);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(BALANCE, token, 1n), bob);
}

function draw(amount: bigint, token: string | null = null) {
  lastId += 1n;
  return chain.draw(chain.withdrawal({ amount, token, id: lastId }));
}

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

describe("a bucket of cap 1000", () => {
  beforeEach(() => launch(1_000n, 1_000n));

  it("lets half the cap through at once, and not one unit more", () => {
    expect(draw(501n)).toEqual(EXCEEDED);
    expect(draw(500n).result).toEqual(DONE);
    expect(draw(1n)).toEqual(EXCEEDED);
  });

  it("drains half the cap in 144 burn blocks, exactly", () => {
    draw(500n);
    chain.simnet.mineEmptyBurnBlocks(143);
    expect(chain.read(vault.getBucket(null))).toEqual({ cap: 1_000n, room: 496n });
    expect(draw(497n)).toEqual(EXCEEDED);
    chain.simnet.mineEmptyBurnBlocks(1);
    expect(draw(500n).result).toEqual(DONE);
    expect(draw(1n)).toEqual(EXCEEDED);
  });

  it("keeps fractions of a unit while it drains", () => {
    draw(500n);
    let paid = 0n;
    for (let block = 0; block < 144; block++) {
      chain.simnet.mineEmptyBurnBlocks(1);
      paid += draw(4n).result.isOk ? 4n : draw(3n).result.isOk ? 3n : 0n;
    }
    expect(paid).toBe(500n);
  });

  it("never fills beyond half the cap, however long it rests", () => {
    chain.simnet.mineEmptyBurnBlocks(10_000);
    expect(draw(501n)).toEqual(EXCEEDED);
    expect(chain.read(vault.getBucket(null))?.room).toBe(500n);
  });

  it("is each token's own", () => {
    draw(500n);
    expect(draw(500n, sbtc.identifier).result).toEqual(DONE);
    expect(draw(1n, sbtc.identifier)).toEqual(EXCEEDED);
  });

  it("is not refilled by a deposit", () => {
    draw(500n);
    chain.send(vault.depositFunds(500n, null, 2n), bob);
    expect(draw(1n)).toEqual(EXCEEDED);
  });

  it("is not touched by a refused withdrawal", () => {
    draw(501n);
    draw(BALANCE + 1n);
    expect(chain.read(vault.getBucket(null))?.room).toBe(500n);
  });
});

it.each([0n, 1n])("a cap of %s closes withdrawals", async (cap) => {
  await launch(cap, 1_000n);
  expect(chain.read(vault.getBucket(null))).toEqual({ cap, room: 0n });
  expect(draw(1n)).toEqual(EXCEEDED);
  expect(draw(1n, sbtc.identifier).result).toEqual(DONE);
});

it("an odd cap is halved downward, for what drains too", async () => {
  await launch(3n, 3n);
  expect(draw(1n).result).toEqual(DONE);
  chain.simnet.mineEmptyBurnBlocks(143);
  expect(draw(1n)).toEqual(EXCEEDED);
  chain.simnet.mineEmptyBurnBlocks(1);
  expect(draw(1n).result).toEqual(DONE);
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
  });
  const caps = fc.record({ stx: fc.bigInt(2n, 10n ** 7n), sbtc: fc.bigInt(2n, 200n) });

  it("pays exactly what the model pays, and never more than the cap in a window", async () => {
    const property = fc.asyncProperty(caps, fc.array(step, { minLength: 5, maxLength: 30 }), async (cap, steps) => {
      await launch(cap.stx, cap.sbtc);
      const histories = { stx: new PaymentHistory(cap.stx), sbtc: new PaymentHistory(cap.sbtc) };
      for (const { gapBlocks, ask, token } of steps) {
        if (gapBlocks > 0) chain.simnet.mineEmptyBurnBlocks(gapBlocks);
        const history = token === null ? histories.stx : histories.sbtc;
        const room = history.roomAt(burnHeight());
        expect(chain.read(vault.getBucket(token))).toEqual({ cap: history.cap, room });
        const amount = "overRoom" in ask ? room + ask.overRoom : (room * BigInt(ask.percentOfRoom)) / 100n;
        if (amount <= 0n) continue;
        const { result } = draw(amount, token);
        expect(result).toEqual(amount <= room ? DONE : errors.errOutflowExceedsCap);
        if (amount <= room) history.payments.push({ height: burnHeight(), amount });
        expect(history.busiestWindow()).toBeLessThanOrEqual(history.cap);
      }
    });
    await fc.assert(property, { seed: SEED, numRuns: 30 });
  });

  it("reaches the cap: a thief who knows the rule gets all of it in a window, and no more", async () => {
    await launch(1_000n, 1_000n);
    const history = new PaymentHistory(1_000n);
    for (let block = 0n; block <= WINDOW_BLOCKS; block++) {
      const { room } = chain.read(vault.getBucket(null)) as { room: bigint };
      if (room > 0n && draw(room).result.isOk) history.payments.push({ height: burnHeight(), amount: room });
      chain.simnet.mineEmptyBurnBlocks(1);
    }
    expect(history.busiestWindow()).toBe(1_000n);
  });
});
