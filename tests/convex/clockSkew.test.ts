/** A server whose clock is an hour off: deadlines are the chain's, so none comes sooner or later for it. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ALICE } from "./backend";
import { HOUR, Scene } from "./withdrawing";

const SKEW_MS = 3_600_000;
const RESERVED = { available: 3_000_000n, reserved: 2_000_000n };
const RETURNED = { available: 5_000_000n, reserved: 0n };
let scene: Scene;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"] });
  scene = await Scene.open();
});

describe.each([
  ["an hour ahead", SKEW_MS],
  ["an hour behind", -SKEW_MS],
])("%s", (_skew, byMs) => {
  test("an authorisation lasts an hour of block time, and its reserve as long", async () => {
    await scene.deposited(ALICE, 5_000_000n);
    vi.setSystemTime(Date.now() + byMs);
    const { vault } = scene;
    const before = vault.timeOf(vault.height);
    const { authorization } = await scene.request(ALICE, 2_000_000n);
    expect(Number(authorization.expiresAt) - before).toBe(3_600);
    const position = async () => (await scene.portfolio(ALICE)).positions[0];
    vault.mine(HOUR);
    await scene.sync();
    expect(await position()).toMatchObject(RESERVED);
    vault.mine(2);
    await scene.sync();
    expect(await position()).toMatchObject(RETURNED);
    await scene.expectExactBooks();
  });
});
