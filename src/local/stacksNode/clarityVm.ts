/**
 * One Clarity VM and its chain: mines blocks of operations, reads state, and can be set back to a saved state. It
 * knows no signatures, fees, nonces or post-conditions; those are the chain's (chain.ts).
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { IContractInterface, SDK } from "@stacks/clarinet-sdk-wasm";
import { GenesisImage, IMAGE_TIME, type ServeFile } from "./genesisImage";
import { copyMemory, type MemoryCopy, restoreMemory } from "./memoryPages";
import { loadVmModule, type VmModule } from "./vmModule";

/** The VM's own form of what a block can hold; arguments are serialised Clarity values. */
export type VmOperation =
  | { callPublicFn: { contract: string; method: string; args_maps: Uint8Array[]; sender: string } }
  | { transferSTX: { amount: number; recipient: string; sender: string } }
  | { deployContract: { name: string; content: string; options: { clarityVersion?: number }; sender: string } };

export interface VmEvent {
  event: string;
  data: Record<string, string>;
}

export interface VmOutcome {
  /** The serialised Clarity value, hex with 0x. */
  result: string;
  events: VmEvent[];
}

/** Everything that the VM is at a moment. */
export interface VmState {
  memory: MemoryCopy;
  stackPointer: number;
  references: unknown[];
  interfaces: Map<string, IContractInterface> | null;
}

/** What the VM said when it refused to run something: a runtime error, a bad deployment, an unknown name. */
export class VmError extends Error {
  override name = "VmError";
}

/** The VM's genesis is this much later than the time that it reads off the clock. */
const GENESIS_OFFSET_SECONDS = 10;

/**
 * The files that the VM asks for. The deployment plan is always made anew from the manifest and never written, so that
 * running a node leaves no trace in the project.
 */
export const serveFile: ServeFile = async (action, { path, paths }) => {
  switch (action) {
    case "vfs/exists":
      return !path.endsWith(".simnet-plan.yaml") && existsSync(path);
    case "vfs/readFile":
      return readFileSync(path, "latin1");
    case "vfs/readFiles":
      return Object.fromEntries(paths.map((one) => [one, readFileSync(one, "latin1")]));
    default:
      return undefined;
  }
};

/** A source's outermost expressions in parentheses, its comments left out. */
function topLevelForms(source: string): string[] {
  const forms: string[] = [];
  let [depth, start] = [0, 0];
  const plain = source.replace(/"(?:[^"\\]|\\.)*"|;;.*/g, (token) => (token.startsWith(";") ? "" : token));
  for (const { 0: token, index } of plain.matchAll(/"(?:[^"\\]|\\.)*"|[()]/g)) {
    if (token === "(" && depth++ === 0) start = index;
    if (token === ")" && --depth === 0) forms.push(plain.slice(start, index + 1));
  }
  return forms;
}

export class ClarityVm {
  private readonly ownSdk: SDK;
  /** The copy that the memory is the same as; null once the VM was called, for then it may be another. */
  private unmoved: MemoryCopy | null = null;
  private interfaces: Map<string, IContractInterface> | null = null;

  private constructor(
    private readonly module: VmModule,
    files: ServeFile,
  ) {
    this.ownSdk = new module.sdk.SDK(files, new module.sdk.SDKOptions(false, false, false));
  }

  /** Deploys the manifest's contracts; the chain's first block has `genesisTime` (unix seconds). */
  static async start(manifestPath: string, genesisTime: number): Promise<ClarityVm> {
    const manifest = resolve(manifestPath);
    const image = new GenesisImage(manifest, serveFile);
    const load = () => new ClarityVm(loadVmModule((IMAGE_TIME - GENESIS_OFFSET_SECONDS) * 1000), image.serve);
    let vm = load();
    if (!(await image.restore(vm.module, genesisTime))) {
      vm = load();
      await vm.sdk.initSession(dirname(manifest), manifest, null);
      vm.expectTime(IMAGE_TIME);
      image.keep(vm.module, genesisTime);
    }
    vm.expectTime(genesisTime);
    return vm;
  }

  /** Every call of the VM goes by here. */
  private get sdk(): SDK {
    this.unmoved = null;
    return this.ownSdk;
  }

  get tip(): { height: number; burnHeight: number; time: number } {
    const { stacksBlockHeight: height, burnBlockHeight: burnHeight } = this.sdk;
    return { height, burnHeight, time: Number(this.sdk.getBlockTime()) };
  }

  /** Empty Stacks blocks, each `seconds` after the one before; in a new tenure each comes with a burn block. */
  mineEmpty(count: number, seconds: number, newTenure: boolean): void {
    this.mine(seconds, count, () =>
      newTenure ? this.sdk.mineEmptyBurnBlocks(count) : this.sdk.mineEmptyStacksBlocks(count),
    );
  }

  /** A block of these operations. When it throws, the block is half applied: rewind. */
  mineBlock(operations: VmOperation[], seconds: number): VmOutcome[] {
    if (operations.some((operation) => "deployContract" in operation)) this.interfaces = null;
    const outcomes = this.mine(seconds, 1, () => this.sdk.mineBlock(operations));
    return (outcomes as Record<"result" | "events", string>[]).map(({ result, events }) => ({
      result,
      events: (JSON.parse(events) as string[]).map((event) => JSON.parse(event) as VmEvent),
    }));
  }

