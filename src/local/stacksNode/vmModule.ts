/**
 * Loads @stacks/clarinet-sdk-wasm, the compiled Clarity VM, as an instance of its own, with three things in our hands
 * that its package keeps to itself:
 *
 * - Its clock. As published, every Stacks block adds 10 seconds and every burn block 600, so at a block a second an
 *   authorisation of one hour would expire within six minutes. Those steps are constants of the compiled module; here
 *   they become an exported global, `blockSeconds`, which is set before each block. The VM checks it (clarityVm.ts).
 * - Its memory, so that a block can be undone: the VM cannot roll back, and a rebuild costs more the longer a chain is.
 * - Its surroundings: it prints every event, so its glue is evaluated with a console that is silent.
 *
 * Only bytes in memory change; the installed package stays as it is. If a new version moves the constants, loading
 * fails at once and says so.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { compileFunction } from "node:vm";

export type VmSdk = typeof import("@stacks/clarinet-sdk-wasm");

export interface VmModule {
  sdk: VmSdk;
  memory: WebAssembly.Memory;
  /** How many seconds the next Stacks block adds. */
  blockSeconds: WebAssembly.Global<"i64">;
  /** A call that traps leaves it where it was; whoever restores the memory restores it too. */
  stackPointer: WebAssembly.Global<"i32">;
  /** Our objects that the memory refers to by number; whoever restores the memory restores them too. */
  references: WebAssembly.Table;
}

const GLOBAL_SECTION = 6;
const EXPORT_SECTION = 7;
const HEADER_BYTES = 8;

function readUnsigned(bytes: Uint8Array, at: number): { value: number; end: number } {
  const byte = bytes[at] ?? 0;
  if (byte < 0x80) return { value: byte, end: at + 1 };
  const rest = readUnsigned(bytes, at + 1);
  return { value: rest.value * 0x80 + (byte & 0x7f), end: rest.end };
}

function unsigned(value: number): Buffer {
  const rest = value >>> 7;
  return rest === 0 ? Buffer.from([value]) : Buffer.concat([Buffer.from([(value & 0x7f) | 0x80]), unsigned(rest)]);
}

function replaceOnce(module: Buffer, published: string, ours: string): void {
  const from = Buffer.from(published.replaceAll(" ", ""), "hex");
  const to = Buffer.from(ours.replaceAll(" ", ""), "hex");
  const at = module.indexOf(from);
  if (at < 0 || module.indexOf(from, at + 1) >= 0 || from.length !== to.length) {
    throw new Error("The clock of @stacks/clarinet-sdk-wasm is not where version 3.21 has it: pin that version.");
  }
  to.copy(module, at);
}

/** An entry of the export section: name, kind 3 (global), index. */
function exportedGlobal(name: string, index: number): Buffer {
  return Buffer.concat([unsigned(name.length), Buffer.from(name), Buffer.from([3, index])]);
}

const STACK_POINTER = 0;
const BLOCK_SECONDS = 1;
/** The stack pointer is the only global as published; ours, a mutable i64 that starts at 0, comes after it. */
const ADDED_ENTRIES = new Map([
  [GLOBAL_SECTION, [Buffer.from("7e0142000b", "hex")]],
  [EXPORT_SECTION, [exportedGlobal("stackPointer", STACK_POINTER), exportedGlobal("blockSeconds", BLOCK_SECONDS)]],
]);

/** The module with the global of its clock; bodies of functions keep their length, so nothing else moves. */
function withClock(published: Uint8Array): Uint8Array<ArrayBuffer> {
  const module = Buffer.from(published);
  const sections: Buffer[] = [module.subarray(0, HEADER_BYTES)];
  for (let at = HEADER_BYTES; at < module.length; ) {
    const id = module[at] as number;
    const size = readUnsigned(module, at + 1);
    at = size.end + size.value;
    let body = module.subarray(size.end, at);
    const added = ADDED_ENTRIES.get(id);
    if (added) {
      const count = readUnsigned(body, 0);
      if (id === GLOBAL_SECTION && count.value !== BLOCK_SECONDS) {
        throw new Error("The globals of @stacks/clarinet-sdk-wasm are not those of version 3.21.");
      }
      body = Buffer.concat([unsigned(count.value + added.length), body.subarray(count.end), ...added]);
    }
    sections.push(Buffer.from([id]), unsigned(body.length), body);
  }
  const clocked = Buffer.concat(sections);
  // A burn block: max(last Stacks block + 10, last burn block + 600), each now + 0.
  replaceOnce(
    clocked,
    "2019 420a 7c 201a 42d804 7c 221a 2019 201a 56 1b",
    "2019 4200 7c 201a 428000 7c 221a 2019 201a 56 1b",
  );
  // A Stacks block: max(last Stacks block, last burn block) + 10, now + the global.
  replaceOnce(clocked, "201b 201c 201b 201c 56 1b 420a 7c", "201b 201c 201b 201c 56 1b 2301 7c");
  return new Uint8Array(clocked);
}

/** @param startTimeMs what the VM takes for the wall clock while it sets its genesis up */
export function loadVmModule(startTimeMs: number): VmModule {
  const require = createRequire(createRequire(import.meta.url).resolve("@stacks/clarinet-sdk"));
  const path = require.resolve("@stacks/clarinet-sdk-wasm");
  class ClockedModule extends WebAssembly.Module {
    constructor(published: Uint8Array) {
      super(withClock(published));
    }
  }
  class StartDate extends Date {
    constructor(value?: number | string | Date) {
      super(value ?? startTimeMs);
    }
  }
  const exports = {};
  const scope = {
    exports,
    require: createRequire(path),
    __dirname: dirname(path),
    WebAssembly: { Module: ClockedModule, Instance: WebAssembly.Instance },
    Date: StartDate,
    console: { log() {}, error() {} },
    // The glue would have the garbage collector free what belongs to the VM. At a memory that was set back meanwhile,
    // that frees what is now another's: without a registry, nothing is freed but by hand.
    FinalizationRegistry: undefined,
  };
  const source = `${readFileSync(path, "utf8")}\nreturn wasm;`;
  const wasm = compileFunction(source, Object.keys(scope), { filename: path })(...Object.values(scope));
  return { ...wasm, sdk: exports, references: wasm.__wbindgen_externrefs };
}
