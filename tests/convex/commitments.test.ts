/** Commitments hold capacity from the request until they are fulfilled, cancelled or expired. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { commit as commitIn } from "../../convex/commitments/model";
import { COMMITMENT_SECONDS } from "../../src/domain/commitments";
import { DEFAULT_TERMS } from "../../src/domain/tiers";
import { ALICE, apply, as, type Backend, BOB, openBackend, PaperVault, settle, sync } from "./backend";

let backend: Backend;
let vault: PaperVault;

beforeEach(async () => {
  // The sync loop schedules its next cycle; tests run the cycles that they want themselves.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  backend = await openBackend();
  vault = new PaperVault();
  await sync(backend, vault);
});

const STX = { token: "STX", tier: "Balanced" };
const MAX = 2n ** 63n - 1n;
const LIMIT = DEFAULT_TERMS.Balanced.STX.capacityLimit as bigint;

type Request = { token?: string; tier?: string; amount: bigint; depositor?: string; idempotencyKey?: string };

const commit = (who: string, request: Request) =>
  as(backend, who).action(api.liquidity.requestCommitCapital, { ...STX, ...request });

/** The smallest commitment, again and again, in one transaction. */
const commitOften = (provider: string, times: number) =>
  backend.run(async (ctx) => {
    const request = { provider, depositor: provider, token: "STX", tier: "Balanced", amount: 1_000_000n } as const;
    for (let n = 0; n < times; n += 1) await commitIn(ctx, { ...request, reference: nextReference++ });
  });
let nextReference = 1n;

const cancel = (who: string, commitmentId: string) =>
  as(backend, who).action(api.liquidity.cancelCommitment, { commitmentId });

function portfolio(who: string) {
  return as(backend, who).query(api.liquidity.getProviderPortfolio, {});
}

function refusal(code: string, facts: Record<string, unknown> = {}) {
  return expect.objectContaining({ data: expect.objectContaining({ code, ...facts }) });
}

/** What commitments hold of the Balanced tier's STX capacity. */
const held = () => backend.run(async (ctx) => (await ctx.db.query("tierCapacity").first())?.held ?? 0n);

const setCapacity = (capacityLimit: bigint | null) => {
  const { minimumPosition, minimumHoldSeconds } = DEFAULT_TERMS.Balanced.STX;
  const terms = { ...STX, capacityLimit, minimumPosition, minimumHoldSeconds };
  return backend.mutation(internal.tiers.terms.set, { ...terms, actor: "Ada", reason: "to try it" });
};

/** Mines until the newest final block is at this block time, and has sync look. */
async function finalAt(time: number) {
  vault.mine((time - vault.timeOf(0)) / 10 + vault.finality - vault.height);
  await sync(backend, vault);
}

test("a deposit shows as pending, then counts once it is final", async () => {
  const { reference, transaction } = await as(backend, ALICE).action(api.liquidity.requestCommitCapital, {
    ...STX,
    amount: 5_000_000n,
  });
  expect(transaction).toMatchObject({ network: "devnet", functionName: "deposit-funds", postConditionMode: "deny" });
  vault.deposit(ALICE, "STX", 5_000_000n, reference);
  await sync(backend, vault);
  expect(await portfolio(ALICE)).toMatchObject({
    positions: [],
    pendingDeposits: [{ token: "STX", tier: "Balanced", amount: 5_000_000n, reference }],
  });
  await settle(backend, vault);
  expect(await portfolio(ALICE)).toMatchObject({
    address: ALICE,
    positions: [{ tier: "Balanced", token: "STX", total: 5_000_000n, available: 5_000_000n, reserved: 0n, locked: 0n }],
    pendingDeposits: [],
    suspense: [],
  });
  expect((await portfolio(BOB)).positions).toEqual([]);
  expect(await backend.query(api.liquidity.getPoolStats, {})).toMatchObject([
    { token: "STX", totalBalanceOnChain: 5_000_000n, totalAvailable: 5_000_000n, totalLocked: 0n, lastSequence: 1n },
    { token: "sBTC", totalBalanceOnChain: 0n, lastSequence: 0n },
  ]);
});

