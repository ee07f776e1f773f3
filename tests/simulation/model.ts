/**
 * What providers are owed, told again in the simplest way: lists of what happened, and every number a sum over a whole
 * list. Nothing of src/domain but its words.
 */
import { TIERS, type Tier } from "../../src/domain/tiers";
import { TOKENS, type Token } from "../../src/domain/tokens";
import type { BlockMark, ObservedAccount, ObservedEvent } from "../../src/stacks/observe";
import type { VaultEvent } from "../../src/stacks/vaultEvents";

export const DAY = 86_400;
export const HOUR = 3_600;

export interface Terms {
  capacityLimit: bigint | null;
  minimumPosition: bigint;
  minimumHoldSeconds: number;
}

export interface Commitment {
  id: string;
  reference: bigint;
  provider: string;
  depositor: string;
  token: Token;
  tier: Tier;
  amount: bigint;
  key: string | undefined;
  expiresAt: number;
  status: "open" | "fulfilled" | "cancelled" | "expired";
}

/** A tier of the provider, or what it has in suspense. */
export type Place = Tier | "suspense";

export interface Withdrawal {
  id: string;
  authorizationId: bigint;
  provider: string;
  token: Token;
  place: Place;
  amount: bigint;
  key: string | undefined;
  expiresAt: bigint;
  signature: string;
  status: "authorised" | "cancelling" | "paid" | "expired" | "revoked";
}

export interface Move {
  id: string;
  provider: string;
  token: Token;
  from: Place;
  to: Tier;
  amount: bigint;
  key: string | undefined;
}

interface Lot {
  provider: string;
  tier: Tier;
  token: Token;
  amount: bigint;
  until: number;
}

interface Transfer {
  token: Token;
  from: string;
  to: string;
  amount: bigint;
}

/** The chain as the last look that was applied showed it. */
export interface Seen {
  tip: BlockMark;
  final: BlockMark;
  paused: boolean;
  accounts: ObservedAccount[];
  /** Events of the look above the final block. */
  waiting: ObservedEvent[];
  /** The last sequence that was seen. */
  upTo: number;
  complete: boolean;
}

export type Capability = "commit" | "withdraw" | "policies" | "settle" | "sync";

/** Outside of the books: where deposits come from, and payments go. */
const OUTSIDE = "outside";
export const free = (provider: string, place: Place) => `${provider}/${place}/free`;
export const reserved = (provider: string, place: Place) => `${provider}/${place}/reserved`;

export class Model {
  commitments: Commitment[] = [];
  withdrawals: Withdrawal[] = [];
  moves: Move[] = [];
  lots: Lot[] = [];
  transfers: Transfer[] = [];
  booked: ObservedEvent[] = [];
  terms = new Map<string, Terms>();
  optedOut = new Set<string>();
  tripped = new Set<Capability>();
  restore: "no" | "looking" | number = "no";
  seen: Seen | null = null;
  breaches = 0;
  /** Ids of withdrawals that somebody cancelled while they could still be paid. */
  revocationsOwed: bigint[] = [];

  constructor(private readonly vault: string) {}

  copy(): Model {
    return Object.assign(new Model(this.vault), structuredClone({ ...this }));
  }

  balance(account: string, token: Token): bigint {
    return this.transfers
      .filter((one) => one.token === token)
      .reduce(
        (sum, { from, to, amount }) => sum + (to === account ? amount : 0n) - (from === account ? amount : 0n),
        0n,
      );
  }

  bookedTotal(token: Token): bigint {
    return -this.balance(OUTSIDE, token);
  }

  hasPosition(provider: string, tier: Tier, token: Token): boolean {
    return this.transfers.some((one) => one.token === token && one.to === free(provider, tier));
  }

  totalOf(provider: string, place: Place, token: Token): bigint {
    return this.balance(free(provider, place), token) + this.balance(reserved(provider, place), token);
  }

  onHold(provider: string, tier: Tier, token: Token, now: number): bigint {
    return this.lots
      .filter((lot) => lot.provider === provider && lot.tier === tier && lot.token === token && now < lot.until)
      .reduce((sum, { amount }) => sum + amount, 0n);
  }

  termsOf(tier: Tier, token: Token): Terms {
    const terms = this.terms.get(`${tier} ${token}`);
    if (!terms) throw new Error(`The simulation sets all terms, but not those of ${tier} ${token}`);
    return terms;
  }

  private everybody(): Set<string> {
    return new Set(this.transfers.flatMap(({ from, to }) => [from, to]).map((account) => account.split("/")[0] ?? ""));
  }

  positionsIn(tier: Tier, token: Token): bigint[] {
    return [...this.everybody()].map((who) => this.totalOf(who, tier, token)).filter((total) => total > 0n);
  }

  capitalOf(tier: Tier, token: Token): bigint {
    return this.positionsIn(tier, token).reduce((sum, total) => sum + total, 0n);
  }

  heldFor(tier: Tier, token: Token): bigint {
    return this.commitments
      .filter((one) => one.tier === tier && one.token === token && one.status === "open")
      .reduce((sum, { amount }) => sum + amount, 0n);
  }

