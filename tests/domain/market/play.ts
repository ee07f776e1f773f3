/** Plays a history on the paper market, holds every rule to its exact value, and keeps beside it what each actor should have. */
import type { Act, History, Of } from "./acts";
import { down, type Fraction, isAtMost, isLess, minus, plus, ratio, sumOf, times, up, whole, ZERO } from "./fraction";
import { atMost, must, same } from "./must";
import { exactCoverage, exactPayoff, exactPayout, exactShares, needOfAll } from "./naive";
import { type Ended, type Sold, World } from "./world";

/** Fewer than so many units from the exact value may anybody be, for each policy that it had to do with. */
const ROUNDINGS_OF_POLICY = 6;

const POSITIONS = ["a", "b", "c", "d"];

interface Account {
  /** What it should have, without any rounding. */
  worth: Fraction;
  policies: number;
}

export class Game {
  readonly world: World;
  /** Positions, `insurance` and `fees`: from what was agreed, never from the books. */
  readonly accounts = new Map<string, Account>();
  /** What each buyer paid less what it got, and that in exact payoffs. */
  readonly buyers = new Map<string, { got: bigint; deserved: Fraction; paid: bigint }>();
  ended = 0;
  /** Policies that asked more than those behind them had. */
  shortages = 0;

  constructor({ rules, price }: Pick<History, "rules" | "price">) {
    this.world = new World(rules, price);
  }

  private account(name: string): Account {
    return this.accounts.get(name) ?? { worth: ZERO, policies: 0 };
  }

  private credit(name: string, amount: Fraction, policies = 0) {
    const before = this.account(name);
    this.accounts.set(name, { worth: plus(before.worth, amount), policies: before.policies + policies });
  }

  private debit(name: string, amount: Fraction) {
    this.credit(name, minus(ZERO, amount));
  }

  perform(act: Act) {
    (this[act.kind] as (act: Act) => void).call(this, act);
    checkBooks(this.world);
    this.checkNeeds();
  }

  deposit({ position, amount }: Pick<Of<"deposit">, "position" | "amount">) {
    const id = POSITIONS[position] as string;
    if (amount === 0n) return;
    this.world.deposit(id, amount);
    this.credit(id, whole(amount));
  }

  withdraw({ position, amount }: Pick<Of<"withdraw">, "position" | "amount">): bigint {
    const id = POSITIONS[position] as string;
    const left = this.world.withdraw(id, amount);
    this.debit(id, whole(left));
    const capital = this.world.capital(id);
    if (left > 0n)
      atMost(`what ${id} needs after a withdrawal`, this.world.need(id, this.world.rules.warningBuffer), capital);
    return left;
  }

  /** Whoever deposits and withdraws the same is where it was. */
  "round trip"({ position, amount }: Of<"round trip">) {
    const before = new Map(this.world.balances);
    this.deposit({ position, amount });
    if (this.withdraw({ position, amount }) === amount)
      same("a round trip", moving(this.world.balances), moving(before));
  }

  accepting({ position, accepting }: Of<"accepting">) {
    const known = this.world.positions.get(POSITIONS[position] as string);
    if (known) known.accepting = accepting;
  }

  sell({ buyer, strike, quantity, seconds }: Of<"sell">) {
    const { world } = this;
    const strikeUsdMicros = (world.priceUsdMicros * BigInt(strike)) / 1_000_000n;
    const sold = world.sell(`buyer ${buyer}`, { strikeUsdMicros, quantity, seconds });
    if (!sold) return;
    checkTerms(world, sold);
    const known = this.buyers.get(sold.buyer) ?? { got: 0n, deserved: ZERO, paid: 0n };
    this.buyers.set(sold.buyer, { ...known, paid: known.paid + sold.premium });
  }

  /** Time stops at each expiry, as the backend does. */
  tick({ seconds }: Of<"tick">) {
    const until = this.world.time + seconds;
    const due = this.world.policies.filter(({ isLive, expiresAt }) => isLive && expiresAt <= until);
    for (const policy of due.sort((one, other) => one.expiresAt - other.expiresAt)) {
      this.world.time = policy.expiresAt;
      this.end(policy);
    }
    this.world.time = until;
  }

