/**
 * A simulated chain with the vault on it, for the contract's tests. Every name, argument and error number comes from
 * the generated bindings. Each transaction is followed by a check that the events number themselves without a gap and
 * that they alone tell how the books changed, so no test can leave them wrong unseen.
 */
import { fileURLToPath } from "node:url";
import { type ContractCall, contractFactory, cvToValue } from "@clarigen/core";
import { initSimnet, type Simnet } from "@stacks/clarinet-sdk";
import { Cl, getAddressFromPrivateKey, privateKeyToPublic } from "@stacks/transactions";
import { expect } from "vitest";
import { contracts } from "../../src/stacks/bindings";
import { AUTHORISER_KEY, type Policy, sign, signPolicy, type Withdrawal } from "./authorization";

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifest = `${root}Clarinet.toml`;

/** The contract's own constants: `expect(result).toEqual(errors.errInvalidAmount)`. */
export const errors = contracts.liquidityVault.constants;

/** The vault's names of its events: `eventFundsDeposited` and so on. */
export const events = errors;

export const NO_CHANGE = { admin: null, service: null, guardian: null, authoriser: null, caps: null };

interface Launch {
  of?: Vault;
  authoriser?: Uint8Array;
  token?: string;
  service?: string;
  cap?: bigint;
  stx?: { withdrawals?: bigint; settlements?: bigint };
  sbtc?: { withdrawals?: bigint; settlements?: bigint };
}

export function publicKeyOf(privateKey: string): Uint8Array {
  return Buffer.from(privateKeyToPublic(privateKey) as string, "hex");
}

export const DONE = { isOk: true, value: true };
export const U128_MAX = 2n ** 128n - 1n;

/** A printed event of the vault; its fields by their camel-cased names. */
type VaultEvent = { event: string; sequence: bigint } & Record<string, unknown>;

/** The vault at an address, or anything with its interface. */
export const vaultAt = (id: string) => contractFactory(contracts.liquidityVault, id);
export type Vault = ReturnType<typeof vaultAt>;
const sbtcAt = (id: string) => contractFactory(contracts.sbtcToken, id);

/** The SDK brings its own copy of the library that Clarigen decodes with; the values are the same. */
const decode = (value: unknown) => cvToValue(value as Parameters<typeof cvToValue>[0], true);

type Books = Pick<ReturnType<Chain["state"]>, "sequence" | "sbtcToken" | "stx" | "sbtc">;

/** The SDK prints every Clarity event, and the trace of a runtime error, on the console. */
function quietly<T>(run: () => T): T {
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    return run();
  } finally {
    Object.assign(console, { log, error });
  }
}

export class Chain {
  readonly deployer: string;
  readonly alice: string;
  readonly bob: string;
  /** The vault's service and guardian after `launch`; the deployer is its admin. */
  readonly service: string;
  readonly guardian: string;
  readonly vault: Vault;
  readonly sbtc: ReturnType<typeof sbtcAt>;

  /** Everything that the vault has printed, serialised, as an API shows it. */
  readonly printed: string[] = [];

  private constructor(readonly simnet: Simnet) {
    const wallets = simnet.getAccounts();
    this.deployer = simnet.deployer;
    this.alice = wallets.get("wallet_1") as string;
    this.bob = wallets.get("wallet_2") as string;
    this.service = getAddressFromPrivateKey("33".repeat(32), "testnet");
    this.guardian = getAddressFromPrivateKey("44".repeat(32), "testnet");
    this.vault = vaultAt(`${this.deployer}.${contracts.liquidityVault.contractName}`);
    this.sbtc = sbtcAt(`${this.deployer}.${contracts.sbtcToken.contractName}`);
  }

  /** At genesis. The files of a process share its one VM. */
  static async open(): Promise<Chain> {
    return new Chain(await initSimnet(manifest));
  }

  /** Begins again at genesis; far cheaper than another simnet. */
  restart(): Promise<void> {
    return this.simnet.initSession(root, manifest, null);
  }

  deploy(name: string, source: string): string {
    quietly(() => this.simnet.deployContract(name, source, null, this.deployer));
    return `${this.deployer}.${name}`;
  }

  read<R>(query: ContractCall<R>): R {
    const contract = `${query.contractAddress}.${query.contractName}`;
    const { function: abi, functionArgs } = query;
    return decode(this.simnet.callReadOnlyFn(contract, abi.name, functionArgs, this.deployer).result) as R;
  }

