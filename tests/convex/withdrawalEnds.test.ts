/** How a withdrawal ends that is not simply paid: cancelled, revoked or expired, and what a reorganisation does to that. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { openReserve, startCancelling, type Withdrawal } from "../../convex/withdrawals/model";
import { ALICE, BOB } from "./backend";
import { HOUR, refusal, Scene } from "./withdrawing";

let scene: Scene;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  scene = await Scene.open();
});

const position = async () => (await scene.portfolio(ALICE)).positions[0];
const RESERVED = { available: 3_000_000n, reserved: 2_000_000n };
const RETURNED = { available: 5_000_000n, reserved: 0n };
const PAID = { available: 3_000_000n, reserved: 0n, total: 3_000_000n };

async function requested(idempotencyKey?: string) {
  await scene.deposited(ALICE, 5_000_000n);
  const { withdrawalId, authorization } = await scene.request(
    ALICE,
    2_000_000n,
    idempotencyKey ? { idempotencyKey } : {},
  );
  return { withdrawalId, id: authorization.id, expiresAt: authorization.expiresAt };
}

async function cancelled() {
  const withdrawal = await requested();
  expect(await scene.cancel(ALICE, withdrawal.withdrawalId)).toEqual({ status: "cancelling" });
  return withdrawal;
}

describe("cancelling", () => {
  test("asks the vault to revoke, once, and gives nothing back by itself", async () => {
    const { withdrawalId, id } = await cancelled();
    expect(await scene.cancel(ALICE, withdrawalId)).toEqual({ status: "cancelling" });
    expect(await scene.owed()).toEqual([{ kind: "revoke", authorizationId: id }]);
    scene.vault.mine(HOUR - 10);
    await scene.sync();
    expect(await position()).toMatchObject(RESERVED);
    await scene.expectExactBooks();
  });

  test("a new request waits until it is over, even for the same amount", async () => {
    const { id, expiresAt } = await cancelled();
    const open = refusal("WITHDRAWAL_OPEN", { amount: 2_000_000n, expiresAt });
    for (const amount of [2_000_000n, 1_000_000n]) await expect(scene.request(ALICE, amount)).rejects.toEqual(open);
    await expect(scene.quote(ALICE)).rejects.toEqual(open);
    scene.vault.revoke(id);
    await scene.settle();
    expect((await scene.request(ALICE, 2_000_000n)).authorization.id).not.toBe(id);
  });

  test("the vault revokes: the reserve returns when that is final, not before", async () => {
    const { withdrawalId, id } = await cancelled();
    scene.vault.revoke(id);
    await scene.sync();
    expect(await position()).toMatchObject(RESERVED);
    await scene.settle();
    expect(await position()).toMatchObject(RETURNED);
    expect(await scene.cancel(ALICE, withdrawalId)).toEqual({ status: "revoked" });
    scene.vault.mine(HOUR);
    await scene.settle();
    expect(await position()).toMatchObject(RETURNED);
    await scene.expectExactBooks();
  });

  test("the wallet was faster: it is paid after all", async () => {
    const { withdrawalId, id } = await cancelled();
    scene.vault.withdraw(ALICE, "STX", 2_000_000n, id);
    await scene.settle();
    expect(await position()).toMatchObject(PAID);
    expect(await scene.cancel(ALICE, withdrawalId)).toEqual({ status: "paid" });
    expect(await scene.stopped()).toBeNull();
    await scene.expectExactBooks();
  });

  test("it expires first: the reserve returns, and a late revocation returns nothing more", async () => {
    const { withdrawalId, id } = await cancelled();
    scene.vault.mine(HOUR);
    await scene.settle();
    expect(await position()).toMatchObject(RETURNED);
    expect(await scene.cancel(ALICE, withdrawalId)).toEqual({ status: "expired" });
    scene.vault.revoke(id);
    await scene.settle();
    expect(await position()).toMatchObject(RETURNED);
    expect(await scene.withdrawals()).toMatchObject([{ status: "expired" }]);
    await scene.expectExactBooks();
  });

  test("only one's own, and nothing of a stranger's attempt stays", async () => {
    const { withdrawalId } = await requested();
    await expect(scene.cancel(BOB, withdrawalId)).rejects.toEqual(refusal("NO_WITHDRAWAL"));
    await expect(scene.cancel(ALICE, "nonsense")).rejects.toEqual(refusal("NO_WITHDRAWAL"));
    expect(await scene.withdrawals()).toMatchObject([{ status: "authorised" }]);
    expect(await scene.owed()).toEqual([]);
  });

  test("what is over already stays what it is, and costs the service nothing", async () => {
    const { withdrawalId, id } = await requested();
    scene.vault.withdraw(ALICE, "STX", 2_000_000n, id);
    await scene.settle();
    expect(await scene.cancel(ALICE, withdrawalId)).toEqual({ status: "paid" });
    expect(await scene.owed()).toEqual([]);
  });

  test("the same idempotency key still gives the cancelled authorisation, which the vault no longer pays", async () => {
    const { withdrawalId, id } = await requested("k");
    await scene.cancel(ALICE, withdrawalId);
    scene.vault.revoke(id);
    await scene.settle();
    const again = await scene.request(ALICE, 2_000_000n, { idempotencyKey: "k" });
    expect(again).toMatchObject({ withdrawalId, authorization: { id } });
    expect(await position()).toMatchObject(RETURNED);
  });
});

describe("revocations that nobody asked us for", () => {
  test("the guardian's: the reserve returns too", async () => {
    const { id } = await requested();
    scene.vault.revoke(id);
    await scene.settle();
    expect(await position()).toMatchObject(RETURNED);
    expect(await scene.withdrawals()).toMatchObject([{ status: "revoked" }]);
    expect(await scene.stopped()).toBeNull();
    await scene.expectExactBooks();
  });

  test("of an id that is not ours, or paid already: recorded, and nothing else", async () => {
    const { id } = await requested();
    scene.vault.withdraw(ALICE, "STX", 2_000_000n, id);
    scene.vault.revoke(77n);
    scene.vault.revoke(id);
    await scene.settle();
    expect(await position()).toMatchObject(PAID);
    expect(await scene.withdrawals()).toMatchObject([{ status: "paid" }]);
    expect(await scene.stopped()).toBeNull();
    const events = await scene.backend.run((ctx) => ctx.db.query("vaultEvents").take(9));
    expect(events.map(({ event, status }) => [event.kind, status])).toEqual([
      ["deposit", "final"],
      ["withdrawal", "final"],
      ["revocation", "final"],
      ["revocation", "final"],
    ]);
    await scene.expectExactBooks();
  });
});

describe("expiry", () => {
  test("the reserve returns once a final block is past it, not before", async () => {
    const { vault } = scene;
    const { id, expiresAt } = await requested("k");
    const lastBlock = (Number(expiresAt) - vault.timeOf(0)) / 10;
    vault.mine(lastBlock - vault.height); // the tip is past expiry, the final block is not
    await scene.sync();
    expect(await position()).toMatchObject(RESERVED);
    vault.mine();
    await scene.sync();
    expect(await position()).toMatchObject(RETURNED);
    expect((await scene.request(ALICE, 2_000_000n)).authorization.id).not.toBe(id);
    await scene.expectExactBooks();
  });

  test("a look that did not reach the vault's last event expires nothing: the payment may be in what it did not see", async () => {
    const { vault } = scene;
    const { id } = await requested();
    const cursor = BigInt(vault.events.length);
    vault.deposit(BOB, "STX", 1_000n, 0n);
    vault.withdraw(ALICE, "STX", 2_000_000n, id);
    vault.mine(HOUR + 2);
    const look = vault.observation(cursor);
    await scene.apply({ ...look, events: look.events.slice(0, 1) });
    expect(await position()).toMatchObject(RESERVED);
    await scene.sync();
    expect(await position()).toMatchObject(PAID);
    expect(await scene.stopped()).toBeNull();
    await scene.expectExactBooks();
  });

  test("a payment that a reorganisation takes back was none; in another block it is one again", async () => {
    const { vault } = scene;
    const { id } = await requested();
    vault.mine();
    vault.withdraw(ALICE, "STX", 2_000_000n, id);
    await scene.sync();
    vault.orphan(1);
    vault.mine();
    await scene.sync();
    expect(await position()).toMatchObject(RESERVED);
    vault.withdraw(ALICE, "STX", 2_000_000n, id);
    await scene.settle();
    expect(await position()).toMatchObject(PAID);
    expect(await scene.stopped()).toBeNull();
    await scene.expectExactBooks();
  });

  test("a payment or a revocation that a reorganisation takes back for good leaves it to expire", async () => {
    const { vault } = scene;
    const { withdrawalId, id } = await cancelled();
    for (const end of [() => vault.withdraw(ALICE, "STX", 2_000_000n, id), () => vault.revoke(id)]) {
      vault.mine();
      end();
      await scene.sync();
      vault.orphan(1);
      vault.mine();
      await scene.sync();
      expect(await position()).toMatchObject(RESERVED);
    }
    vault.mine(HOUR);
    await scene.settle();
    expect(await position()).toMatchObject(RETURNED);
    expect(await scene.cancel(ALICE, withdrawalId)).toEqual({ status: "expired" });
    await scene.expectExactBooks();
  });

  test("more at once than one look can take: the rest goes with the next looks, and none is lost", async () => {
    const count = 130;
    scene.vault.deposit(ALICE, "STX", 100n * BigInt(count), 0n);
    await scene.settle();
    const now = scene.vault.timeOf(scene.vault.height);
    const common = { provider: ALICE, token: "STX" as const, amount: 100n, source: { kind: "suspense" as const } };
    await scene.backend.run(async (ctx) => {
      for (let n = 1; n <= count; n += 1) {
        const authorization = { authorizationId: BigInt(n), expiresAt: BigInt(now + n), signature: "" };
        const id = await openReserve(ctx, { ...common, ...authorization }, now);
        if (n % 2 === 0) await startCancelling(ctx, (await ctx.db.get("withdrawals", id)) as Withdrawal);
      }
    });
    const stillOpen = async () => (await scene.withdrawals()).filter(({ status }) => status !== "expired").length;
    expect(await stillOpen()).toBe(count);
    scene.vault.mine(HOUR);
    await scene.settle();
    expect(await stillOpen()).toBe(count - 100);
    await scene.expectExactBooks();
    scene.vault.mine();
    await scene.sync();
    expect(await stillOpen()).toBe(0);
    expect(await scene.account(`suspense/${ALICE}`)).toBe(100n * BigInt(count));
    await scene.expectExactBooks();
  });
});
