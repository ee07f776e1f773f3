/** What anybody is told of what can be done now. */
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { type Backend, openBackend, PaperVault, sync } from "./backend";

let backend: Backend;
let vault: PaperVault;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  backend = await openBackend();
  vault = new PaperVault();
});

const ADA = { actor: "Ada", reason: "a key may be stolen" };
const calm = {
  stopped: [],
  vaultPaused: false,
  launched: true,
  isHalted: false,
  isRestoring: false,
  restoringUntil: null,
};
const status = () => backend.query(api.status.getStatus, {});

test("before the first look nobody knows whether the vault is launched", async () => {
  expect(await status()).toEqual({ ...calm, vaultPaused: null, launched: null });
  await sync(backend, vault);
  expect(await status()).toEqual(calm);
});

test("a pause is told when it is seen, and so is its end", async () => {
  await sync(backend, vault);
  vault.paused = true;
  vault.mine();
  await sync(backend, vault);
  expect(await status()).toEqual({ ...calm, vaultPaused: true });
  vault.paused = false;
  vault.mine();
  await sync(backend, vault);
  expect(await status()).toEqual(calm);
});

test("what is stopped is named without its reason, which is the operators'", async () => {
  await sync(backend, vault);
  await backend.mutation(internal.breakers.control.tripBreaker, { capability: "withdraw", ...ADA });
  await backend.mutation(internal.breakers.control.tripBreaker, { capability: "sync", ...ADA });
  const { stopped, isHalted } = await status();
  expect(stopped.map(({ capability }) => capability).toSorted()).toEqual(["sync", "withdraw"]);
  expect(Object.keys(stopped[0] ?? {}).toSorted()).toEqual(["capability", "since"]);
  expect(isHalted).toBe(true);
  await backend.mutation(internal.breakers.control.resetBreaker, { capability: "sync", ...ADA });
  expect(await status()).toMatchObject({ stopped: [{ capability: "withdraw" }], isHalted: false });
});

test("after a restore the hour is told once it is known", async () => {
  await sync(backend, vault);
  await backend.mutation(internal.breakers.restore.begin, ADA);
  expect(await status()).toEqual({ ...calm, isRestoring: true });
  vault.mine();
  await sync(backend, vault);
  const until = (vault.timeOf(vault.height) + 3_600) * 1_000;
  expect(await status()).toEqual({ ...calm, isRestoring: true, restoringUntil: until });
});