  /** Sends one transaction; a runtime error throws. */
  send<R>(call: ContractCall<R>, sender: string): { result: R; events: VaultEvent[] } {
    const before = this.books();
    const contract = `${call.contractAddress}.${call.contractName}`;
    const { function: abi, functionArgs } = call;
    const outcome = quietly(() => this.simnet.callPublicFn(contract, abi.name, functionArgs, sender));
    const prints = outcome.events.filter(
      ({ event, data }) => event === "print_event" && data.contract_identifier === this.vault.identifier,
    );
    this.printed.push(...prints.map(({ data }) => Cl.serialize(data.value as Parameters<typeof Cl.serialize>[0])));
    const events = prints.map(({ data }) => decode(data.value) as VaultEvent);
    this.checkBooks(before, events);
    return { result: decode(outcome.result) as R, events };
  }

  private checkBooks(before: Books, events: VaultEvent[]): void {
    const after = this.books();
    expect(events.map((event) => event.sequence)).toEqual(events.map((_, i) => before.sequence + BigInt(i) + 1n));
    expect(after.sequence).toBe(before.sequence + BigInt(events.length));
    for (const name of ["stx", "sbtc"] as const) {
      const token = name === "stx" ? null : after.sbtcToken;
      const told = events.findLast((event) => "balance" in event && event.token === token) ?? before[name];
      expect(after[name].balance).toBe(told.balance);
      expect(after[name].locked).toBe(told.locked);
      expect(after[name].locked).toBeLessThanOrEqual(after[name].balance);
    }
    expect(this.stxOf(this.vault.identifier)).toBeGreaterThanOrEqual(after.stx.balance);
    if (after.sbtcToken === this.sbtc.identifier) {
      expect(this.sbtcOf(this.vault.identifier)).toBeGreaterThanOrEqual(after.sbtc.balance);
    }
  }

  state() {
    return this.read(this.vault.getVaultState());
  }

  /** The part of the state that every event changes, without a call: that would load the whole contract. */
  books(): Books {
    return decode(this.simnet.getDataVar(this.vault.identifier, "books")) as Books;
  }

  /** Gives out the roles and launches, this vault or a copy of it. Every cap but the named ones is `cap`. */
  launch({
    of = this.vault,
    authoriser = publicKeyOf(AUTHORISER_KEY),
    token = this.sbtc.identifier,
    service = this.service,
    cap = 10n ** 12n,
    stx = {},
    sbtc = {},
  }: Launch = {}): void {
    const caps = {
      stx: { withdrawals: cap, settlements: cap, ...stx },
      sbtc: { withdrawals: cap, settlements: cap, ...sbtc },
    };
    const roles = { service, guardian: this.guardian };
    const setUp = of.scheduleChange({ ...NO_CHANGE, ...roles, authoriser, caps });
    expect(this.send(setUp, this.deployer).result).toEqual(DONE);
    expect(this.send(of.setSbtcTokenPrincipal(token), this.deployer).result).toEqual(DONE);
  }

  mint(recipient: string, amountSats: bigint): void {
    expect(this.send(this.sbtc.mint(amountSats, recipient), this.deployer).result).toEqual(DONE);
  }

  stxOf(owner: string): bigint {
    return this.simnet.getAssetsMap().get("STX")?.get(owner) ?? 0n;
  }

  sbtcOf(owner: string): bigint {
    return (this.read(this.sbtc.getBalance(owner)) as { value: bigint }).value;
  }

  /** The block time, in unix seconds, that the next transaction will see: a simulated block takes ten seconds. */
  nextBlockTime(): bigint {
    return this.simnet.getBlockTime() + 10n;
  }

  /** A withdrawal that would be paid to alice, but for what a test changes in it. */
  withdrawal(changes: Partial<Withdrawal> = {}): Withdrawal {
    return {
      vault: this.vault.identifier,
      withdrawer: this.alice,
      token: null,
      amount: 100n,
      id: 1n,
      expiresAt: this.nextBlockTime() + 3_600n,
      ...changes,
    };
  }

  draw(w: Withdrawal, signature: Uint8Array = sign(w), sender = w.withdrawer) {
    const authorization = { id: w.id, expiresAt: w.expiresAt };
    return this.send(this.vault.withdrawFunds(w.amount, w.token, authorization, signature), sender);
  }

  /** A policy that alice could buy, but for what a test changes in it; it can be released at once. */
  policy(changes: Partial<Policy> = {}): Policy {
    return {
      vault: this.vault.identifier,
      buyer: this.alice,
      policyId: 1n,
      token: null,
      premium: 10n,
      lock: 100n,
      coverage: 200n,
      releaseAfter: this.nextBlockTime(),
      expiresAt: this.nextBlockTime() + 600n,
      ...changes,
    };
  }

  buy(p: Policy, signature: Uint8Array = signPolicy(p), sender = p.buyer) {
    const { policyId, premium, token, lock, coverage, releaseAfter, expiresAt } = p;
    const terms = { lock, coverage, releaseAfter, expiresAt };
    return this.send(this.vault.payPremium(policyId, premium, token, terms, signature), sender);
  }
}
