/** The genesis that is kept on disk is the one that the VM makes, and is used only while it is that. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SDK } from "@stacks/clarinet-sdk-wasm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClarityVm, serveFile } from "../../../src/local/stacksNode/clarityVm";
import { IMAGE_TIME } from "../../../src/local/stacksNode/genesisImage";
import { loadVmModule } from "../../../src/local/stacksNode/vmModule";
import { MANIFEST } from "./harness";

const LATER = IMAGE_TIME + 0x01_02_03_04;
const project = mkdtempSync(path.join(tmpdir(), "genesis-"));
const manifest = path.join(project, "Clarinet.toml");
const packages = path.join(project, "node_modules");
const cache = path.join(packages, ".cache", "clarity-vm");
const contract = path.join(project, "contracts", "liquidity-vault.clar");

beforeAll(() => {
  for (const name of ["Clarinet.toml", "contracts", "settings"]) {
    cpSync(path.join(path.dirname(MANIFEST), name), path.join(project, name), { recursive: true });
  }
  mkdirSync(packages);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const start = (time: number) => ClarityVm.start(manifest, time);
const memoryOf = (vm: ClarityVm) => Buffer.concat(vm.save().memory);
const images = () => (existsSync(cache) ? readdirSync(cache) : []);

const tipOf = (session: SDK) => [session.stacksBlockHeight, session.burnBlockHeight, session.getBlockTime()];

/** The memory of a VM whose clock showed that time when it began. */
async function madeAt(time: number): Promise<Buffer> {
  const { sdk, memory } = loadVmModule((time - 10) * 1_000);
  const session = new sdk.SDK(serveFile, new sdk.SDKOptions(false, false, false));
  await session.initSession(project, manifest, null);
  // As the start looks, before and after it moves the genesis: what reads leave behind is in the memory too.
  for (const look of [tipOf, tipOf]) look(session);
  return Buffer.from(memory.buffer);
}

test("moved from the image's time to another, it is what the VM makes at that time, to the byte", async () => {
  const made = await madeAt(LATER);
  expect(images()).toEqual([]);
  const first = memoryOf(await start(LATER));
  expect(images()).toHaveLength(1);
  const again = memoryOf(await start(LATER));
  expect([first.equals(made), again.equals(made)]).toEqual([true, true]);
  expect(memoryOf(await start(LATER + 1)).equals(made)).toBe(false);
});

test("one that was cut off or altered, or whose project has changed since, is made anew", async () => {
  const before = (await start(LATER)).fingerprint();
  const [name = ""] = images();
  const file = path.join(cache, name);
  const image = readFileSync(file);
  image[image.length - 1_000_000] = (image.at(-1_000_000) as number) ^ 1;
  writeFileSync(file, image);
  expect((await start(LATER)).fingerprint()).toBe(before);
  const mended = readFileSync(file);
  expect(mended.equals(image)).toBe(false);
  writeFileSync(file, mended.subarray(0, 100));
  writeFileSync(contract, `${readFileSync(contract, "utf8")}\n(define-read-only (is-changed) true)\n`);
  const changed = (await start(LATER)).fingerprint();
  expect(changed).not.toBe(before);
  expect((await start(LATER)).fingerprint()).toBe(changed);
  expect(images()).toEqual([name]);
});
