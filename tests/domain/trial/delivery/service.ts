/**
 * A backend on paper: what was decided (by people or by itself), and what the vault's final events make of it, by the rules and
 * entries of src/domain. It remembers the order of both, so that the same can be played again without any disturbance.
 */
import { amountTaken, type CommitmentStatus } from "../../../../src/domain/commitments";
import { type Hold, holdArrival, NO_HOLD } from "../../../../src/domain/holds";
import {
  type AuthorisedWithdrawal,
  depositEntry,
  type Entry,
  reserveEntry,
  surplusEntry,
  unreserveEntry,
  withdrawalEntry,
} from "../../../../src/domain/ledger";
import type { Token } from "../../../../src/domain/tokens";
import type { ObservedEvent } from "../../../../src/stacks/observe";
import { PaperBooks } from "./books";
import { Cover, type Sold } from "./cover";

export const VAULT = "the vault";
/** How long capital stays in a position whose name says so, seconds. */
export const HOLD_SECONDS = 1_800;

export const holdSecondsOf = (positionId: string) => (positionId.includes("held") ? HOLD_SECONDS : 0);

export interface Commitment {
  depositor: string;
  token: Token;
  amount: bigint;
  positionId: string;
  status: CommitmentStatus;
}

export interface Withdrawal extends AuthorisedWithdrawal {
  expiresAt: number;
  status: "open" | "paid" | "revoked" | "expired";
}

/** What is not the vault's event. */
export type Decision =
  | { kind: "commit"; commitment: Omit<Commitment, "status"> }
  | { kind: "reserve"; withdrawal: Omit<Withdrawal, "status"> }
  | { kind: "expire"; authorizationId: bigint; finalTime: number }
  /** Capital moves to a position. */
  | { kind: "arrive"; entry: Entry; positionId: string; amount: bigint; at: number }
  | { kind: "quote"; sold: Sold }
  | { kind: "lapse"; policyId: bigint; finalTime: number }
  | { kind: "earn"; policyId: bigint; at: number }
  | { kind: "raise"; policyId: bigint; parts: { positionId: string; amount: bigint }[] }
  | { kind: "payout"; policyId: bigint; priceUsdMicros: bigint; at: number };

export class Service {
  readonly books = new PaperBooks();
  readonly commitments: Commitment[] = [];
  readonly withdrawals = new Map<bigint, Withdrawal>();
  readonly cover = new Cover(this.books);
  readonly holds = new Map<string, Hold>();
  /** Decisions, and the sequences of events that were booked, in the order in which they came. */
  readonly journal: (Decision | bigint)[] = [];
  private readonly authorised: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  /** Payments that nobody here authorised. */
  breaches = 0;

  decide(decision: Decision) {
    this.journal.push(decision);
    this.perform(decision);
    this.check();
  }

  private perform(decision: Decision) {
    switch (decision.kind) {
      case "commit":
        this.commitments.push({ ...decision.commitment, status: "open" });
        return;
      case "reserve": {
        const { withdrawal } = decision;
        this.books.book(reserveEntry(withdrawal));
        this.withdrawals.set(withdrawal.authorizationId, { ...withdrawal, status: "open" });
        this.authorised[withdrawal.token] += withdrawal.amount;
        return;
      }
      case "expire":
        return this.giveBack(this.openWithdrawal(decision.authorizationId), "expired");
      case "arrive":
        this.books.book(decision.entry);
        return this.arrive(decision.entry.token, decision);
      case "quote":
        return this.cover.quote(decision.sold);
      case "lapse":
        return this.cover.lapse(decision.policyId);
      case "earn":
        return this.cover.earn(decision.policyId, decision.at);
      case "raise":
        return this.cover.raise(decision.policyId, decision.parts, 0n);
      case "payout":
        return this.cover.decidePayout(decision.policyId, decision.priceUsdMicros);
    }
  }

  private arrive(token: Token, { positionId, amount, at }: { positionId: string; amount: bigint; at: number }) {
    const name = `${token} ${positionId}`;
    const time = { now: at, seconds: holdSecondsOf(positionId) };
    this.holds.set(name, holdArrival(this.holds.get(name) ?? NO_HOLD, amount, time));
  }