test("open commitments are shown to their provider alone, so that one whose page was lost can be cancelled", async () => {
  const { commitmentId, reference, expiresAt } = await commit(ALICE, { amount: 5_000_000n });
  const { reference: other } = await commit(ALICE, { amount: 2_000_000n });
  const open = {
    commitmentId,
    tier: "Balanced",
    token: "STX",
    amount: 5_000_000n,
    depositor: ALICE,
    reference,
    expiresAt,
  };
  expect((await portfolio(ALICE)).openCommitments).toMatchObject([open, { reference: other }]);
  expect((await portfolio(BOB)).openCommitments).toEqual([]);
  vault.deposit(ALICE, "STX", 2_000_000n, other);
  await settle(backend, vault);
  expect((await portfolio(ALICE)).openCommitments).toEqual([open]);
  await cancel(ALICE, commitmentId);
  expect((await portfolio(ALICE)).openCommitments).toEqual([]);
});

test("only the committed amount from the named depositor in the right token counts; the rest is suspense", async () => {
  const request = { ...STX, amount: 5_000_000n };
  const { reference } = await as(backend, ALICE).action(api.liquidity.requestCommitCapital, request);
  vault.deposit(BOB, "STX", 1_000n, reference); // a stranger
  vault.deposit(ALICE, "sBTC", 2_000n, reference); // the wrong token
  vault.deposit(ALICE, "STX", 7_000_000n, reference); // more than committed
  vault.deposit(ALICE, "STX", 5_000_000n, reference); // a second time
  vault.deposit(ALICE, "STX", 3n, 99n); // a reference of nobody
  await settle(backend, vault);
  expect(await portfolio(ALICE)).toMatchObject({
    positions: [{ token: "STX", available: 5_000_000n }],
    suspense: [
      { token: "STX", amount: 2_000_000n + 5_000_000n + 3n },
      { token: "sBTC", amount: 2_000n },
    ],
  });
  expect(await portfolio(BOB)).toMatchObject({ positions: [], suspense: [{ token: "STX", amount: 1_000n }] });
});

test("a commitment may name who deposits; the capital is the provider's", async () => {
  const exchange = `${BOB}.exchange`;
  const { reference } = await as(backend, ALICE).action(api.liquidity.requestCommitCapital, {
    ...STX,
    amount: 5_000_000n,
    depositor: exchange,
  });
  vault.deposit(exchange, "STX", 5_000_000n, reference);
  await settle(backend, vault);
  expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n }] });
});

test("the same idempotency key gives the same commitment, and refuses another one", async () => {
  const request = { ...STX, amount: 5_000_000n, idempotencyKey: "k" };
  const first = await as(backend, ALICE).action(api.liquidity.requestCommitCapital, request);
  expect(await as(backend, ALICE).action(api.liquidity.requestCommitCapital, request)).toEqual(first);
  await expect(
    as(backend, ALICE).action(api.liquidity.requestCommitCapital, { ...request, amount: 6_000_000n }),
  ).rejects.toEqual(refusal("IDEMPOTENCY_KEY_REUSED"));
  const other = await as(backend, BOB).action(api.liquidity.requestCommitCapital, request);
  expect(other.reference).not.toBe(first.reference);
});

test.each([
  ["UNKNOWN_TOKEN", { token: "DOGE" }],
  ["UNKNOWN_TIER", { tier: "Reckless" }],
  ["AMOUNT_NOT_POSITIVE", { amount: 0n }],
  ["AMOUNT_NOT_POSITIVE", { amount: -5n }],
  ["AMOUNT_BELOW_MINIMUM", { amount: 999_999n }],
  ["UNKNOWN_DEPOSITOR", { depositor: "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7" }],
  ["UNKNOWN_DEPOSITOR", { depositor: "nobody" }],
])("%s for %o, and nothing changes", async (code, wrong) => {
  const request = { ...STX, amount: 5_000_000n, ...wrong };
  await expect(as(backend, ALICE).action(api.liquidity.requestCommitCapital, request)).rejects.toEqual(refusal(code));
  expect(await backend.run((ctx) => ctx.db.query("commitments").take(1))).toEqual([]);
});

