/**
 * Random histories of what providers do with their capital, beside a model that keeps plain logs: each answer is foreseen,
 * every balance is the model's, and a provider's capital changes by deposits and paid withdrawals alone.
 */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api";
import { tierMetricsOf } from "../../convex/tiers/model";
import { TIERS, type Tier } from "../../src/domain/tiers";
import { ALICE, as, type Backend, BOB, openBackend, PaperVault, settle } from "./backend";
import { expectBooksToFold } from "./books";

const WHO = [ALICE, BOB];
const MINIMUM = 1_000_000n;
const HOUR = 3_600;

/** Aggressive capital stays for a day, to the full hour; the other tiers' is free at once. */
const freeAgain = (tier: Tier, now: number) => (tier === "Aggressive" ? Math.ceil(now / HOUR + 24) * HOUR : now);

interface Pocketbook {
  available: bigint;
  /** What an open withdrawal has reserved. */
  leaving: { amount: bigint; id: bigint; expiresAt: number } | null;
  arrivals: { amount: bigint; free: number }[];
}

/** One provider, written down as on paper. */
class Paper {
  suspense = 0n;
  deposited = 0n;
  paid = 0n;
  readonly tiers = new Map<Tier, Pocketbook>();

  open(tier: Tier): Pocketbook {
    const known = this.tiers.get(tier) ?? { available: 0n, leaving: null, arrivals: [] };
    this.tiers.set(tier, known);
    return known;
  }

  arrive(tier: Tier, amount: bigint, now: number) {
    const book = this.open(tier);
    book.available += amount;
    book.arrivals.push({ amount, free: freeAgain(tier, now) });
  }

  free(tier: Tier, now: number): bigint {
    const { available, arrivals } = this.tiers.get(tier) as Pocketbook;
    let held = 0n;
    for (const arrival of arrivals) if (arrival.free > now) held += arrival.amount;
    return held > available ? 0n : available - held;
  }

  reaches(tier: Tier, amount: bigint): boolean {
    return (this.tiers.get(tier)?.available ?? 0n) + amount >= MINIMUM;
  }

  assignment(amount: bigint, tier: Tier): string {
    if (amount > this.suspense) return "ASSIGNMENT_ABOVE_SUSPENSE";
    return this.reaches(tier, amount) ? "done" : "POSITION_BELOW_MINIMUM";
  }

  move(amount: bigint, from: Tier, to: Tier, now: number): string {
    const book = this.tiers.get(from);
    if (!book) return "NO_POSITION";
    if (amount > this.free(from, now)) return "MOVE_ABOVE_MAXIMUM";
    const rest = book.available - amount;
    for (const left of [rest, rest + (book.leaving?.amount ?? 0n)])
      if (left !== 0n && left < MINIMUM) return "REMAINDER_BELOW_MINIMUM";
    return this.reaches(to, amount) ? "done" : "POSITION_BELOW_MINIMUM";
  }

  shown() {
    const positions = TIERS.flatMap((tier) => {
      const book = this.tiers.get(tier);
      return book ? [{ tier, available: book.available, reserved: book.leaving?.amount ?? 0n }] : [];
    });
    const total = positions.reduce((sum, { available, reserved }) => sum + available + reserved, this.suspense);
    return { positions, suspense: this.suspense, total };
  }
}

const who = fc.constantFrom(...WHO);
const tier = fc.constantFrom(...TIERS);
/** Mostly about the minimum, so that remainders and arrivals meet it from both sides. */
const amount = fc.oneof(fc.constantFrom(1n, 999_999n, MINIMUM, 2n * MINIMUM), fc.bigInt(1n, 4n * MINIMUM));
const ways = fc
  .shuffledSubarray([...TIERS], { minLength: 2 })
  .map(([from, to]) => ({ from, to }) as Record<"from" | "to", Tier>);

const deposit = fc.record({
  kind: fc.constant("deposit" as const),
  who,
  tier,
  amount: fc.bigInt(MINIMUM, 6n * MINIMUM),
});
const move = fc.record({ kind: fc.constant("move" as const), who, ways, amount, all: fc.boolean() });
const withdraw = fc.record({ kind: fc.constant("withdraw" as const), who, tier, amount });

const step = fc.oneof(
  { weight: 2, arbitrary: deposit },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("stray" as const), who, amount }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("assign" as const), who, tier, amount }) },
  { weight: 9, arbitrary: move },
  { weight: 3, arbitrary: withdraw },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pay" as const), who, tier }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), blocks: fc.constantFrom(1, 400, 9_000) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Enough to do everything with; each kind is done at least once. */
const BEGINNING: Step[] = [
  ...TIERS.map((tier) => ({ kind: "deposit" as const, who: ALICE, tier, amount: 3n * MINIMUM })),
  { kind: "stray", who: ALICE, amount: 3n * MINIMUM },
  { kind: "assign", who: ALICE, tier: "Balanced", amount: MINIMUM },
  { kind: "move", who: ALICE, ways: { from: "Balanced", to: "Aggressive" }, amount: MINIMUM, all: false },
  { kind: "withdraw", who: ALICE, tier: "Balanced", amount: MINIMUM },
];

class History {
  readonly vault = new PaperVault();
  readonly papers = new Map(WHO.map((address) => [address, new Paper()]));
  /** What was asked and how it was answered, to see that each was tried. */
  readonly answers = new Set<string>();

  constructor(private readonly backend: Backend) {}

  now() {
    return this.vault.timeOf(this.vault.height);
  }

  paper(address: string): Paper {
    return this.papers.get(address) as Paper;
  }

