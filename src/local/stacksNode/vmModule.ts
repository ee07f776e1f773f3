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
}

const GLOBAL_SECTION = 6;
const EXPORT_SECTION = 7;
const HEADER_BYTES = 8;

function readUnsigned(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let shift = 0, end = at; ; shift += 7) {
    const byte = bytes[end++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value: value >>> 0, end };
  }
}

function unsigned(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) return Buffer.from(bytes);
  }
}

function replaceOnce(module: Buffer, published: string, ours: string): void {
  const [from, to] = [published, ours].map((text) => Buffer.from(text.replace(/[^0-9a-f]/g, ""), "hex")) as [
    Buffer,
    Buffer,
  ];
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

/** The module with the global of its clock; bodies of functions keep their length, so nothing else moves. */
function withClock(published: Uint8Array): Buffer {
  const module = Buffer.from(published);
  const sections: Buffer[] = [module.subarray(0, HEADER_BYTES)];
  let clock = -1;
  for (let at = HEADER_BYTES; at < module.length; ) {
    const id = module[at] as number;
    const size = readUnsigned(module, at + 1);
    let body = module.subarray(size.end, size.end + size.value);
    at = size.end + size.value;
    if (id === GLOBAL_SECTION || id === EXPORT_SECTION) {
      const count = readUnsigned(body, 0);
      // The stack pointer is the only global as published; ours, a mutable i64 that starts at 0, comes after it.
      if (id === GLOBAL_SECTION) clock = count.value;
      const added =
        id === GLOBAL_SECTION
          ? [Buffer.from("7e0142000b", "hex")]
          : [exportedGlobal("blockSeconds", clock), exportedGlobal("stackPointer", 0)];
      body = Buffer.concat([unsigned(count.value + added.length), body.subarray(count.end), ...added]);
    }
    sections.push(Buffer.from([id]), unsigned(body.length), body);
  }
  const clocked = Buffer.concat(sections);
  if (clock !== 1) throw new Error("The globals of @stacks/clarinet-sdk-wasm are not those of version 3.21.");
  // A burn block: max(last Stacks block + 10, last burn block + 600), each now + 0.
  replaceOnce(
    clocked,
    "2019 420a 7c 201a 42d804 7c 221a 2019 201a 56 1b",
    "2019 4200 7c 201a 428000 7c 221a 2019 201a 56 1b",
  );
  // A Stacks block: max(last Stacks block, last burn block) + 10, now + the global.
  replaceOnce(clocked, "201b 201c 201b 201c 56 1b 420a 7c", "201b 201c 201b 201c 56 1b 2301 7c");
  return clocked;
}

/** @param startTimeMs what the VM takes for the wall clock while it sets its genesis up */
export function loadVmModule(startTimeMs: number): VmModule {
  const require = createRequire(createRequire(import.meta.url).resolve("@stacks/clarinet-sdk"));
  const path = require.resolve("@stacks/clarinet-sdk-wasm");
  let exports: WebAssembly.Exports | undefined;
  const webAssembly = {
    Module: class {
      constructor(bytes: Uint8Array) {
        // biome-ignore lint/correctness/noConstructorReturn: stands in for WebAssembly.Module, which the glue constructs
        return new WebAssembly.Module(new Uint8Array(withClock(bytes)));
      }
    },
    Instance: class {
      constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
        const instance = new WebAssembly.Instance(module, imports);
        exports = instance.exports;
        // biome-ignore lint/correctness/noConstructorReturn: stands in for WebAssembly.Instance
        return instance;
      }
    },
  };
  class StartDate extends Date {
    constructor(value?: number | string | Date) {
      super(value ?? startTimeMs);
    }
  }
  const silence = { log() {}, error() {} };
  // The glue has the garbage collector free what belongs to the VM. At a memory that was set back meanwhile, that
  // frees what is now another's: nothing is freed but by hand.
  class NoFinalizers {
    register() {}
    unregister() {}
  }
  const module = { exports: {} };
  const commonJs = { exports: module.exports, require: createRequire(path), module, __dirname: dirname(path) };
  const globals = { WebAssembly: webAssembly, Date: StartDate, console: silence, FinalizationRegistry: NoFinalizers };
  const scope = { ...commonJs, ...globals };
  compileFunction(readFileSync(path, "utf8"), Object.keys(scope), { filename: path })(...Object.values(scope));
  return { sdk: module.exports, ...exports } as unknown as VmModule;
}
