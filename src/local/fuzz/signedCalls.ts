/**
 * Fills in what chance can't find: keys and signatures, and amounts that just fit. Rendezvous draws the arguments of
 * a help-* function as plain numbers; here they become a call that the vault may well accept, or one that it must
 * refuse. What is signed is the hash that the vault itself gives, so that this stays true to it in every version.
 */
import { contractFactory, cvToValue } from "@clarigen/core";
import type { Simnet } from "@stacks/clarinet-sdk";
import { Cl, type ClarityValue, privateKeyToPublic, signMessageHashRsv } from "@stacks/transactions";
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

interface Bucket {
  cap: bigint;
  room: bigint;
}

/** The SDK brings its own copy of the library that Clarigen decodes with; the values are the same. */
const decode = (value: unknown) => cvToValue(value as Parameters<typeof cvToValue>[0], true);

/** One in `many`, by the drawn number. */
const oneIn = (many: bigint, chance: bigint) => chance % many === many - 1n;

export class SignedCalls {
  private readonly vault;
  private readonly sbtcToken: string;
  private nextId = 1n;
  private nextPolicy = 1n;
  /** The last call of a wallet to each function, to be repeated now and then. */
  private readonly last = new Map<string, ClarityValue[]>();

  constructor(
    private readonly simnet: Simnet,
    contract: string,
  ) {
    this.vault = contractFactory(contracts.liquidityVault, contract);
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

  private read(query: { function: { name: string }; functionArgs: ClarityValue[] }): unknown {
    const { function: abi, functionArgs } = query;
    const { result } = this.simnet.callReadOnlyFn(
      this.vault.identifier,
      abi.name,
      functionArgs as Parameters<Simnet["callReadOnlyFn"]>[2],
      this.simnet.deployer,
    );
    return decode(result);
  }

  private state(): { admin: string; service: string; authoriser: Uint8Array } {
    return this.read(this.vault.getVaultState()) as ReturnType<SignedCalls["state"]>;
  }

  private bucket(token: string | null): { withdrawals: Bucket; settlements: Bucket } {
    const none = { cap: 0n, room: 0n };
    return (
      (this.read(this.vault.getBucket(token)) as ReturnType<SignedCalls["bucket"]> | null) ?? {
        withdrawals: none,
        settlements: none,
      }
    );
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

  private signed(hash: unknown, honest: boolean, chance: bigint): ClarityValue[] {
    const signer = this.keyNow(chance / 5n);
    const messageHash = Buffer.from(hash as Uint8Array).toString("hex");
    const signature = signMessageHashRsv({ messageHash, privateKey: PRIVATE_KEYS[signer] as string });
    return [Cl.bufferFromHex(PUBLIC_KEYS[signer] as string), Cl.bool(honest), Cl.bufferFromHex(signature)];
  }

  private withdrawal(drawn: ClarityValue[], sender: string): ClarityValue[] {
    const [first, withSbtc, second, third] = drawn.map(decode) as [bigint, boolean, bigint, bigint];
    const token = withSbtc ? this.sbtcToken : null;
    const room = this.bucket(token).withdrawals.room;
    const amount = oneIn(3n, first) && room > 0n ? room + (oneIn(4n, first / 3n) ? 1n : 0n) : 1n + (first % 2_000n);
    const id = oneIn(8n, second) ? second % this.nextId : this.nextId++;
    const expiresAt = this.expiry(third);
    // What is forged differs from what is signed in one thing.
    const forged = oneIn(8n, second / 8n) ? Number(third % 4n) : -1;
    const hash = this.vault.getWithdrawalHash(
      forged === 0 ? this.simnet.deployer : sender,
      forged === 1 ? (withSbtc ? null : this.sbtcToken) : token,
      forged === 2 ? amount + 1n : amount,
      { id: forged === 3 ? id + 1n : id, expiresAt },
    );
    const honest = forged === -1 || (forged === 0 && sender === this.simnet.deployer);
    const plain = [Cl.uint(amount), Cl.bool(withSbtc), Cl.uint(id), Cl.uint(expiresAt)];
    return [...plain, ...this.signed(this.read(hash), honest, third)];
  }

  private policy(drawn: ClarityValue[], sender: string): ClarityValue[] {
    const [first, second, withSbtc] = drawn.map(decode) as [bigint, bigint, boolean];
    const chances = decode(drawn[3]) as { lock: bigint; coverage: bigint; releaseAfter: bigint; expiresAt: bigint };
    const token = withSbtc ? this.sbtcToken : null;
    const burst = this.bucket(token).settlements.cap / 2n;
    const coverage = 1n + (oneIn(4n, chances.coverage) ? burst : chances.coverage % (burst + 1n));
    const terms = {
      coverage,
      lock: 1n + (chances.lock % (coverage + 3n)),
      releaseAfter: this.now() + (chances.releaseAfter % 20_000n),
      expiresAt: this.expiry(chances.expiresAt),
    };
    const premium = 1n + (second % 200n);
    const policyId = oneIn(8n, first) ? first % this.nextPolicy : this.nextPolicy++;
    const forged = oneIn(8n, first / 8n) ? Number(chances.expiresAt % 4n) : -1;
    const signedTerms = { ...terms };
    if (forged === 0) signedTerms.coverage += 1n;
    if (forged === 1) signedTerms.releaseAfter += 1n;
    if (forged === 2) signedTerms.lock += 1n;
    const signedPremium = forged === 3 ? premium + 1n : premium;
    const hash = this.vault.getPolicyHash(sender, policyId, token, signedPremium, signedTerms);
    const plain = Cl.tuple({
      lock: Cl.uint(terms.lock),
      coverage: Cl.uint(terms.coverage),
      "release-after": Cl.uint(terms.releaseAfter),
      "expires-at": Cl.uint(terms.expiresAt),
    });
    const signature = this.signed(this.read(hash), forged === -1, chances.expiresAt);
    return [Cl.uint(policyId), Cl.uint(premium), Cl.bool(withSbtc), plain, ...signature];
  }
}