  /** Null: any. */
  roomIn(tier: Tier, token: Token): bigint | null {
    const { capacityLimit } = this.termsOf(tier, token);
    if (capacityLimit === null) return null;
    const room = capacityLimit - this.capitalOf(tier, token) - this.heldFor(tier, token);
    return room < 0n ? 0n : room;
  }

  openWithdrawals(token: Token): Withdrawal[] {
    const isOpen = ({ status }: Withdrawal) => status === "authorised" || status === "cancelling";
    return this.withdrawals.filter((one) => one.token === token && isOpen(one));
  }

  authorised(token: Token): bigint {
    return this.openWithdrawals(token).reduce((sum, { amount }) => sum + amount, 0n);
  }

  transfer(token: Token, from: string, to: string, amount: bigint) {
    if (amount > 0n) this.transfers.push({ token, from, to, amount });
  }

  /** Capital that arrives stays for the tier's time, rounded up to a 24th of it. */
  arrive(provider: string, tier: Tier, token: Token, amount: bigint, now: number): number {
    const { minimumHoldSeconds: seconds } = this.termsOf(tier, token);
    if (seconds === 0) return now;
    const slot = Math.max(1, Math.ceil(seconds / 24));
    let until = now + seconds;
    while (until % slot !== 0) until += 1;
    this.lots.push({ provider, tier, token, amount, until });
    return until;
  }

  /** What a final event does. */
  book(observed: ObservedEvent) {
    const { event } = observed;
    if (event.kind === "deposit") this.bookDeposit(event, observed.blockTime);
    if (event.kind === "withdrawal") this.bookPayment(event);
    if (event.kind === "revocation") this.bookRevocation(event.authorizationId);
    if (event.kind === "surplus") this.transfer(event.token, OUTSIDE, free(this.vault, "suspense"), event.amount);
    this.booked.push(observed);
  }

  private bookDeposit(event: VaultEvent & { kind: "deposit" }, at: number) {
    const { depositor, token, amount, reference } = event;
    const claim = this.commitments.find((one) => one.reference === reference);
    const credited = claim ? this.creditedBy(claim, event) : 0n;
    if (claim && credited > 0n) {
      claim.status = "fulfilled";
      this.transfer(token, OUTSIDE, free(claim.provider, claim.tier), credited);
      this.arrive(claim.provider, claim.tier, token, credited, at);
    }
    this.transfer(token, OUTSIDE, free(depositor, "suspense"), amount - credited);
  }

  private creditedBy(claim: Commitment, { depositor, token, amount }: VaultEvent & { kind: "deposit" }): bigint {
    if (claim.status === "fulfilled" || claim.depositor !== depositor || claim.token !== token) return 0n;
    const wanted = amount < claim.amount ? amount : claim.amount;
    const room = this.roomIn(claim.tier, token);
    return claim.status === "open" || room === null || wanted <= room ? wanted : 0n;
  }

  private bookPayment(event: VaultEvent & { kind: "withdrawal" }) {
    const { withdrawer, token, amount, authorizationId } = event;
    const ours = this.openWithdrawals(token).find(
      (one) => one.authorizationId === authorizationId && one.provider === withdrawer && one.amount === amount,
    );
    if (ours) {
      ours.status = "paid";
      this.transfer(token, reserved(ours.provider, ours.place), OUTSIDE, amount);
    } else {
      this.transfer(token, `breach/${withdrawer}`, OUTSIDE, amount);
      this.breaches += 1;
      this.tripped.add("withdraw");
    }
  }

  private bookRevocation(authorizationId: bigint) {
    for (const token of TOKENS) {
      const ours = this.openWithdrawals(token).find((one) => one.authorizationId === authorizationId);
      if (ours) this.giveBack(ours, "revoked");
    }
  }

  private giveBack(one: Withdrawal, status: "revoked" | "expired") {
    one.status = status;
    this.transfer(one.token, reserved(one.provider, one.place), free(one.provider, one.place), one.amount);
  }

  /** A look that was applied: `events` are those of the chain that it brought beyond what is booked. */
  look(seen: Seen, events: ObservedEvent[]) {
    for (const observed of events) {
      if (observed.blockHeight > seen.final.height) break;
      this.book(observed);
    }
    this.seen = seen;
    if (!seen.complete) return;
    const { tip, final } = seen;
    for (const token of TOKENS) {
      for (const one of this.openWithdrawals(token))
        if (one.expiresAt <= BigInt(final.time)) this.giveBack(one, "expired");
    }
    for (const one of this.commitments) {
      if (one.status === "open" && one.expiresAt <= final.time) one.status = "expired";
    }
    if (this.restore === "looking") this.restore = tip.time + HOUR;
    else if (this.restore !== "no" && final.time >= this.restore) this.restore = "no";
  }

  positionsOf(provider: string) {
    return TIERS.flatMap((tier) => TOKENS.map((token) => ({ tier, token }))).filter(({ tier, token }) =>
      this.hasPosition(provider, tier, token),
    );
  }
}
