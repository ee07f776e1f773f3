/** When a save leads to a push: looks are taken one by one, so that nothing here depends on time. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fingerprintOf, PushOnSave } from "../../../src/local/pushOnSave";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bithedge-sources-"));
  writeFileSync(path.join(folder, "a.ts"), "1");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a push waits until the sources rest, and follows each change once", async () => {
  let [sources, pushes, isRefused] = ["one", 0, false];
  const push = async () => {
    pushes += 1;
    if (isRefused) throw new Error("refused");
  };
  const watch = new PushOnSave("one", { fingerprint: () => sources, push });
  expect(await watch.look()).toBe(null);
  sources = "two";
  expect(await watch.look()).toBe(null);
  sources = "three";
  expect(await watch.look()).toBe(null);
  expect(pushes).toBe(0);
  expect(await watch.look()).toEqual({ ok: true });
  expect(await watch.look()).toBe(null);
  expect(pushes).toBe(1);

  isRefused = true;
  sources = "four";
  await watch.look();
  expect(await watch.look()).toMatchObject({ ok: false, error: { message: "refused" } });
  // Not again before the next save; then the next good one is pushed.
  expect(await watch.look()).toBe(null);
  isRefused = false;
  sources = "five";
  await watch.look();
  expect(await watch.look()).toEqual({ ok: true });
  expect(pushes).toBe(3);
});

test("what is saved while a push is under way is pushed after it", async () => {
  let [sources, pushes] = ["one", 0];
  const push = async () => {
    pushes += 1;
    if (pushes === 1) sources = "saved meanwhile";
  };
  const watch = new PushOnSave("none", { fingerprint: () => sources, push });
  await watch.look();
  expect(await watch.look()).toEqual({ ok: true });
  expect(await watch.look()).toBe(null);
  expect(await watch.look()).toEqual({ ok: true });
  expect(pushes).toBe(2);
});

test("every way of saving is seen, and what the push writes is not", () => {
  let last = fingerprintOf([folder]);
  const isSeen = () => {
    const now = fingerprintOf([folder]);
    const differs = now !== last;
    last = now;
    return differs;
  };
  expect(isSeen()).toBe(false);
  writeFileSync(path.join(folder, "a.ts"), "longer");
  expect(isSeen()).toBe(true);
  // An editor that writes another file and renames it; the same size, another time.
  writeFileSync(path.join(folder, "temporary"), "LONGER");
  utimesSync(path.join(folder, "temporary"), 1, 1);
  renameSync(path.join(folder, "temporary"), path.join(folder, "a.ts"));
  expect(isSeen()).toBe(true);
  mkdirSync(path.join(folder, "new/deep"), { recursive: true });
  writeFileSync(path.join(folder, "new/deep/b.ts"), "");
  expect(isSeen()).toBe(true);
  rmSync(path.join(folder, "new"), { recursive: true });
  expect(isSeen()).toBe(true);
  mkdirSync(path.join(folder, "_generated"));
  writeFileSync(path.join(folder, "_generated/api.js"), "");
  expect(isSeen()).toBe(false);
});