  price({ price }: Of<"price">) {
    this.world.priceUsdMicros = price;
  }

  private live(pick: number): Sold | undefined {
    const live = this.world.policies.filter(({ isLive }) => isLive);
    return live[pick % Math.max(1, live.length)];
  }

  earn({ pick }: Of<"earn">) {
    const policy = this.live(pick);
    if (policy) this.world.earn(policy);
  }

  collect({ position }: Of<"collect">) {
    const id = POSITIONS[position] as string;
    const before = this.world.claim(id);
    this.world.collect(id);
    same("what is owed after collecting", this.world.claim(id), before);
    same("yield after collecting", this.world.pocket(id, "yield"), 0n);
  }

  "top up"({ pick }: Of<"top up">) {
    const policy = this.live(pick);
    if (policy) this.world.topUp(policy);
  }

  exercise({ pick }: Of<"exercise">) {
    const policy = this.live(pick);
    if (policy) this.end(policy);
  }

  endAll() {
    for (const policy of this.world.policies) if (policy.isLive) this.end(policy);
  }

  private end(policy: Sold) {
    const { world } = this;
    const before = policy.backings.map(({ positionId: id }) => {
      return { id, locked: world.lockedBehind(policy, id), available: world.pocket(id, "available") };
    });
    const ended = world.end(policy);
    checkBooks(world);
    this.checkPayout(policy, ended);
    this.checkShortage(policy, ended, before);
    this.settle(policy, ended);
    this.ended += 1;
    if (ended.missing + ended.insured > 0n) this.shortages += 1;
  }

  /** The buyer gets what the policy says, never less than what was locked for it. */
  private checkPayout({ put, buyer }: Sold, { payout, paid, lockBefore, missing }: Ended) {
    const price = this.world.priceUsdMicros;
    const exact = exactPayout(put, price);
    must("a payout is not rounded up", isAtMost(whole(payout), exact));
    must("a payout is not a unit short", isLess(exact, whole(payout + 1n)));
    same("paid and missing", paid + missing, payout);
    atMost("min(payoff, lock)", payout < lockBefore ? payout : lockBefore, paid);
    atMost("what was paid, by the coverage", paid, put.coverage);
    const known = this.buyers.get(buyer);
    if (!known) throw new Error(`${buyer} has a policy that it did not buy`);
    known.got += paid;
    known.deserved = plus(known.deserved, exactPayoff(put, price));
    must("nobody gets more than the un-rounded payoffs", isAtMost(whole(known.got), known.deserved));
  }

  /** Something is missing only where insurance has nothing left, and whoever owes more than it paid has nothing free. */
  private checkShortage(
    { put, backings }: Sold,
    { payout, missing, payers, insured, paid }: Ended,
    before: { id: string; locked: bigint; available: bigint }[],
  ) {
    const sum = [...payers.values()].reduce((all, amount) => all + amount, insured);
    same("what all payers pay", sum, paid);
    if (missing > 0n) same("insurance, while something is missing", this.world.balance("insurance"), 0n);
    for (const { id, locked, available } of before) {
      const share = backings.find(({ positionId }) => positionId === id)?.coverage ?? 0n;
      const due = times(whole(payout), ratio(share, put.coverage));
      const pays = payers.get(id) ?? 0n;
      atMost(`what ${id} pays`, pays, locked + available);
      const isShort = pays < down(due);
      if (isShort) same(`what ${id} pays while it is short`, pays, locked + available);
      // Only for others that are short does anybody pay more than its due, and only out of what is locked.
      if (pays > up(due)) {
        atMost(`what ${id} pays for others`, pays, locked);
        same("insurance, while others pay for who is short", this.world.balance("insurance"), 0n);
      }
    }
  }

  /** What the policy brought to each of those behind it, and took of them. */
  private settle({ premium, backings }: Sold, { payers, insured }: Ended) {
    const { insuranceShare, feeShare } = this.world.rules;
    const part = (rate: number) => times(whole(premium), ratio(rate, 1_000_000));
    const yields = part(1_000_000 - insuranceShare - feeShare);
    const shares = exactShares(
      yields,
      backings.map(({ coverage }) => coverage),
    );
    for (const [n, { positionId }] of backings.entries()) {
      this.credit(positionId, minus(shares[n] ?? ZERO, whole(payers.get(positionId) ?? 0n)), 1);
    }
    this.credit("insurance", minus(part(insuranceShare), whole(insured)), 1);
    this.credit("fees", part(feeShare), 1);
  }