  private openWithdrawal(authorizationId: bigint): Withdrawal {
    const withdrawal = this.withdrawals.get(authorizationId);
    if (withdrawal?.status !== "open")
      throw new Error(`Withdrawal ${authorizationId} ends as ${withdrawal?.status} before`);
    return withdrawal;
  }

  private close(withdrawal: Withdrawal, status: "paid" | "revoked" | "expired") {
    withdrawal.status = status;
    this.authorised[withdrawal.token] -= withdrawal.amount;
  }

  private giveBack(withdrawal: Withdrawal, status: "revoked" | "expired") {
    this.books.book(unreserveEntry(withdrawal));
    this.close(withdrawal, status);
  }

  /** A final event, the next in sequence. */
  book({ event, blockTime }: ObservedEvent) {
    this.journal.push(event.sequence);
    switch (event.kind) {
      case "deposit": {
        const commitment = this.commitments[Number(event.reference) - 1] ?? null;
        const amount = amountTaken(commitment, event, null);
        const share = commitment && amount > 0n ? { positionId: commitment.positionId, amount } : null;
        this.books.book(depositEntry(event, share));
        if (!commitment || !share) break;
        commitment.status = "fulfilled";
        this.arrive(event.token, { ...share, at: blockTime });
        break;
      }
      case "withdrawal": {
        const isKnown = this.withdrawals.has(event.authorizationId);
        const withdrawal = isKnown ? this.openWithdrawal(event.authorizationId) : null;
        this.books.book(withdrawalEntry(event, withdrawal));
        if (withdrawal) this.close(withdrawal, "paid");
        else this.breaches += 1;
        break;
      }
      case "revocation": {
        // Of one that has expired it says nothing new.
        const withdrawal = this.withdrawals.get(event.authorizationId);
        if (withdrawal?.status === "paid") throw new Error(`${event.authorizationId} is revoked after its payment`);
        if (withdrawal?.status === "open") this.giveBack(withdrawal, "revoked");
        break;
      }
      case "surplus":
        this.books.book(surplusEntry(event, VAULT));
        break;
      case "premium":
        this.cover.bookPremium(event, blockTime);
        break;
      case "lock":
        this.cover.bookLocks(event);
        break;
      case "release":
        this.cover.bookReleases(event);
        break;
      case "settlement":
        this.cover.bookSettlement(event);
        break;
      case "control":
        break;
    }
    if ("token" in event) {
      same(`the books' ${event.token} after event ${event.sequence}`, this.books.total[event.token], event.balance);
      same(`what is locked after event ${event.sequence}`, this.books.locked[event.token], event.locked);
    }
    this.check();
  }

  /** What is set aside is what was promised, and nothing else. */
  private check() {
    for (const token of ["STX", "sBTC"] as const) {
      const promised = this.authorised[token] + this.cover.promised[token];
      if (this.books.reserved[token] !== promised)
        throw new Error(`${this.books.reserved[token]} ${token} is set aside where ${promised} is promised`);
    }
  }

  /** What a final block has outlived ends, once every event up to it is booked. */
  endOutlived(finalTime: number) {
    for (const { authorizationId, status, expiresAt } of this.withdrawals.values()) {
      if (status === "open" && expiresAt <= finalTime) this.decide({ kind: "expire", authorizationId, finalTime });
    }
    for (const { policyId, status, quotedUntil } of this.cover.policies.values()) {
      if (status === "quoted" && quotedUntil <= finalTime) this.decide({ kind: "lapse", policyId, finalTime });
    }
  }

  /** Everything that may not depend on how the events came. */
  told(): string {
    const holds = [...this.holds].map(([name, lots]) => `${name}: ${lots.map((lot) => Object.values(lot)).join(" ")}`);
    const ends = [...this.withdrawals.values()].map(({ authorizationId, status }) => `${authorizationId} ${status}`);
    return [this.books.told(), this.cover.told(), ...holds.sort(), ...ends, this.breaches].join("\n");
  }
}

function same(what: string, told: bigint, expected: bigint) {
  if (told !== expected) throw new Error(`${what}: ${told} where it should be ${expected}`);
}

/** What the same decisions and the events of a chain come to where nothing is in between. */
export function undisturbed(journal: Service["journal"], events: ObservedEvent[]): Service {
  const service = new Service();
  for (const one of journal) {
    if (typeof one !== "bigint") service.decide(one);
    else service.book(events[Number(one) - 1] as ObservedEvent);
  }
  return service;
}
