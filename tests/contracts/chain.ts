/**
 * A simulated chain with the vault on it, for the contract's tests. Every name, argument and error number comes from
 * the generated bindings. Each transaction is followed by a check that the events number themselves without a gap and
 * that they alone tell how the books changed, so no test can leave them wrong unseen.
 */
import { fileURLToPath } from "node:url";
import { type ContractCall, contractFactory, cvToValue } from "@clarigen/core";
import { initSimnet, type Simnet } from "@stacks/clarinet-sdk";
import { privateKeyToPublic } from "@stacks/transactions";
import { expect } from "vitest";
import { contracts } from "../../src/stacks/bindings";
import { AUTHORISER_KEY, sign, type Withdrawal } from "./authorization";

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifest = `${root}Clarinet.toml`;

/** The contract's own constants: `expect(result).toEqual(errors.errInvalidAmount)`. */
export const errors = contracts.liquidityVault.constants;

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
  readonly vault: Vault;
  readonly sbtc: ReturnType<typeof sbtcAt>;

  private constructor(readonly simnet: Simnet) {
    const wallets = simnet.getAccounts();
    this.deployer = simnet.deployer;
    this.alice = wallets.get("wallet_1") as string;
    this.bob = wallets.get("wallet_2") as string;
    this.vault = vaultAt(`${this.deployer}.${contracts.liquidityVault.contractName}`);
    this.sbtc = sbtcAt(`${this.deployer}.${contracts.sbtcToken.contractName}`);
  }

  static async open(): Promise<Chain> {
    return new Chain(await initSimnet(manifest, true));
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
    const before = this.state();
    const contract = `${call.contractAddress}.${call.contractName}`;
    const { function: abi, functionArgs } = call;
    const outcome = quietly(() => this.simnet.callPublicFn(contract, abi.name, functionArgs, sender));
    const events = outcome.events
      .filter(({ event, data }) => event === "print_event" && data.contract_identifier === this.vault.identifier)
      .map(({ data }) => decode(data.value) as VaultEvent);
    this.checkBooks(before, events);
    return { result: decode(outcome.result) as R, events };
  }

  private checkBooks(before: ReturnType<typeof this.state>, events: VaultEvent[]): void {
    const after = this.state();
    expect(events.map((event) => event.sequence)).toEqual(events.map((_, i) => before.sequence + BigInt(i) + 1n));
    expect(after.sequence).toBe(before.sequence + BigInt(events.length));
    for (const name of ["stx", "sbtc"] as const) {
      const token = name === "stx" ? null : after.sbtcToken;
      const told = events.findLast((event) => "balance" in event && event.token === token) ?? before[name];
      expect(after[name]?.balance ?? 0n).toBe(told?.balance ?? 0n);
      expect(after[name]?.locked ?? 0n).toBe(told?.locked ?? 0n);
    }
    expect(after.heldStx).toBeGreaterThanOrEqual(after.stx?.balance ?? 0n);
    if (after.sbtcToken === this.sbtc.identifier) {
      expect(this.sbtcOf(this.vault.identifier)).toBeGreaterThanOrEqual(after.sbtc?.balance ?? 0n);
    }
  }

  state() {
    return this.read(this.vault.getVaultState());
  }

  /** Sets the authoriser and launches, this vault or a copy of it. */
  launch({
    of = this.vault,
    authoriser = Buffer.from(privateKeyToPublic(AUTHORISER_KEY) as string, "hex") as Uint8Array,
    token = this.sbtc.identifier,
    stxCap = 10n ** 12n,
    sbtcCap = 10n ** 12n,
  } = {}): void {
    const caps = { stx: stxCap, sbtc: sbtcCap };
    expect(this.send(of.setAuthoriser(authoriser), this.deployer).result).toEqual(DONE);
    expect(this.send(of.setSbtcTokenPrincipal(token, caps), this.deployer).result).toEqual(DONE);
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

  draw(w: Withdrawal, signature = sign(w), sender = w.withdrawer) {
    const authorization = { id: w.id, expiresAt: w.expiresAt };
    return this.send(this.vault.withdrawFunds(w.amount, w.token, authorization, signature), sender);
  }
}