test("an amount that is not an int64 does not even reach the function", async () => {
  const request = { ...STX, amount: 1.5 as unknown as bigint };
  await expect(as(backend, ALICE).action(api.liquidity.requestCommitCapital, request)).rejects.toThrow("Validator");
  await expect(
    as(backend, ALICE).action(api.liquidity.requestCommitCapital, { ...STX, amount: MAX + 1n }),
  ).rejects.toThrow();
});

test("before the first look at the chain there is no time to expire by, so nothing is committed", async () => {
  backend = await openBackend();
  await expect(commit(ALICE, { amount: 5_000_000n })).rejects.toEqual(refusal("NOT_SYNCED"));
  expect(await held()).toBe(0n);
});

describe("capacity", () => {
  test("a commitment holds its amount for a day of block time, and says until when", async () => {
    const { expiresAt } = await commit(ALICE, { amount: 5_000_000n });
    expect(expiresAt).toBe((vault.timeOf(vault.height) + COMMITMENT_SECONDS) * 1_000);
    expect(await held()).toBe(5_000_000n);
    await commit(BOB, { amount: 7_000_000n });
    expect(await held()).toBe(12_000_000n);
  });

  test("what is in and what is held fills the tier to the unit, and one unit more is refused", async () => {
    const { reference } = await commit(ALICE, { amount: 5_000_000n });
    vault.deposit(ALICE, "STX", 5_000_000n, reference);
    await settle(backend, vault);
    await commit(ALICE, { amount: 4_000_000n });
    const room = LIMIT - 9_000_000n;
    expect(await backend.query(api.tiers.getRoom, { tier: "Balanced", token: "STX" })).toBe(room);
    await expect(commit(BOB, { amount: room + 1n })).rejects.toEqual(refusal("TIER_FULL", { room }));
    await expect(commit(BOB, { amount: MAX })).rejects.toEqual(refusal("TIER_FULL", { room }));
    expect(await held()).toBe(4_000_000n);
    await commit(BOB, { amount: room });
    await expect(commit(ALICE, { amount: 1_000_000n })).rejects.toEqual(refusal("TIER_FULL", { room: 0n }));
    await commit(ALICE, { amount: 1_000_000n, tier: "Conservative" });
  });

  test("a repeated request holds nothing more", async () => {
    const request = { amount: LIMIT, idempotencyKey: "k" };
    expect(await commit(ALICE, request)).toEqual(await commit(ALICE, request));
    expect(await held()).toBe(LIMIT);
  });

  test("of two commitments for the last of it, at the same time, exactly one gets it", async () => {
    await commit(ALICE, { amount: LIMIT - 1_000_000n });
    const answers = await Promise.allSettled([
      commit(ALICE, { amount: 1_000_000n }),
      commit(BOB, { amount: 1_000_000n }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const lost = answers.find((answer) => answer.status === "rejected");
    expect(lost?.reason).toEqual(refusal("TIER_FULL", { room: 0n }));
    expect(await held()).toBe(LIMIT);
  });

  test("a smaller deposit fulfils the commitment, and the rest of what it held is free again", async () => {
    const { reference } = await commit(ALICE, { amount: LIMIT });
    vault.deposit(ALICE, "STX", 3_000_000n, reference);
    await sync(backend, vault);
    expect(await held()).toBe(LIMIT); // pending is not final
    await settle(backend, vault);
    expect(await held()).toBe(0n);
    await expect(commit(BOB, { amount: LIMIT })).rejects.toEqual(refusal("TIER_FULL", { room: LIMIT - 3_000_000n }));
    await commit(BOB, { amount: LIMIT - 3_000_000n });
  });

  test("terms lowered in between keep new ones out, and what was promised room still has it", async () => {
    const { reference } = await commit(ALICE, { amount: 5_000_000n });
    await setCapacity(1_000_000n);
    await expect(commit(BOB, { amount: 1_000_000n })).rejects.toEqual(refusal("TIER_FULL", { room: 0n }));
    vault.deposit(ALICE, "STX", 5_000_000n, reference);
    await settle(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n }], suspense: [] });
    expect(await held()).toBe(0n);
    await setCapacity(6_000_000n);
    await expect(commit(BOB, { amount: 1_000_001n })).rejects.toEqual(refusal("TIER_FULL", { room: 1_000_000n }));
    await commit(BOB, { amount: 1_000_000n });
  });

  test("without a limit the sum of all promises is still one that the books can hold", async () => {
    await setCapacity(null);
    await commit(ALICE, { amount: MAX - 1_000_000n });
    await expect(commit(BOB, { amount: 1_000_001n })).rejects.toEqual(refusal("TIER_FULL", { room: 1_000_000n }));
    await commit(BOB, { amount: 1_000_000n });
    expect(await held()).toBe(MAX);
  });

  test("what a stranger sends frees nothing", async () => {
    const { reference } = await commit(ALICE, { amount: 5_000_000n });
    vault.deposit(BOB, "STX", 5_000_000n, reference);
    vault.deposit(ALICE, "sBTC", 5_000_000n, reference);
    await settle(backend, vault);
    expect(await held()).toBe(5_000_000n);
  });
});

