/**
 * Fills in what chance can't find: keys and signatures, and amounts that just fit. Rendezvous draws the arguments of
 * a help-* function as plain numbers; here they become a call that the vault may well accept, or one that it must
 * refuse.
 */
import { cvToValue } from "@clarigen/core";
import type { Simnet } from "@stacks/clarinet-sdk";
import { Cl, type ClarityValue, privateKeyToPublic, signStructuredData } from "@stacks/transactions";
import { contracts } from "../../stacks/bindings";

/** Two authorisers; a scheduled change may replace the one by the other. */
const PRIVATE_KEYS = [`${"11".repeat(32)}01`, `${"22".repeat(32)}01`] as const;
const PUBLIC_KEYS = PRIVATE_KEYS.map((key) => privateKeyToPublic(key) as string);

/** How many of its last arguments each function gets from here, and not by chance. */
export const ADDED_ARGUMENTS: Record<string, number> = {
  "help-launch": 1,
  "help-schedule": 1,
  "help-withdraw": 3,
  "help-buy": 3,
};

/** Who may call it: mostly it is called by that one, whoever was drawn. */
const ROLES: Record<string, "admin" | "service"> = {
  "help-launch": "admin",
  "help-schedule": "admin",
  "help-lower-caps": "admin",
  "help-unpause": "admin",
  "help-lock": "service",
  "help-release": "service",
  "help-settle": "service",
};

interface BucketState {
  cap: bigint;
  usedByWindow: bigint;
  drainedAt: bigint;
}

interface Account {
  balance: bigint;
  locked: bigint;
  withdrawals: BucketState;
  settlements: BucketState;
}

interface Bucket {
  burst: bigint;
  /** What is not locked. */
  free: bigint;
  room: bigint;
}

const WINDOW_BLOCKS = contracts.liquidityVault.constants.windowBlocks;

/** SIP-018's domain on the simulated chain. */
const DOMAIN = Cl.tuple({
  name: Cl.stringAscii("bithedge-vault"),
  version: Cl.stringAscii("1.0.0"),
  "chain-id": Cl.uint(0x80000000),
});

/** The SDK brings its own copy of the library that Clarigen decodes with; the values are the same. */
const decode = (value: unknown) => cvToValue(value as Parameters<typeof cvToValue>[0], true);

/** One in `many`, by the drawn number. */
const oneIn = (many: bigint, chance: bigint) => chance % many === many - 1n;

export class SignedCalls {
  private readonly sbtcToken: string;
  private nextId = 1n;
  private nextPolicy = 1n;
  /** The last call of a wallet to each function, to be repeated now and then. */
  private readonly last = new Map<string, ClarityValue[]>();

  constructor(
    private readonly simnet: Simnet,
    private readonly contract: string,
  ) {
    this.sbtcToken = `${simnet.deployer}.${contracts.sbtcToken.contractName}`;
  }

  senderOf(name: string, drawn: ClarityValue[], sender: string): string {
    const role = ROLES[name];
    const chance = drawn[0]?.type === "uint" ? BigInt(drawn[0].value) : 0n;
    return role && !oneIn(4n, chance / 7n) ? this.state()[role] : sender;
  }

  /** The arguments to call with, in place of those that were drawn. */
  complete(name: string, drawn: ClarityValue[], sender: string): ClarityValue[] {
    const first = drawn[0]?.type === "uint" ? BigInt(drawn[0].value) : 0n;
    if (name === "help-launch") return [...drawn, Cl.bufferFromHex(PUBLIC_KEYS[0] as string)];
    if (name === "help-schedule") return [...drawn, Cl.bufferFromHex(PUBLIC_KEYS[Number(first % 2n)] as string)];
    if (name !== "help-withdraw" && name !== "help-buy") return drawn;
    const key = `${name} ${sender}`;
    const repeated = this.last.get(key);
    if (repeated && oneIn(8n, first / 3n)) return repeated;
    const call = name === "help-withdraw" ? this.withdrawal(drawn, sender) : this.policy(drawn, sender);
    this.last.set(key, call);
    return call;
  }

  /** A variable of the vault; far cheaper here than a call of a read-only function. */
  private variable(name: string): unknown {
    return decode(this.simnet.getDataVar(this.contract, name));
  }

  private state(): { admin: string; service: string; authoriser: Uint8Array } {
    return this.variable("config") as ReturnType<SignedCalls["state"]>;
  }

