/**
 * The VM's memory right after its genesis, kept on disk: to make it anew takes the VM seconds, to read it a moment, and it
 * is always the same. An image holds as long as the VM's version and every file that the VM asked for are what they were;
 * without one, or where none can be kept, a start is slower and nothing else.
 *
 * Every genesis is made at one time, `IMAGE_TIME`, and moved to the wanted one: the time stands in the memory as plain
 * numbers, and in nothing that is derived from them (genesisImage.test.ts compares every byte).
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { VmModule } from "./vmModule";

/** Unix seconds, whose bytes stand for nothing else in the memory. */
export const IMAGE_TIME = 1_772_963_481;
/** The genesis and the blocks before it, in seconds after the genesis. */
const GENESIS_BLOCKS = [0, -10];
const WASM_PAGE_BYTES = 65_536;

/** Where the memory holds the time of a genesis block, and how: as eight bytes, or as ten digits. */
interface TimeSpot {
  at: number;
  form: "binary" | "digits";
  seconds: number;
}

/** What stands in an image before the memory. */
interface Header {
  version: string;
  /** What the VM asked for, and a digest of what it was told. */
  answers: [question: string, digest: string][];
  checksum: number;
  stackPointer: number;
  /** Where the table of references holds the global object. */
  globals: number[];
  spots: TimeSpot[];
}

interface FileRequest {
  path: string;
  paths: string[];
}
export type ServeFile = (action: string, request: FileRequest) => Promise<unknown>;

const HEADER_LENGTH_BYTES = 4;

const digestOf = (answer: unknown) =>
  createHash("sha256")
    .update(JSON.stringify(answer) ?? "")
    .digest("hex");

function vmVersion(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("@stacks/clarinet-sdk"));
  return (require("@stacks/clarinet-sdk-wasm/package.json") as { version: string }).version;
}

function written(time: number, form: TimeSpot["form"]): Buffer {
  if (form === "digits") return Buffer.from(String(time));
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(time));
  return bytes;
}

function placesOf(bytes: Buffer, pattern: Buffer): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) places.push(at);
  return places;
}

/** Everywhere that the time of the image's genesis stands. */
function spotsIn(bytes: Buffer): TimeSpot[] {
  const forms = ["binary", "digits"] as const;
  return GENESIS_BLOCKS.flatMap((seconds) =>
    forms.flatMap((form) => placesOf(bytes, written(IMAGE_TIME + seconds, form)).map((at) => ({ at, form, seconds }))),
  );
}

/** The genesis of one manifest's project: in the memory of a VM, and on disk. */
export class GenesisImage {
  private readonly answers = new Map<string, string>();
  private readonly file: string | null;

  /** @param manifest its full path; where no packages are installed beside it, nothing is kept */
  constructor(
    manifest: string,
    private readonly serveFile: ServeFile,
  ) {
    const packages = join(dirname(manifest), "node_modules");
    const name = createHash("sha256").update(manifest).digest("hex").slice(0, 16);
    this.file = existsSync(packages) ? join(packages, ".cache", "clarity-vm", `${name}.image`) : null;
  }

  /** Serves the VM's files, and remembers what it was told. */
  readonly serve: ServeFile = async (action, request) => {
    const answer = await this.serveFile(action, request);
    this.answers.set(JSON.stringify([action, request]), digestOf(answer));
    return answer;
  };

  /** Puts the image into the memory of a VM that has not begun, at its genesis' time; false: none holds, the VM is spoilt. */
  async restore(vm: VmModule, time: number): Promise<boolean> {
    const header = await this.readInto(vm.memory).catch(() => null);
    if (!header) return false;
    vm.stackPointer.value = header.stackPointer;
    for (const place of header.globals) vm.references.set(place, globalThis);
    moveTo(vm, header.spots, time);
    return true;
  }

  /** Straight to its place, as a copy costs as much again. Null or an error where none was kept, or it was altered since. */
  private async readInto(memory: WebAssembly.Memory): Promise<Header | null> {
    if (this.file === null) return null;
    await using file = await open(this.file);
    const { buffer: length } = await file.read(Buffer.alloc(HEADER_LENGTH_BYTES));
    const { buffer: text } = await file.read(Buffer.alloc(length.readUInt32LE()));
    const header = JSON.parse(text.toString()) as Header;
    if (!(await this.holds(header))) return null;
    const { size } = await file.stat();
    memory.grow((size - length.length - text.length - memory.buffer.byteLength) / WASM_PAGE_BYTES);
    const bytes = Buffer.from(memory.buffer);
    const { bytesRead } = await file.read(bytes);
    return bytesRead === bytes.length && crc32(bytes) === header.checksum ? header : null;
  }

  private async holds({ version, answers }: Header): Promise<boolean> {
    if (version !== vmVersion()) return false;
    for (const [question, digest] of answers) {
      const [action, request] = JSON.parse(question) as [string, FileRequest];
      if (digestOf(await this.serveFile(action, request)) !== digest) return false;
    }
    return true;
  }

  /** Keeps the memory of a VM that has just begun at `IMAGE_TIME`, and moves it to the time of its genesis. */
  keep(vm: VmModule, time: number): void {
    const memory = Buffer.from(vm.memory.buffer);
    const spots = spotsIn(memory);
    this.write(vm, memory, spots);
    moveTo(vm, spots, time);
  }

  private write({ stackPointer, references }: VmModule, memory: Buffer, spots: TimeSpot[]): void {
    if (this.file === null) return;
    const places = Array.from({ length: references.length }, (_, place) => place);
    const globals = places.filter((place) => references.get(place) === globalThis);
    const answers = [...this.answers];
    const kept = { version: vmVersion(), answers, checksum: crc32(memory), stackPointer: stackPointer.value, globals };
    const header = Buffer.from(JSON.stringify({ ...kept, spots } satisfies Header));
    const length = Buffer.alloc(HEADER_LENGTH_BYTES);
    length.writeUInt32LE(header.length);
    const half = `${this.file}.${process.pid}-${Math.random().toString(36).slice(2)}`;
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      writeFileSync(half, Buffer.concat([length, header, memory]));
      renameSync(half, this.file);
    } catch {
      // A full or read-only disk: the next start is as slow as this one.
      rmSync(half, { force: true });
    }
  }
}

function moveTo({ memory }: VmModule, spots: TimeSpot[], time: number): void {
  if (String(time).length !== String(IMAGE_TIME).length) throw new Error(`A chain can't begin at ${time}.`);
  const bytes = Buffer.from(memory.buffer);
  for (const { at, form, seconds } of spots) bytes.set(written(time + seconds, form), at);
}
