/**
 * The real contract in an episode: the Clarity VM with the vault launched in it, one for all episodes of a process. What
 * each transaction comes to there is told in the model's words, so that they can be compared.
 */
import { fileURLToPath } from "node:url";
import { cvToValue, hexToCV } from "@clarigen/core";
import { Cl, privateKeyToPublic } from "@stacks/transactions";
import { ClarityVm, type VmEvent, type VmOutcome, type VmState } from "../../src/local/stacksNode/clarityVm";
import { contracts } from "../../src/stacks/bindings";
import { decodeVaultEvent, type VaultEvent } from "../../src/stacks/vaultEvents";
import { DEPLOYER, testEnvironment } from "../convex/environment";
import { capsOf, DEPLOYMENT, ERRORS, EXCHANGE_SOURCE, operationOf, sbtc, vault, vmOperationOf } from "./calls";
import { json } from "./json";
import { ADMIN, type Caps, EXCHANGE, GUARDIAN, SERVICE, type Transfer, type Tx } from "./transactions";
import type { Answer } from "./vault";
import { BUYERS, EVERYBODY } from "./wallets";

export const GENESIS = 1_800_000_000;
export const BLOCK_SECONDS = 10;
/** The burn block that the launch is in. */
export const LAUNCH_HEIGHT = 9;
const FIRST_HEIGHT = 2;
/** Of each token, to each wallet: more than anybody spends. */
const ENOUGH = 10n ** 12n;
const MANIFEST = fileURLToPath(new URL("../../Clarinet.toml", import.meta.url));

export function timeOf(height: number): number {
  return GENESIS + height * BLOCK_SECONDS;
}

let loaded: Promise<{ vm: ClarityVm; state: VmState }> | undefined;

/** Wallets with sBTC and the exchange's contract, before the launch. */
async function load(): Promise<{ vm: ClarityVm; state: VmState }> {
  const vm = await ClarityVm.start(MANIFEST, timeOf(FIRST_HEIGHT));
  const exchange = EXCHANGE.split(".")[1] as string;
  const options = { clarityVersion: 6 };
  vm.mineBlock([{ deployContract: { name: exchange, content: EXCHANGE_SOURCE, options, sender: DEPLOYER } }], 1);
  const others = [...EVERYBODY, ...BUYERS];
  const mints = [...others, ADMIN].map((holder) => operationOf(sbtc.mint(ENOUGH, holder), DEPLOYER));
  const stx = others.map((recipient) => ({ transferSTX: { amount: Number(ENOUGH), recipient, sender: DEPLOYER } }));
  for (const { result } of vm.mineBlock([...mints, ...stx], 1)) {
    if (result !== "0x0703") throw new Error(`The chain of the simulation does not begin: ${result}`);
  }
  return { vm, state: vm.save() };
}

const LAUNCH_ROLES = { admin: null, service: SERVICE, guardian: GUARDIAN };
const OK = "0x07";

function errorIn(result: string): string | null {
  if (result.startsWith(OK)) return null;
  const { value } = cvToValue(hexToCV(result), true) as { value: bigint };
  return ERRORS.get(value) ?? `error ${value}`;
}

function transfersIn(events: VmEvent[]): Transfer[] {
  return events.flatMap(({ event, data }) => {
    if (event !== "stx_transfer_event" && event !== "ft_transfer_event") return [];
    const { sender: from = "", recipient: to = "", amount = "" } = data;
    return [{ token: event === "stx_transfer_event" ? "STX" : "sBTC", from, to, amount: BigInt(amount) }];
  });
}

const [{ name: SBTC_ASSET_NAME }] = contracts.sbtcToken.fungible_tokens;
const SBTC_ASSET = `${DEPLOYMENT.sbtcContract}.${SBTC_ASSET_NAME}`;
const decoded = (value: string | null): unknown => (value === null ? null : cvToValue(hexToCV(value), true));

function printsIn(events: VmEvent[]): VaultEvent[] {
  return events.flatMap(({ event, data }) => {
    if (event !== "print_event" || data.contract_identifier !== DEPLOYMENT.vaultContract) return [];
    return [decodeVaultEvent(data.raw_value as string, DEPLOYMENT.sbtcContract)];
  });
}

function answerOf({ result, events }: VmOutcome): Answer {
  const error = errorIn(result);
  if (error !== null) return { error };
  const [event = null, ...more] = printsIn(events);
  if (more.length > 0) throw new Error(`One transaction, ${more.length + 1} events of the vault`);
  return { error: null, event, transfers: transfersIn(events) };
}

/** So much to do again is worth a checkpoint: a transaction takes the VM as long as some hundred empty blocks. */
const CHECKPOINT_WORK = 6_000;
const TRANSACTION_WORK = 150;

interface Checkpoint {
  height: number;
  state: VmState;
}

/** By its caps: most episodes begin with the same. */
const launches = new Map<string, Launched>();

interface Launched {
  state: VmState;
  events: VaultEvent[];
}