  private bucket(withSbtc: boolean, use: "withdrawals" | "settlements"): Bucket {
    const books = this.variable("books") as Record<"stx" | "sbtc", Account>;
    const { balance, locked, [use]: bucket } = books[withSbtc ? "sbtc" : "stx"];
    const { cap, usedByWindow, drainedAt } = bucket;
    const burst = cap / 2n;
    const used = usedByWindow - burst * (BigInt(this.simnet.burnBlockHeight) - drainedAt);
    return { burst, free: balance - locked, room: (burst * WINDOW_BLOCKS - (used > 0n ? used : 0n)) / WINDOW_BLOCKS };
  }

  /** What the next transaction sees as the time. */
  private now(): bigint {
    return this.simnet.getBlockTime() + 10n;
  }

  /** A validity that ends too early by a second, now and then. */
  private expiry(chance: bigint): bigint {
    return oneIn(8n, chance) ? this.now() : this.now() + 1_000_000n;
  }

  private keyNow(chance: bigint): number {
    const current = Math.max(0, PUBLIC_KEYS.indexOf(Buffer.from(this.state().authoriser).toString("hex")));
    return oneIn(12n, chance) ? 1 - current : current;
  }

  private signed(message: Record<string, ClarityValue>, honest: boolean, chance: bigint): ClarityValue[] {
    const signer = this.keyNow(chance / 5n);
    const signature = signStructuredData({
      message: Cl.tuple(message),
      domain: DOMAIN,
      privateKey: PRIVATE_KEYS[signer] as string,
    });
    return [Cl.bufferFromHex(PUBLIC_KEYS[signer] as string), Cl.bool(honest), Cl.bufferFromHex(signature)];
  }

  private token(withSbtc: boolean): ClarityValue {
    return withSbtc ? Cl.some(Cl.principal(this.sbtcToken)) : Cl.none();
  }

  private withdrawal(drawn: ClarityValue[], sender: string): ClarityValue[] {
    const [first, withSbtc, second, third] = drawn.map(decode) as [bigint, boolean, bigint, bigint];
    const { room, free } = this.bucket(withSbtc, "withdrawals");
    // Half of them just fit, or just don't.
    const edge = [room, room + 1n, free, free + 1n, free + 1n][Number((first / 2n) % 5n)] as bigint;
    const amount = oneIn(2n, first) && edge > 0n ? edge : 1n + (first % 2_000n);
    const id = oneIn(8n, second) ? second % this.nextId : this.nextId++;
    const expiresAt = this.expiry(third);
    // What is forged differs from what is signed in one thing.
    const forged = oneIn(8n, second / 8n) ? Number(third % 4n) : undefined;
    const message = {
      vault: Cl.principal(this.contract),
      withdrawer: Cl.principal(forged === 0 ? this.contract : sender),
      token: this.token(forged === 1 ? !withSbtc : withSbtc),
      amount: Cl.uint(forged === 2 ? amount + 1n : amount),
      id: Cl.uint(forged === 3 ? id + 1n : id),
      "expires-at": Cl.uint(expiresAt),
    };
    const plain = [Cl.uint(amount), Cl.bool(withSbtc), Cl.uint(id), Cl.uint(expiresAt)];
    return [...plain, ...this.signed(message, forged === undefined, third)];
  }

  private policy(drawn: ClarityValue[], sender: string): ClarityValue[] {
    const [first, second, withSbtc] = drawn.map(decode) as [bigint, bigint, boolean];
    const chances = decode(drawn[3]) as { lock: bigint; coverage: bigint; releaseAfter: bigint; expiresAt: bigint };
    const { burst } = this.bucket(withSbtc, "settlements");
    const coverage = 1n + (oneIn(4n, chances.coverage) ? burst : chances.coverage % (burst + 1n));
    const terms = {
      lock: Cl.uint(1n + (chances.lock % (coverage + 3n))),
      coverage: Cl.uint(coverage),
      "release-after": Cl.uint(this.now() + (chances.releaseAfter % 20_000n)),
      "expires-at": Cl.uint(this.expiry(chances.expiresAt)),
    };
    const premium = 1n + (second % 200n);
    const policyId = oneIn(8n, first) ? first % this.nextPolicy : this.nextPolicy++;
    const forged = oneIn(8n, first / 8n) ? Number(chances.expiresAt % 4n) : undefined;
    const message = {
      vault: Cl.principal(this.contract),
      buyer: Cl.principal(forged === 0 ? this.contract : sender),
      "policy-id": Cl.uint(policyId),
      token: this.token(withSbtc),
      premium: Cl.uint(forged === 1 ? premium + 1n : premium),
      ...terms,
      ...(forged === 2 && { coverage: Cl.uint(coverage + 1n) }),
      ...(forged === 3 && { "release-after": Cl.uint(0) }),
    };
    const signature = this.signed(message, forged === undefined, chances.expiresAt);
    return [Cl.uint(policyId), Cl.uint(premium), Cl.bool(withSbtc), Cl.tuple(terms), ...signature];
  }
}
