/**
 * A simulated chain that says what each transaction costs, for measuring the vault. Everything that a cost could hang
 * on is fixed: the clock, the keys, the amounts, and the state that every measurement begins with.
 */
import path from "node:path";
import { type ContractCall, cvToValue } from "@clarigen/core";
import { initSimnet, type Simnet } from "@stacks/clarinet-sdk";
import { type ClarityValue, privateKeyToPublic } from "@stacks/transactions";
import { TOKENS, type Token } from "../../domain/tokens";
import { signPolicyTerms, signWithdrawal } from "../../stacks/authorization";
import { contracts } from "../../stacks/bindings";
import { sbtcCalls, tokenArgument, type VaultDeployment, vaultCalls } from "../../stacks/deployment";

/** What the network charges a transaction for, beside its size. */
export interface Cost {
  runtime: number;
  reads: number;
  writes: number;
  readLength: number;
  writeLength: number;
}

const AUTHORISER_KEY = `${"11".repeat(32)}01`;
/** The simulation begins at what it takes for the wall clock; every run begins at this one. */
const START = Date.UTC(2026, 0, 1);
const CAP = 10n ** 12n;
const CAPS = { stx: { withdrawals: CAP, settlements: CAP }, sbtc: { withdrawals: CAP, settlements: CAP } };
const MINTED_SATS = 10n ** 9n;
const DEPOSIT = 10n ** 6n;
const HOUR_SECONDS = 3_600n;

export const UNCHANGED = { admin: null, service: null, guardian: null, authoriser: null, caps: null };

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

/** The SDK prints every event on the console. */
function quietly<T>(run: () => T): T {
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    return run();
  } finally {
    Object.assign(console, { log, error });
  }
}

/** Runs with a clock that stands still: the simulation takes its first block's time from it. */
async function atStart<T>(run: () => Promise<T>): Promise<T> {
  const RealDate = globalThis.Date;
  const { log } = console;
  globalThis.Date = class extends RealDate {
    constructor(value?: number | string | Date) {
      super(value ?? START);
    }
  } as DateConstructor;
  // It says on standard output that it wrote its deployment plan; there the report is to stand alone.
  console.log = () => {};
  try {
    return await run();
  } finally {
    globalThis.Date = RealDate;
    console.log = log;
  }
}

export class Bench {
  readonly vault: ReturnType<typeof vaultCalls>;
  readonly sbtc: ReturnType<typeof sbtcCalls>;
  readonly deployment: VaultDeployment;
  readonly admin: string;
  readonly service: string;
  readonly guardian: string;
  /** Who pays in, draws and buys. */
  readonly user: string;

  private constructor(
    private readonly simnet: Simnet,
    private readonly root: string,
  ) {
    const { deployer } = simnet;
    this.deployment = {
      network: "devnet",
      vaultContract: `${deployer}.${contracts.liquidityVault.contractName}`,
      sbtcContract: `${deployer}.${contracts.sbtcToken.contractName}`,
    };
    this.vault = vaultCalls(this.deployment);
    this.sbtc = sbtcCalls(this.deployment);
    const [user, service, guardian] = ["wallet_1", "wallet_2", "wallet_3"].map((name) =>
      simnet.getAccounts().get(name),
    );
    if (!user || !service || !guardian) throw new Error("The simulated chain does not have its usual wallets.");
    this.admin = deployer;
    this.user = user;
    this.service = service;
    this.guardian = guardian;
  }

  /** @param root the folder of the Clarinet project whose vault is measured */
  static async open(root: string): Promise<Bench> {
    const options = { trackCosts: true, trackCoverage: false };
    const simnet = await atStart(() => initSimnet(path.join(root, "Clarinet.toml"), true, options));
    return new Bench(simnet, root);
  }

  /** Begins again at genesis, with the roles given out and the user's sBTC minted, but no launch. */
  async restart(): Promise<void> {
    await atStart(() => this.simnet.initSession(this.root, path.join(this.root, "Clarinet.toml"), null));
    const { vault, sbtc, admin, user, service, guardian } = this;
    const authoriser = bytesOf(privateKeyToPublic(AUTHORISER_KEY) as string);
    this.send(sbtc.mint(MINTED_SATS, user), admin);
    this.send(vault.scheduleChange({ ...UNCHANGED, service, guardian, authoriser, caps: CAPS }), admin);
  }

  /** Begins again with a vault that is launched and holds some of both tokens. */
  async restartLaunched(): Promise<void> {
    await this.restart();
    this.send(this.vault.setSbtcTokenPrincipal(this.deployment.sbtcContract), this.admin);
    for (const token of TOKENS) this.deposit(token);
  }

  /** Sends one transaction, which must succeed: what fails early would look cheap. */
  send<R>(call: ContractCall<R>, sender: string): Cost {
    return this.call(`${call.contractAddress}.${call.contractName}`, call.function.name, call.functionArgs, sender);
  }

  private call(contract: string, name: string, args: ClarityValue[], sender = this.user): Cost {
    const { result, costs } = quietly(() => this.simnet.callPublicFn(contract, name, args, sender));
    const { isOk, value } = cvToValue(result as Parameters<typeof cvToValue>[0], true);
    if (!isOk) throw new Error(`${name} was to be measured, and was refused with ${value}.`);
    if (!costs) throw new Error("The simulated chain does not say what a call costs.");
    const { runtime, readCount, writeCount, readLength, writeLength } = costs.total;
    return { runtime, reads: readCount, writes: writeCount, readLength, writeLength };
  }

  deposit(token: Token): Cost {
    return this.send(this.vault.depositFunds(DEPOSIT, tokenArgument(this.deployment, token), 1n), this.user);
  }

  withdraw(token: Token): Cost {
    const { deployment, user: withdrawer } = this;
    const [amount, id, expiresAt] = [1_000n, 1n, this.simnet.getBlockTime() + HOUR_SECONDS];
    const signature = signWithdrawal(deployment, { withdrawer, token, amount, id, expiresAt }, AUTHORISER_KEY);
    const argument = tokenArgument(deployment, token);
    return this.send(this.vault.withdrawFunds(amount, argument, { id, expiresAt }, bytesOf(signature)), withdrawer);
  }

  /** Buys a policy with half of its coverage locked, which can be released at once. */
  buy(token: Token, policyId: bigint): Cost {
    const { deployment, user: buyer } = this;
    const now = this.simnet.getBlockTime();
    const [premium, lock, coverage, releaseAfter, expiresAt] = [10n, 100n, 200n, now, now + HOUR_SECONDS];
    const terms = { buyer, policyId, token, premium, lock, coverage, releaseAfter, expiresAt };
    const signature = signPolicyTerms(deployment, terms, AUTHORISER_KEY);
    const argument = tokenArgument(deployment, token);
    const locked = { lock, coverage, releaseAfter, expiresAt };
    return this.send(this.vault.payPremium(policyId, premium, argument, locked, bytesOf(signature)), buyer);
  }

  /** Sends the vault something that it does not count. */
  give(token: Token): void {
    const { user, deployment } = this;
    if (token === "STX") quietly(() => this.simnet.transferSTX(1n, deployment.vaultContract, user));
    else this.send(this.sbtc.transfer(1n, user, deployment.vaultContract, null), user);
  }

  /** What a call of a contract of these lines costs: it has one function, `probe`, and may call the token. */
  probe(name: string, source: string): Cost {
    quietly(() => this.simnet.deployContract(name, source, null, this.admin));
    return this.call(`${this.admin}.${name}`, "probe", []);
  }

  passBurnBlocks(count: number): void {
    this.simnet.mineEmptyBurnBlocks(count);
  }
}