  /** Once no policy is open: everybody has what it should, but for less than a few units for each policy. */
  checkAccounts() {
    for (const [name, { worth, policies }] of this.accounts) {
      const isHouse = name === "insurance" || name === "fees";
      const has = isHouse ? this.world.balance(name) : this.world.claim(name);
      const bound = whole(ROUNDINGS_OF_POLICY * policies);
      const off = minus(whole(has), worth);
      const isClose = isAtMost(off, bound) && isAtMost(minus(ZERO, off), bound);
      if (!isClose) throw new Error(`${name} has ${has}, but should have ${worth.top} / ${worth.bottom}`);
    }
    const owed = sumOf([...this.accounts.values()].map(({ worth }) => worth));
    const holds = -this.world.balance("vault");
    must("what all should have is what the vault holds", isAtMost(owed, whole(holds)) && isAtMost(whole(holds), owed));
  }

  private checkNeeds() {
    const { world } = this;
    for (const id of POSITIONS) {
      const exposures = world.exposures(id);
      if (exposures.length === 0) continue;
      const { floorRate, warningBuffer: buffer } = world.rules;
      const worth = needOfAll(exposures, world.priceUsdMicros, { buffer, floorRate });
      const need = world.need(id, buffer);
      const locked = exposures.reduce((sum, { lock }) => sum + lock, 0n);
      atMost(`what ${id}'s policies are worth, by its need`, worth, need);
      atMost(`what ${id} needs`, need, worth + locked);
    }
  }
}

const moving = (balances: Map<string, bigint>) =>
  [...balances]
    .filter(([, balance]) => balance !== 0n)
    .sort()
    .join();

/** What the books must be after everything, whatever happened. */
function checkBooks(world: World) {
  let owed = 0n;
  for (const [name, balance] of world.balances) {
    if (name.startsWith("of/")) continue;
    owed += balance;
    if (name !== "vault" && balance < 0n) throw new Error(`${name} is ${balance}`);
  }
  same("the sum of all accounts", owed, 0n);
  let locks = 0n;
  for (const policy of world.policies) {
    const { policyId, put, lock, premium, earned } = policy;
    const parts = policy.backings.map(({ positionId }) => world.lockedBehind(policy, positionId));
    const behind = parts.reduce((sum, part) => sum + part, world.balance(`cover/${policyId}`));
    same(`what stands behind policy ${policyId}`, behind, lock);
    atMost(`the lock of policy ${policyId}`, lock, put.coverage);
    same(`what policy ${policyId} has not earned`, world.balance(`premium/${policyId}`), premium - earned);
    locks += lock - world.balance(`cover/${policyId}`);
  }
  same(
    "what positions have locked",
    POSITIONS.reduce((sum, id) => sum + world.pocket(id, "locked"), 0n),
    locks,
  );
}

/** What was agreed is what DESIGN says, to the unit, and all of it has somebody behind it. */
function checkTerms({ rules, priceUsdMicros, positions }: World, { put, backings, lock, premium, ...sold }: Sold) {
  same("coverage", put.coverage, up(exactCoverage(put, sold.floorPriceUsdMicros)));
  same("lock", lock, up(times(whole(put.coverage), ratio(rules.initialMargin, 1_000_000))));
  must(
    "an exercise at once never pays more than the premium",
    isAtMost(exactPayout(put, priceUsdMicros), whole(premium)),
  );
  must("nothing is sold for nothing", premium > 0n);
  const sum = (part: "quantity" | "coverage") => backings.reduce((all, one) => all + one[part], 0n);
  same("quantity of all backings", sum("quantity"), put.quantity);
  same("coverage of all backings", sum("coverage"), put.coverage);
  same("backings by position", new Set(backings.map(({ positionId }) => positionId)).size, backings.length);
  for (const { positionId, quantity } of backings) {
    must("a backing protects something", quantity > 0n);
    must("who opted out backs no new policy", positions.get(positionId)?.accepting === true);
  }
}
