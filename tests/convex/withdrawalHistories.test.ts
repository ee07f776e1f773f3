/**
 * Random histories of withdrawals, told a second time by replaying from nothing what is final on the chain and what was
 * signed. The replay knows no reserve, no running total and no state of a withdrawal.
 */
import fc from "fast-check";
import { expect, inject, test, vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import type { Id } from "../../convex/_generated/dataModel";
import { ALICE, BOB } from "./backend";
import { HOUR, Scene } from "./withdrawing";

const PEOPLE = [ALICE, BOB];
const MINIMUM = 1_000_000;

type Kind = "position" | "suspense";

interface Signed {
  withdrawalId: Id<"withdrawals">;
  id: bigint;
  who: string;
  kind: Kind;
  amount: number;
  expiresAt: number;
  isCancelled: boolean;
}

const who = fc.constantFrom(...PEOPLE);
const KINDS: Kind[] = ["position", "suspense"];
const kind = fc.constantFrom(...KINDS);
/** Eighths of what somebody holds: some are nothing, too much, or leave too little behind. */
const eighths = fc.constantFrom(0, 1, 4, 7, 8, 8, 9);
/** Counted back from the newest. */
const which = fc.constantFrom(0, 0, 0, 1, 2, 5);
const amount = fc.integer({ min: MINIMUM, max: 5 * MINIMUM });
const command = fc.oneof(
  { weight: 1, arbitrary: fc.record({ does: fc.constant("deposit" as const), who, kind, amount }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("quote" as const), who }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("request" as const), who, kind, eighths }) },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constantFrom("cancel" as const, "pay" as const, "revoke" as const), which }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant("sync" as const), blocks: fc.constantFrom(0, 1, 3, 3, HOUR) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant("reorganise" as const), depth: fc.integer({ min: 1, max: 2 }) }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** What the chain and the signatures alone say, as of the last look. */
function replay(seen: Seen, signed: Signed[], references: Map<bigint, string>) {
  const holds: Record<string, number> = {};
  const add = (owner: string, of: Kind, amount: number) => {
    holds[`${owner} ${of}`] = (holds[`${owner} ${of}`] ?? 0) + amount;
  };
  const gone = new Set<bigint>();
  for (const { event } of seen.final) {
    if (event.kind === "deposit") {
      add(event.depositor, references.has(event.reference) ? "position" : "suspense", Number(event.amount));
    } else if (event.kind === "withdrawal" || event.kind === "revocation") {
      const its = signed.find(({ id }) => id === event.authorizationId);
      if (!its) throw new Error("the history pays and revokes only what was signed");
      if (event.kind === "withdrawal") add(its.who, its.kind, -its.amount);
      gone.add(its.id);
    }
  }
  const open = signed.filter(({ id, expiresAt }) => !gone.has(id) && expiresAt > seen.finalTime);
  return { of: (owner: string, of: Kind) => holds[`${owner} ${of}`] ?? 0, open };
}

interface Seen {
  final: Scene["vault"]["events"];
  finalTime: number;
  tipTime: number;
  /** What the vault can pay at all, and at once. */
  balance: number;
  burst: number;
}

class History {
  private readonly signed: Signed[] = [];
  private readonly references = new Map<bigint, string>();
  private seen: Seen;

  private constructor(private readonly scene: Scene) {
    this.seen = this.look();
  }

  static async begin(cap: number): Promise<History> {
    const scene = await Scene.open();
    scene.vault.finality = 3;
    scene.vault.cap = BigInt(cap);
    scene.vault.mine();
    const history = new History(scene);
    for (const owner of PEOPLE)
      for (const of of KINDS) await history.deposit({ who: owner, kind: of, amount: 5 * MINIMUM });
    await history.run({ does: "sync", blocks: 3 });
    return history;
  }

  private look(): Seen {
    const { vault } = this.scene;
    const finalHeight = vault.height - vault.finality;
    let balance = 0;
    for (const { event } of vault.events) {
      if (event.kind === "deposit") balance += Number(event.amount);
      if (event.kind === "withdrawal") balance -= Number(event.amount);
    }
    return {
      final: vault.events.filter(({ blockHeight }) => blockHeight <= finalHeight),
      finalTime: vault.timeOf(finalHeight),
      tipTime: vault.timeOf(vault.height),
      balance,
      burst: Math.floor(Number(vault.cap) / 2),
    };
  }

  private get told() {
    return replay(this.seen, this.signed, this.references);
  }

  /** Why an amount can't leave; nothing if it can. */
  private objections(owner: string, of: Kind, amount: number): string[] {
    const { of: holdingOf, open } = this.told;
    const sum = (some: Signed[]) => some.reduce((total, known) => total + known.amount, 0);
    const total = holdingOf(owner, of);
    const mine = open.filter((known) => known.who === owner && known.kind === of);
    const promised = sum(open);
    const found: string[] = [];
    if (mine.length > 0) found.push("another one is open");
    if (amount < 1) found.push("nothing");
    if (amount > total - sum(mine)) found.push("more than is free");
    if (amount > this.seen.balance - promised || amount > this.seen.burst - promised) found.push("the vault");
    if (of === "position" && total > amount && total - amount < MINIMUM) found.push("the minimum");
    return found;
  }

  async run(step: Command) {
    const { vault } = this.scene;
    switch (step.does) {
      case "deposit":
        return this.deposit(step);
      case "quote":
        return this.quote(step.who);
      case "request":
        return this.request(step.who, step.kind, Math.floor((this.told.of(step.who, step.kind) * step.eighths) / 8));
      case "cancel":
      case "pay":
      case "revoke":
        return this.end(step.does, this.signed.at(-1 - step.which));
      case "sync":
        vault.mine(step.blocks);
        await this.scene.sync();
        this.seen = this.look();
        return;
      case "reorganise": {
        const lost = vault.events.filter(({ blockHeight }) => blockHeight > vault.height - step.depth);
        if (lost.length > 0) vault.orphan(lost.length);
        vault.mine();
        return;
      }
    }
  }

