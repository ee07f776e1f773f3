/**
 * Books on paper: balances as a fold of the entries of src/domain, with the sums that must always fit kept beside them, so that
 * what has to hold is asked of each posting and not of all accounts.
 */
import { type Account, accountName, type Entry } from "../../../../src/domain/ledger";
import type { Token } from "../../../../src/domain/tokens";

type Sums = Record<Token, bigint>;
const nothing = (): Sums => ({ STX: 0n, sBTC: 0n });

function sumsOf(account: Account): "locked" | "reserved" | null {
  switch (account.kind) {
    case "position":
      return account.pocket === "locked" || account.pocket === "reserved" ? account.pocket : null;
    case "cover":
      return "locked";
    case "reserved":
    case "covering":
      return "reserved";
    default:
      return null;
  }
}

export class PaperBooks {
  readonly balances = new Map<string, bigint>();
  /** What the vault holds by the books. */
  readonly total = nothing();
  readonly locked = nothing();
  readonly reserved = nothing();
  private readonly causes = new Set<string>();

  balance(token: Token, account: Account): bigint {
    return this.balances.get(`${token} ${accountName(account)}`) ?? 0n;
  }

  pocket(token: Token, positionId: string, pocket: "available" | "reserved" | "locked" | "yield"): bigint {
    return this.balances.get(`${token} position/${positionId}/${pocket}`) ?? 0n;
  }

  book({ id, token, postings }: Entry) {
    if (this.causes.has(id)) throw new Error(`${id} is booked twice`);
    this.causes.add(id);
    for (const { account, amount } of postings) {
      const name = `${token} ${accountName(account)}`;
      const balance = (this.balances.get(name) ?? 0n) + amount;
      this.balances.set(name, balance);
      if (account.kind === "vault") this.total[token] -= amount;
      const sum = sumsOf(account);
      if (sum) this[sum][token] += amount;
    }
    // An entry may touch an account twice, so only its end counts.
    for (const { account } of postings) this.requireFunds(token, account, id);
  }

  private requireFunds(token: Token, account: Account, cause: string) {
    if (account.kind === "vault" || account.kind === "breach") return;
    const balance = this.balance(token, account);
    if (balance < 0n) throw new Error(`${accountName(account)} has ${balance} ${token} after ${cause}`);
  }

  get entries(): number {
    return this.causes.size;
  }

  /** All of it, for comparison. */
  told(): string {
    return [...this.balances]
      .filter(([, balance]) => balance !== 0n)
      .sort()
      .join("; ");
  }
}