function launchIn(vm: ClarityVm, state: VmState, caps: Caps): Launched {
  vm.restore(state);
  const authoriser = Buffer.from(privateKeyToPublic(`${testEnvironment.AUTHORISER_PRIVATE_KEY}01`) as string, "hex");
  const change = { ...LAUNCH_ROLES, authoriser, caps: capsOf(caps) };
  const setUp = [vault.scheduleChange(change), vault.setSbtcTokenPrincipal(DEPLOYMENT.sbtcContract)];
  advance(vm, LAUNCH_HEIGHT - 1);
  const outcomes = block(
    vm,
    setUp.map((call) => operationOf(call, DEPLOYER)),
  );
  const told = outcomes.map(answerOf).flatMap((answer) => (answer.error === null && answer.event ? answer.event : []));
  if (told.length < setUp.length) throw new Error(`The vault's launch failed: ${outcomes.map(({ result }) => result)}`);
  return { state: vm.save(state), events: told };
}

export class RealVault {
  readonly launchEvents: VaultEvent[];
  /** The launch, and states on the way to the tip. */
  private readonly checkpoints: [Checkpoint, ...Checkpoint[]];
  /** Since the last of them. */
  private work = 0;

  private constructor(
    private readonly vm: ClarityVm,
    launched: Launched,
  ) {
    this.launchEvents = launched.events;
    this.checkpoints = [{ height: LAUNCH_HEIGHT, state: launched.state }];
  }

  /** The vault right after its launch, with these caps. Only one at a time: all share the VM. */
  static async launch(caps: Caps): Promise<RealVault> {
    loaded ??= load();
    const { vm, state } = await loaded;
    const key = json(caps);
    const launched = launches.get(key) ?? launchIn(vm, state, caps);
    launches.set(key, launched);
    vm.restore(launched.state);
    return new RealVault(vm, launched);
  }

  private get newest(): Checkpoint {
    return this.checkpoints.at(-1) as Checkpoint;
  }

  /** Back to before a height: what a reorganisation leaves is played again from the block that this tells. */
  rewind(height: number): number {
    while (this.newest.height >= height) this.checkpoints.pop();
    this.vm.restore(this.newest.state);
    this.work = 0;
    return this.newest.height;
  }

  /** The answers to the transactions of a block. */
  mine(height: number, txs: Tx[]): Answer[] {
    this.work += height - this.vm.tip.burnHeight + txs.length * TRANSACTION_WORK;
    advance(this.vm, height - 1);
    const answers = block(this.vm, txs.map(vmOperationOf)).map(answerOf);
    if (this.work >= CHECKPOINT_WORK) {
      this.checkpoints.push({ height, state: this.vm.save(this.newest.state) });
      this.work = 0;
    }
    return answers;
  }

  /** What the contract's variables and tokens are at a block. Its read-only calls tell the same, but each loads all of it. */
  state(): ContractState {
    const [config, books, pendingChange] = ["config", "books", "pending-change"].map((name) =>
      decoded(this.vm.dataVar(DEPLOYMENT.vaultContract, name)),
    ) as [Config, Books, PendingChange | null];
    const held = this.vm.assets();
    const heldOf = (asset: string) => held.get(asset)?.get(DEPLOYMENT.vaultContract) ?? 0n;
    const sums = { heldStx: heldOf("STX"), heldSbtc: heldOf(SBTC_ASSET) };
    return { ...config, ...books, pendingChange, ...sums };
  }

  policy(policyId: bigint) {
    return this.entry("policies", policyId) as PolicyRow | null;
  }

  authorization(id: bigint) {
    const used = this.entry("used-authorizations", id) as { paid: boolean } | null;
    return { paid: used?.paid === true, revoked: used?.paid === false };
  }

  private entry(map: string, key: bigint): unknown {
    const bytes = Buffer.from(Cl.serialize(Cl.uint(key)), "hex");
    return decoded(this.vm.mapEntry(DEPLOYMENT.vaultContract, map, bytes));
  }
}

interface BucketRow {
  cap: bigint;
  usedByWindow: bigint;
  drainedAt: bigint;
}

interface AccountRow {
  balance: bigint;
  locked: bigint;
  withdrawals: BucketRow;
  settlements: BucketRow;
}

interface Config {
  paused: boolean;
  guardian: string;
}

interface Books {
  sequence: bigint;
  stx: AccountRow;
  sbtc: AccountRow;
}

interface PendingChange {
  readyAt: bigint;
}

export type ContractState = Config & Books & { pendingChange: PendingChange | null; heldStx: bigint; heldSbtc: bigint };

interface PolicyRow {
  buyer: string;
  token: string | null;
  lock: bigint;
  coverage: bigint;
  releaseAfter: bigint;
}

/** Empty burn blocks up to a height, each at its time. */
function advance(vm: ClarityVm, height: number) {
  const { burnHeight, time } = vm.tip;
  if (burnHeight >= height) return;
  vm.mineEmpty(1, timeOf(burnHeight + 1) - time, true);
  if (burnHeight + 1 < height) vm.mineEmpty(height - burnHeight - 1, BLOCK_SECONDS, true);
}

/** The next burn block, and in it a Stacks block of transactions at its time. */
function block(vm: ClarityVm, operations: ReturnType<typeof vmOperationOf>[]): VmOutcome[] {
  vm.mineEmpty(1, BLOCK_SECONDS / 2, true);
  return vm.mineBlock(operations, BLOCK_SECONDS / 2);
}