describe("expiring", () => {
  test("its capacity returns once a final block is past its time, not before", async () => {
    const { expiresAt } = await commit(ALICE, { amount: LIMIT });
    await finalAt(expiresAt / 1_000 - 10);
    expect(vault.timeOf(vault.height)).toBe(expiresAt / 1_000); // the tip is past it
    expect(await held()).toBe(LIMIT);
    await expect(commit(BOB, { amount: 1_000_000n })).rejects.toEqual(refusal("TIER_FULL"));
    await finalAt(expiresAt / 1_000);
    expect(await held()).toBe(0n);
    await commit(BOB, { amount: LIMIT });
  });

  test("a deposit in time counts, even when it is applied in the look that would expire it", async () => {
    const { reference, expiresAt } = await commit(ALICE, { amount: LIMIT });
    vault.mine((expiresAt / 1_000 - vault.timeOf(vault.height)) / 10 - 1);
    vault.deposit(ALICE, "STX", LIMIT, reference);
    vault.mine(100);
    await sync(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: LIMIT }], suspense: [] });
    expect(await held()).toBe(0n);
  });

  test("nothing expires while events below the final block are still unread", async () => {
    const { reference, expiresAt } = await commit(ALICE, { amount: LIMIT });
    vault.deposit(BOB, "STX", 1n, 0n);
    vault.deposit(ALICE, "STX", LIMIT, reference);
    vault.mine((expiresAt / 1_000 - vault.timeOf(0)) / 10 + 100);
    const look = vault.observation(0n);
    await apply(backend, { ...look, events: look.events.slice(0, 1) });
    expect(await held()).toBe(LIMIT);
    await sync(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: LIMIT }] });
  });

  test.each(["expired", "cancelled"] as const)(
    "a deposit after it was %s counts if the tier has room for it",
    async (how) => {
      const { reference } = await ended(how, 5_000_000n);
      vault.deposit(ALICE, "STX", 6_000_000n, reference);
      await settle(backend, vault);
      expect(await portfolio(ALICE)).toMatchObject({
        positions: [{ available: 5_000_000n }],
        suspense: [{ token: "STX", amount: 1_000_000n }],
      });
      expect(await held()).toBe(0n);
      vault.deposit(ALICE, "STX", 5_000_000n, reference); // once
      await settle(backend, vault);
      expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n }] });
    },
  );

  test.each(["expired", "cancelled"] as const)(
    "a deposit after it was %s goes to suspense if the tier is full",
    async (how) => {
      const { reference } = await ended(how, 5_000_000n);
      await commit(BOB, { amount: LIMIT - 4_999_999n });
      vault.deposit(ALICE, "STX", 5_000_000n, reference);
      await settle(backend, vault);
      expect(await portfolio(ALICE)).toMatchObject({
        positions: [],
        suspense: [{ token: "STX", amount: 5_000_000n }],
      });
      expect(await held()).toBe(LIMIT - 4_999_999n);
    },
  );

  test("a late deposit finds the room that earlier deposits of the same batch have left", async () => {
    const late = [await ended("expired", 5_000_000n), await ended("cancelled", 5_000_000n)];
    const { reference } = await commit(BOB, { amount: LIMIT - 9_999_999n });
    vault.deposit(BOB, "STX", LIMIT - 9_999_999n, reference);
    for (const commitment of late) vault.deposit(ALICE, "STX", 5_000_000n, commitment.reference);
    await settle(backend, vault);
    expect(await portfolio(ALICE)).toMatchObject({
      positions: [{ available: 5_000_000n }],
      suspense: [{ token: "STX", amount: 5_000_000n }],
    });
    expect(await portfolio(BOB)).toMatchObject({ positions: [{ available: LIMIT - 9_999_999n }], suspense: [] });
  });

  async function ended(how: "expired" | "cancelled", amount: bigint) {
    const commitment = await commit(ALICE, { amount });
    if (how === "expired") await finalAt(commitment.expiresAt / 1_000);
    else await cancel(ALICE, commitment.commitmentId);
    expect(await held()).toBe(0n);
    return commitment;
  }

  test("many expire in bounded batches, a batch a look", async () => {
    await commitOften(ALICE, 60);
    await commitOften(BOB, 60);
    await finalAt(vault.timeOf(vault.height) + COMMITMENT_SECONDS);
    expect(await held()).toBe(20_000_000n);
    vault.mine();
    await sync(backend, vault);
    expect(await held()).toBe(0n);
  });

  test("a hundred intents without a deposit are enough; one that ends makes room", async () => {
    const oldest = await commit(ALICE, { amount: 1_000_000n });
    await commitOften(ALICE, 99);
    await expect(commit(ALICE, { amount: 1_000_000n })).rejects.toEqual(
      refusal("TOO_MANY_OPEN_COMMITMENTS", { max: 100 }),
    );
    await commit(BOB, { amount: 1_000_000n });
    await cancel(ALICE, oldest.commitmentId);
    await commit(ALICE, { amount: 1_000_000n });
  });
});