  /** Settled, and what expired by the new final block's time is given back. */
  async settle() {
    await settle(this.backend, this.vault);
    const finalTime = this.vault.timeOf(this.vault.height - this.vault.finality);
    for (const paper of this.papers.values())
      for (const book of paper.tiers.values())
        if (book.leaving && book.leaving.expiresAt <= finalTime) {
          book.available += book.leaving.amount;
          book.leaving = null;
        }
  }

  async take(given: Step) {
    switch (given.kind) {
      case "deposit":
        return this.deposit(given);
      case "stray":
        this.vault.deposit(given.who, "STX", given.amount, 0n);
        this.paper(given.who).suspense += given.amount;
        this.paper(given.who).deposited += given.amount;
        return this.settle();
      case "assign":
        return this.assign(given);
      case "move":
        return this.move(given);
      case "withdraw":
        return this.withdraw(given);
      case "pay":
        return this.pay(given);
      case "wait":
        this.vault.mine(given.blocks);
        return this.settle();
    }
  }

  async deposit({ who, tier, amount }: { who: string; tier: Tier; amount: bigint }) {
    const request = { token: "STX", tier, amount };
    const { reference } = await as(this.backend, who).action(api.liquidity.requestCommitCapital, request);
    const depositedAt = this.now();
    this.vault.deposit(who, "STX", amount, reference);
    this.paper(who).arrive(tier, amount, depositedAt);
    this.paper(who).deposited += amount;
    await this.settle();
  }

  async assign({ who, tier, amount }: { who: string; tier: Tier; amount: bigint }) {
    const paper = this.paper(who);
    const foreseen = paper.assignment(amount, tier);
    const request = { token: "STX", tier, amount };
    const answer = as(this.backend, who).action(api.liquidity.assignSuspense, request);
    expect(await codeOf(answer)).toBe(foreseen);
    this.answers.add(`assign ${foreseen}`);
    if (foreseen !== "done") return;
    paper.suspense -= amount;
    paper.arrive(tier, amount, this.now());
    expect((await answer).freeAt).toBe(freeAgain(tier, this.now()) * 1_000);
  }

  async move({ who, ways, ...given }: { who: string; ways: { from: Tier; to: Tier }; amount: bigint; all: boolean }) {
    const { from, to } = ways;
    const paper = this.paper(who);
    const whole = paper.tiers.get(from)?.available ?? 0n;
    const amount = given.all && whole > 0n ? whole : given.amount;
    const foreseen = paper.move(amount, from, to, this.now());
    const request = { token: "STX", fromTier: from, toTier: to, amount };
    expect(await codeOf(as(this.backend, who).action(api.liquidity.moveCapital, request))).toBe(foreseen);
    this.answers.add(`move ${foreseen}`);
    if (foreseen !== "done") return;
    paper.open(from).available -= amount;
    paper.arrive(to, amount, this.now());
  }

  async withdraw({ who, tier, amount }: { who: string; tier: Tier; amount: bigint }) {
    const book = this.paper(who).tiers.get(tier);
    if (!book || book.leaving) return;
    const free = this.paper(who).free(tier, this.now());
    const request = { token: "STX", tier, amount };
    const answer = as(this.backend, who).action(api.liquidity.requestWithdrawal, request);
    const code = await codeOf(answer);
    this.answers.add(`withdraw ${code}`);
    if (code !== "done") return;
    expect(amount <= free).toBe(true);
    const { authorization } = await answer;
    book.available -= amount;
    book.leaving = { amount, id: authorization.id, expiresAt: Number(authorization.expiresAt) };
  }

  async pay({ who, tier }: { who: string; tier: Tier }) {
    const book = this.paper(who).tiers.get(tier);
    if (!book?.leaving) return;
    const { amount, id } = book.leaving;
    book.leaving = null;
    this.paper(who).paid += amount;
    this.vault.withdraw(who, "STX", amount, id);
    await this.settle();
  }

  async expectAsOnPaper() {
    for (const [address, paper] of this.papers) {
      const { positions, suspense } = await as(this.backend, address).query(api.liquidity.getProviderPortfolio, {});
      const inSuspense = suspense[0]?.amount ?? 0n;
      const told = positions.map(({ tier, available, reserved }) => ({ tier, available, reserved }));
      const byTier = (a: { tier: Tier }, b: { tier: Tier }) => TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier);
      const { total, ...shown } = paper.shown();
      expect({ positions: told.sort(byTier), suspense: inSuspense }).toEqual(shown);
      expect(total).toBe(paper.deposited - paper.paid);
    }
  }

  async expectTiersAsOnPaper() {
    for (const tier of TIERS) {
      const metrics = await this.backend.run((ctx) => tierMetricsOf(ctx, { tier, token: "STX" }));
      const rows = [...this.papers.values()].flatMap((paper) => paper.shown().positions.filter((p) => p.tier === tier));
      const totals = rows.map(({ available, reserved }) => available + reserved);
      expect(metrics.totalCapital_virtual).toBe(totals.reduce((sum, total) => sum + total, 0n));
      expect(metrics.providerCount).toBe(totals.filter((total) => total > 0n).length);
    }
  }
}

function codeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => "done",
    (error) => error.data?.code ?? String(error),
  );
}

test("what providers own is conserved to the unit through any history, and each answer is foreseen", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 35 }), async (steps) => {
      const backend = await openBackend();
      const history = new History(backend);
      await history.settle();
      for (const given of [...BEGINNING, ...steps]) {
        await history.take(given);
        await history.expectAsOnPaper();
      }
      await history.expectTiersAsOnPaper();
      await expectBooksToFold(backend);
      for (const done of ["assign done", "move done", "withdraw done"]) expect(history.answers).toContain(done);
    }),
    { numRuns: 3 },
  );
});