  /** Runs a read-only function; the serialised result. */
  readOnly(contract: string, method: string, args: Uint8Array[], sender: string): string {
    // Both are freed by hand: nothing else frees what belongs to the VM (vmModule.ts).
    const call = new this.module.sdk.CallFnArgs(contract, method, args, sender);
    try {
      const outcome = this.calling(() => this.sdk.callReadOnlyFn(call));
      const { result } = outcome;
      outcome.free();
      return result;
    } finally {
      call.free();
    }
  }

  /** The serialised value (without the optional around it), or null for a key that is not in the map. */
  mapEntry(contract: string, map: string, key: Uint8Array): string | null {
    return this.valueOf(() => this.sdk.getMapEntry(contract, map, key));
  }

  /** The serialised value, or null where there is no such variable. */
  dataVar(contract: string, name: string): string | null {
    return this.valueOf(() => this.sdk.getDataVar(contract, name));
  }

  /** The serialised value, or null where there is no such constant. */
  constant(contract: string, name: string): string | null {
    const isKnown = this.contract(contract)?.variables.some((one) => one.access === "constant" && one.name === name);
    if (!isKnown) return null;
    // The VM hands out no constants: their definitions are run again, as the contract's deployer ran them.
    const [deployer] = contract.split(".");
    const definitions = topLevelForms(this.source(contract) ?? "").filter((form) =>
      /^\(\s*define-constant\s/.test(form),
    );
    const asDeployed = definitions.map((form) =>
      form.replace(/(?<![\w-])(tx-sender|contract-caller)(?![\w-])/g, `'${deployer}`),
    );
    return this.calling(() => this.sdk.runSnippet(`${asDeployed.join("\n")}\n${name}`));
  }

  source(contract: string): string | undefined {
    return this.sdk.getContractSource(contract);
  }

  /** By id. */
  contracts(): Map<string, IContractInterface> {
    this.interfaces ??= this.sdk.getContractsInterfaces();
    return this.interfaces;
  }

  contract(id: string): IContractInterface | undefined {
    return this.contracts().get(id);
  }

  /** What the chain began with: its own contracts and everyone's balances. */
  fingerprint(): string {
    const { sdk } = this;
    const own = [...this.contracts()].filter(([id]) => id.startsWith(`${sdk.deployer}.`));
    const contracts = own.map(([id, abi]) => [id, abi.clarity_version, abi.epoch, sdk.getContractSource(id)]);
    const balances = [...this.assets()].map(([asset, owners]) => [asset, ...[...owners].map(String).sort()]);
    const facts = JSON.stringify([contracts.map(String).sort(), balances.map(String).sort()]);
    return createHash("sha256").update(facts).digest("hex");
  }

  /** @param principal must have been parsed as one: it becomes part of a snippet */
  stxBalance(principal: string): bigint {
    return BigInt(`0x${this.sdk.runSnippet(`(stx-get-balance '${principal})`).slice(4)}`);
  }

  /** By asset, then by owner; for an NFT the count. STX is "STX", others `<contract id>.<asset name>`. */
  assets(): Map<string, Map<string, bigint>> {
    const { deployer } = this.sdk;
    return new Map(
      [...this.sdk.getAssetsMap()].map(([asset, owners]) => [asset.startsWith(".") ? deployer + asset : asset, owners]),
    );
  }

  /** @param previous an earlier state: what has not changed since is not copied again */
  save(previous?: VmState): VmState {
    const memory = this.unmoved ?? copyMemory(this.module.memory, previous?.memory ?? []);
    this.unmoved = memory;
    const { references: table, stackPointer } = this.module;
    const references = Array.from({ length: table.length }, (_, index) => table.get(index) as unknown);
    return { memory, stackPointer: stackPointer.value, references, interfaces: this.interfaces };
  }

  /** Sets everything back, also after a call that trapped. */
  restore({ memory, stackPointer, references, interfaces }: VmState): void {
    restoreMemory(this.module.memory, memory, this.unmoved ?? []);
    this.unmoved = memory;
    this.module.stackPointer.value = stackPointer;
    references.forEach((reference, index) => {
      this.module.references.set(index, reference);
    });
    this.interfaces = interfaces;
  }

  /** Mines so many blocks, each `seconds` after the one before, and sees that the VM's clock agrees. */
  private mine<T>(seconds: number, count: number, blocks: () => T): T {
    const expected = this.tip.time + count * seconds;
    this.module.blockSeconds.value = BigInt(seconds);
    try {
      const outcome = this.calling(blocks);
      this.expectTime(expected);
      return outcome;
    } finally {
      this.module.blockSeconds.value = 0n;
    }
  }

  private valueOf(read: () => string): string | null {
    try {
      return this.calling(read);
    } catch (error) {
      if (error instanceof VmError && error.message === "value not found") return null;
      throw error;
    }
  }

  /** The VM throws strings for what it refuses; a trap (a WebAssembly.RuntimeError) leaves it unusable until a rewind. */
  private calling<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw error instanceof Error ? error : new VmError(String(error));
    }
  }

  private expectTime(expected: number): void {
    const { time } = this.tip;
    if (time !== expected) throw new Error(`The VM's clock shows ${time}, not ${expected}.`);
  }
}
