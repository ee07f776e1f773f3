/** The VM alone: its clock, and that setting its memory back leaves a VM that is as good as new. */
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Cl } from "@stacks/transactions";
import { beforeAll, expect, test } from "vitest";
import { ClarityVm, VmError, type VmOperation, type VmState } from "../../../src/local/stacksNode/clarityVm";
import { MANIFEST } from "./harness";

const GENESIS = 1_800_000_000;
const sender = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5";
const contract = `${sender}.probe`;
const content = readFileSync(new URL("../../fixtures/contracts/probe.clar", import.meta.url), "utf8");
const bytes = (value: Parameters<typeof Cl.serialize>[0]) => Uint8Array.from(Buffer.from(Cl.serialize(value), "hex"));
const call = (method: string, ...args: Uint8Array[]): VmOperation => ({
  callPublicFn: { contract, method, args_maps: args, sender },
});
const readCount = () => BigInt(`0x${vm.readOnly(contract, "get-count", [], sender).slice(4)}`);

let vm: ClarityVm;
let saved: VmState;
beforeAll(async () => {
  vm = await ClarityVm.start(MANIFEST, GENESIS);
  vm.mineBlock([{ deployContract: { name: "probe", content, options: { clarityVersion: 6 }, sender } }], 0);
  saved = vm.save();
});

test("blocks have the time that they are given, and burn blocks come when they are asked for", () => {
  const genesis = vm.tip;
  expect(genesis.time).toBe(GENESIS);
  vm.mineEmpty(1, 7, false);
  vm.mineEmpty(3, 0, false);
  vm.mineEmpty(5, 600, true);
  const [outcome] = vm.mineBlock([call("bump", bytes(Cl.uint(1)))], 31_536_000);
  const { time, height, burnHeight } = vm.tip;
  const grown = [time - GENESIS, height - genesis.height, burnHeight - genesis.burnHeight];
  expect(grown).toEqual([31_539_007, 10, 5]);
  expect(outcome?.events[0]?.data.raw_value).toContain(Cl.serialize(Cl.uint(time)));
  vm.restore(saved);
  expect(vm.tip).toEqual(genesis);
});

test("failures, returns and collections of garbage leave it unharmed, however many", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  for (let n = 1; n <= 40; n += 1) {
    expect(() => vm.mineBlock([call("bump", bytes(Cl.uint(5))), call("crash")], 1)).toThrow(VmError);
    expect(() => vm.readOnly(contract, "boom", [], sender)).toThrow(VmError);
    vm.restore(saved);
    vm.mineBlock([call("bump", bytes(Cl.uint(1)))], 1);
    expect(readCount()).toBe(BigInt(n));
    saved = vm.save(saved);
    if (n % 10 !== 0) continue;
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve));
  }
});

test("a trap, and memory that has grown, are undone as well", () => {
  const count = readCount();
  expect(() => vm.mapEntry(contract, "notes", Uint8Array.from([99]))).toThrow(WebAssembly.RuntimeError);
  expect(() => vm.tip).toThrow();
  vm.restore(saved);
  vm.mineEmpty(200_000, 1, true);
  vm.restore(saved);
  for (let n = 1; n <= 3; n += 1) {
    vm.mineEmpty(100_000, 1, true);
    vm.mineBlock([call("bump", bytes(Cl.uint(1)))], 1);
    expect(readCount()).toBe(count + BigInt(n));
  }
});