test("a commitment and the expiry that would make room for it, at the same time: one is before the other", async () => {
  const first = await commit(ALICE, { amount: LIMIT });
  const [answer] = await Promise.allSettled([commit(BOB, { amount: LIMIT }), finalAt(first.expiresAt / 1_000)]);
  if (answer?.status === "rejected") expect(answer.reason).toEqual(refusal("TIER_FULL", { room: 0n }));
  expect(await held()).toBe(answer?.status === "fulfilled" ? LIMIT : 0n);
});

describe("cancelling", () => {
  test("gives the capacity back once, however often it is asked", async () => {
    const { commitmentId } = await commit(ALICE, { amount: LIMIT });
    await cancel(ALICE, commitmentId);
    expect(await held()).toBe(0n);
    await commit(BOB, { amount: LIMIT });
    await cancel(ALICE, commitmentId);
    expect(await held()).toBe(LIMIT);
  });

  test("only one's own, only what is open, and nothing changes otherwise", async () => {
    const { commitmentId, reference } = await commit(ALICE, { amount: 5_000_000n });
    await expect(cancel(BOB, commitmentId)).rejects.toEqual(refusal("NO_COMMITMENT"));
    await expect(cancel(ALICE, "nothing")).rejects.toEqual(refusal("NO_COMMITMENT"));
    await expect(backend.action(api.liquidity.cancelCommitment, { commitmentId })).rejects.toEqual(
      refusal("NOT_SIGNED_IN"),
    );
    expect(await held()).toBe(5_000_000n);
    vault.deposit(ALICE, "STX", 5_000_000n, reference);
    await settle(backend, vault);
    await expect(cancel(ALICE, commitmentId)).rejects.toEqual(refusal("COMMITMENT_NOT_OPEN", { status: "fulfilled" }));
    const late = await commit(ALICE, { amount: 5_000_000n });
    await finalAt(late.expiresAt / 1_000);
    await expect(cancel(ALICE, late.commitmentId)).rejects.toEqual(
      refusal("COMMITMENT_NOT_OPEN", { status: "expired" }),
    );
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ available: 5_000_000n }] });
  });
});
