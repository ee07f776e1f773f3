/**
 * One Clarity VM and its chain: mines blocks of operations, reads state, and can be set back to a checkpoint. It
 * knows no signatures, fees, nonces or post-conditions; those are the chain's (chain.ts).
 */
import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { IContractInterface, SDK } from "@stacks/clarinet-sdk-wasm";
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

/** What the VM said when it refused to run something: a runtime error, a bad deployment, an unknown name. */
export class VmError extends Error {
  override name = "VmError";
}

/** The VM's genesis is this much later than the time that it reads off the clock. */
const GENESIS_OFFSET_SECONDS = 10;

function text(bytes: Buffer): string {
  return bytes.toString("latin1");
}

/**
 * The files that the VM asks for. The deployment plan is always made anew from the manifest and never written, so that
 * running a node leaves no trace in the project.
 */
async function serveFile(action: string, { path, paths }: { path: string; paths: string[] }): Promise<unknown> {
  if (action === "vfs/exists") {
    if (path.endsWith(".simnet-plan.yaml")) return false;
    return access(path).then(
      () => true,
      () => false,
    );
  }
  if (action === "vfs/readFile") return text(await readFile(path));
  if (action === "vfs/readFiles") {
    return Object.fromEntries(await Promise.all(paths.map(async (one) => [one, text(await readFile(one))])));
  }
  return undefined;
}

export class ClarityVm {
  private readonly sdk: SDK;
  private snapshot: { memory: Uint8Array; stackPointer: number } | null = null;
  private interfaces: Map<string, IContractInterface> | null = null;

  private constructor(private readonly module: VmModule) {
    this.sdk = new module.sdk.SDK(serveFile, new module.sdk.SDKOptions(false, false, false));
  }

  /** Deploys the manifest's contracts; the chain's first block has `genesisTime` (unix seconds). */
  static async start(manifestPath: string, genesisTime: number): Promise<ClarityVm> {
    const vm = new ClarityVm(loadVmModule((genesisTime - GENESIS_OFFSET_SECONDS) * 1000));
    const manifest = resolve(manifestPath);
    await vm.sdk.initSession(dirname(manifest), manifest, null);
    vm.expectTime(genesisTime);
    return vm;
  }

  get height(): number {
    return this.sdk.stacksBlockHeight;
  }

  get burnHeight(): number {
    return this.sdk.burnBlockHeight;
  }

  get time(): number {
    return Number(this.sdk.getBlockTime());
  }

  get deployer(): string {
    return this.sdk.deployer;
  }

  /** Empty Stacks blocks, each `seconds` after the one before; in a new tenure each comes with a burn block. */
  mineEmpty(count: number, seconds: number, newTenure: boolean): void {
    const expected = this.time + count * seconds;
    this.withStep(seconds, () =>
      newTenure ? this.sdk.mineEmptyBurnBlocks(count) : this.sdk.mineEmptyStacksBlocks(count),
    );
    this.expectTime(expected);
  }

  /** A block of these operations. When it throws, the block is half applied: rewind. */
  mineBlock(operations: VmOperation[], seconds: number): VmOutcome[] {
    const expected = this.time + seconds;
    if (operations.some((operation) => "deployContract" in operation)) this.interfaces = null;
    const outcomes = this.withStep(seconds, () => this.sdk.mineBlock(operations)) as Record<
      "result" | "events",
      string
    >[];
    this.expectTime(expected);
    return outcomes.map(({ result, events }) => ({
      result,
      events: (JSON.parse(events) as string[]).map((event) => JSON.parse(event) as VmEvent),
    }));
  }

  /** Runs a read-only function; the serialised result. */
  readOnly(contract: string, method: string, args: Uint8Array[], sender: string): string {
    const call = new this.module.sdk.CallFnArgs(contract, method, args, sender);
    return this.calling(() => {
      try {
        const outcome = this.sdk.callReadOnlyFn(call);
        const { result } = outcome;
        outcome.free();
        return result;
      } finally {
        call.free();
      }
    });
  }

  /** The serialised value (without the optional around it), or null for a key that is not in the map. */
  mapEntry(contract: string, map: string, key: Uint8Array): string | null {
    return this.calling(() => {
      try {
        return this.sdk.getMapEntry(contract, map, key);
      } catch (error) {
        if (error === "value not found") return null;
        throw error;
      }
    });
  }

  dataVar(contract: string, name: string): string {
    return this.calling(() => this.sdk.getDataVar(contract, name));
  }

  source(contract: string): string | undefined {
    return this.sdk.getContractSource(contract);
  }

  contract(id: string): IContractInterface | undefined {
    this.interfaces ??= this.sdk.getContractsInterfaces();
    return this.interfaces.get(id);
  }

  /** What the chain began with: its own contracts and everyone's balances. */
  fingerprint(): string {
    const own = [...this.sdk.getContractsInterfaces()].filter(([id]) => id.startsWith(`${this.deployer}.`));
    const contracts = own.map(([id, { clarity_version, epoch }]) => [id, clarity_version, epoch, this.source(id)]);
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
    const named = [...this.sdk.getAssetsMap()].map(
      ([asset, owners]) => [asset.startsWith(".") ? this.deployer + asset : asset, owners] as const,
    );
    return new Map(named);
  }

  /** Creates STX out of nothing, outside of any block. */
  mintStx(recipient: string, amount: bigint): void {
    this.sdk.mintSTX(recipient, amount);
  }

  checkpoint(): void {
    const memory = new Uint8Array(this.module.memory.buffer);
    const reused =
      this.snapshot?.memory.length === memory.length ? this.snapshot.memory : new Uint8Array(memory.length);
    reused.set(memory);
    this.snapshot = { memory: reused, stackPointer: this.module.stackPointer.value };
  }

  /** Sets everything back to the checkpoint, also after a call that trapped. */
  rewind(): void {
    if (!this.snapshot) throw new Error("The VM has no checkpoint to go back to.");
    new Uint8Array(this.module.memory.buffer).set(this.snapshot.memory);
    this.module.stackPointer.value = this.snapshot.stackPointer;
    this.interfaces = null;
  }

  private withStep<T>(seconds: number, mine: () => T): T {
    this.module.blockSeconds.value = BigInt(seconds);
    try {
      return this.calling(mine);
    } finally {
      this.module.blockSeconds.value = 0n;
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
    if (this.time !== expected) throw new Error(`The VM's clock shows ${this.time}, not ${expected}.`);
  }
}