  private async deposit({ who: owner, kind: of, amount }: { who: string; kind: Kind; amount: number }) {
    const reference = BigInt(this.references.size + 1);
    if (of === "position") {
      const deposit = { token: "STX" as const, amount: BigInt(amount), reference };
      const commitment = { ...deposit, provider: owner, depositor: owner, tier: "Balanced" as const };
      await this.scene.backend.mutation(internal.commitments.requests.create, commitment);
      this.references.set(reference, owner);
    }
    this.scene.vault.deposit(owner, "STX", BigInt(amount), of === "position" ? reference : 0n);
  }

  private async quote(owner: string) {
    const quote = await this.scene.quote(owner).catch((error) => error.data as { code: string });
    const open = this.objections(owner, "position", 1).includes("another one is open");
    if ("code" in quote) {
      expect(quote.code).toBe(open ? "WITHDRAWAL_OPEN" : "NO_POSITION");
      if (!open) expect(this.told.of(owner, "position")).toBe(0);
      return;
    }
    const max = Number(quote.max);
    if (max > 0) expect(this.objections(owner, "position", max)).toEqual([]);
    expect(this.objections(owner, "position", max + 1)).not.toEqual([]);
  }

  private async request(owner: string, of: Kind, amount: number) {
    const earlier = this.told.open.find((known) => known.who === owner && known.kind === of);
    const isRepeated = earlier?.amount === amount && !earlier.isCancelled;
    const from = of === "position" ? { kind: of, tier: "Balanced" as const } : { kind: of };
    const id = BigInt(this.signed.length + 1);
    const asked = { provider: owner, token: "STX" as const, amount: BigInt(amount), from, authorizationId: id };
    const answer = await this.scene.backend
      .mutation(internal.withdrawals.requests.authorise, asked)
      .catch((error) => error.data as { code: string });
    const refused = this.objections(owner, of, amount);
    if ("code" in answer) {
      expect([answer.code, isRepeated, refused]).not.toEqual([answer.code, false, []]);
    } else if (isRepeated) {
      expect(answer.authorization.id).toBe(earlier.id);
    } else {
      expect(refused).toEqual([]);
      const { withdrawalId, authorization } = answer;
      const expiresAt = this.seen.tipTime + 3_600;
      expect(authorization).toMatchObject({ id, expiresAt: BigInt(expiresAt) });
      this.signed.push({ withdrawalId, id, who: owner, kind: of, amount, expiresAt, isCancelled: false });
    }
  }

  /** The vault pays and revokes by its own rules: each id once, and none that has expired is paid. */
  private async end(does: "cancel" | "pay" | "revoke", its: Signed | undefined) {
    const { vault, backend } = this.scene;
    if (!its) return;
    if (does === "cancel") {
      its.isCancelled ||= this.told.open.includes(its);
      await backend.mutation(internal.withdrawals.requests.cancel, {
        provider: its.who,
        withdrawalId: its.withdrawalId,
      });
      return;
    }
    const isUsed = vault.events.some(({ event }) => "authorizationId" in event && event.authorizationId === its.id);
    if (isUsed) return;
    if (does === "revoke") vault.revoke(its.id);
    else if (vault.timeOf(vault.height) < its.expiresAt) vault.withdraw(its.who, "STX", BigInt(its.amount), its.id);
  }

  /** Balances as the replay has them; the running total of what is authorised is the sum of what is open. */
  async expectAsTold() {
    const { of, open } = this.told;
    const openOf = (owner: string, kind: Kind) =>
      open.filter((known) => known.who === owner && known.kind === kind).reduce((sum, { amount }) => sum + amount, 0);
    for (const owner of PEOPLE) {
      const { positions, suspense } = await this.scene.portfolio(owner);
      const [position] = positions;
      const [left, waiting] = [openOf(owner, "position"), openOf(owner, "suspense")];
      expect([position?.available ?? 0n, position?.reserved ?? 0n].map(Number)).toEqual([
        of(owner, "position") - left,
        left,
      ]);
      const [idle] = suspense;
      expect([idle?.amount ?? 0n, idle?.reserved ?? 0n].map(Number)).toEqual([
        of(owner, "suspense") - waiting,
        waiting,
      ]);
    }
    const total = await this.scene.backend.run((ctx) => ctx.db.query("authorisedTotals").first());
    expect(Number(total?.amount ?? 0n)).toBe(open.reduce((sum, { amount }) => sum + amount, 0));
    expect(await this.scene.stopped()).toBeNull();
  }

  /** An hour later nothing is open, and the books are folds of their entries. */
  async finish() {
    for (const blocks of [HOUR, 3] as const) {
      await this.run({ does: "sync", blocks });
      await this.expectAsTold();
    }
    expect(this.told.open).toEqual([]);
    await this.scene.expectExactBooks();
  }
}

test("whatever happens in whichever order, balances are what the chain and the signatures say", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const numRuns = inject("engine") === "convex-test" ? 60 : 12;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(10 ** 15, 8 * MINIMUM),
      fc.array(command, { minLength: 5, maxLength: 25 }),
      async (cap, steps) => {
        const history = await History.begin(cap);
        for (const step of steps) {
          await history.run(step);
          if (step.does === "sync") await history.expectAsTold();
        }
        await history.finish();
      },
    ),
    { numRuns },
  );
}, 240_000);
