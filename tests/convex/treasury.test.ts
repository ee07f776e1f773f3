/** What leaves insurance and fees: only what the guardian of the vault itself has signed, to whom the deployment names. */
import { hashMessage } from "@stacks/encryption";
import { getAddressFromPrivateKey, privateKeyToPublic, signMessageHashRsv } from "@stacks/transactions";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { applyEntry } from "../../convex/ledger/model";
import { makeEntry } from "../../src/domain/ledger";
import { EXIT_SECONDS } from "../../src/domain/treasury";
import { ALICE, as, openBackend, settle } from "./backend";
import { PAYER } from "./earning";
import { FEES_RECIPIENT, INSURANCE_RECIPIENT, testEnvironment } from "./environment";
import { HOUR, refusal, Scene } from "./withdrawing";

const GUARDIAN_KEY = `${"7".repeat(64)}01`;
const OTHER_KEY = `${"8".repeat(64)}01`;
const GUARDIAN = getAddressFromPrivateKey(GUARDIAN_KEY, "testnet");
const author = { actor: "Ada", reason: "quarterly fees" };
type Account = "insurance" | "fees";
let scene: Scene;

beforeEach(async () => {
  // The sync loop schedules its next cycle; these tests run the cycles that they want themselves.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  scene = await Scene.open();
  scene.vault.guardian = GUARDIAN;
  await scene.sent(PAYER, 10_000n);
  await scene.backend.run(async (ctx) => {
    const paid = makeEntry("test fees", "STX", [
      { account: { kind: "suspense", principal: PAYER }, amount: -10_000n },
      { account: { kind: "fees" }, amount: 1_000n },
      { account: { kind: "insurance" }, amount: 4_000n },
      { account: { kind: "covering", policyId: 1n }, amount: 5_000n },
    ]);
    await applyEntry(ctx, paid, 0);
  });
});

const request = (account: Account, amount: bigint, more: { token?: string } = {}) =>
  scene.backend.action(internal.treasury.exits.request, {
    ...{ account, token: "STX", amount: String(amount) },
    ...more,
    ...author,
  });

function signed(message: string, privateKey = GUARDIAN_KEY) {
  const messageHash = Buffer.from(hashMessage(message)).toString("hex");
  return {
    publicKey: privateKeyToPublic(privateKey) as string,
    signature: signMessageHashRsv({ messageHash, privateKey }),
  };
}

const approve = (exitId: string, proof: { publicKey: string; signature: string }) =>
  scene.backend.mutation(internal.treasury.exits.approve, { exitId, ...proof, ...author });

const cancel = (exitId: string) => scene.backend.mutation(internal.treasury.exits.cancel, { exitId, ...author });

async function approved(account: Account, amount: bigint) {
  const { exitId, message } = await request(account, amount);
  return { exitId, ...(await approve(exitId, signed(message))) };
}

const listed = async () =>
  (await scene.backend.query(internal.treasury.exits.list, { paginationOpts: { numItems: 20, cursor: null } })).page;

const balances = async (account: Account) => [await scene.account(account), await scene.account(`reserved/${account}`)];

const acts = async () =>
  (await scene.backend.query(internal.audit.trail.list, { paginationOpts: { numItems: 20, cursor: null } })).page.map(
    ({ act }) => act,
  );

/** Refused, and neither books nor withdrawals have changed. */
async function refused(call: () => Promise<unknown>, code: string, facts: Record<string, unknown> = {}) {
  const written = async () => [
    await balances("fees"),
    await balances("insurance"),
    await scene.withdrawals(),
    await listed(),
  ];
  const before = await written();
  await expect(call()).rejects.toEqual(refusal(code, facts));
  expect(await written()).toEqual(before);
}

describe("an exit", () => {
  test("is asked for, approved, authorised for the recipient that is configured, and paid", async () => {
    const { exitId, message, expiresAt } = await request("fees", 600n);
    const names = [
      testEnvironment.VAULT_CONTRACT,
      exitId,
      "fees",
      "600 base units",
      "STX",
      FEES_RECIPIENT,
      String(expiresAt),
    ];
    for (const name of names) expect(message).toContain(name);
    expect(await balances("fees")).toEqual([1_000n, 0n]);

    const { authorization, transaction } = await approve(exitId, signed(message));
    expect(message).toContain(`Authorisation: ${authorization.id}`);
    expect(transaction).toMatchObject({ functionName: "withdraw-funds" });
    expect(await balances("fees")).toEqual([400n, 600n]);
    expect(await listed()).toMatchObject([
      {
        exitId,
        status: "approved",
        payment: "authorised",
        recipient: FEES_RECIPIENT,
        approval: { guardian: GUARDIAN },
      },
    ]);
    scene.vault.withdraw(FEES_RECIPIENT, "STX", 600n, authorization.id);
    await scene.settle();
    expect(await balances("fees")).toEqual([400n, 0n]);
    expect(await listed()).toMatchObject([{ payment: "paid" }]);
    expect(await scene.stopped()).toBeNull();
    expect(await acts()).toEqual(["treasury.approveExit", "treasury.requestExit"]);
    await scene.expectExactBooks();
  });

  test("of insurance takes what is not behind policies, all of it, and not a unit more", async () => {
    await refused(() => request("insurance", 4_001n), "EXIT_ABOVE_BALANCE", { max: 4_000n });
    const { authorization } = await approved("insurance", 4_000n);
    scene.vault.withdraw(INSURANCE_RECIPIENT, "STX", 4_000n, authorization.id);
    await scene.settle();
    expect(await balances("insurance")).toEqual([0n, 0n]);
    expect(await scene.account("covering/1")).toBe(5_000n);
    expect(await scene.stopped()).toBeNull();
    await scene.expectExactBooks();
  });

  test("that is not paid in its hour returns to its account", async () => {
    await approved("fees", 600n);
    scene.vault.mine(HOUR + 1);
    await scene.settle();
    expect(await balances("fees")).toEqual([1_000n, 0n]);
    expect(await listed()).toMatchObject([{ status: "approved", payment: "expired" }]);
    await scene.expectExactBooks();
  });

  test("is taken back by revoking it, and returns when that is final; before its approval at once", async () => {
    const { exitId, authorization } = await approved("fees", 600n);
    await cancel(exitId);
    expect(await balances("fees")).toEqual([400n, 600n]);
    expect(await scene.owed()).toEqual([{ kind: "revoke", authorizationId: authorization.id }]);
    scene.vault.revoke(authorization.id);
    await scene.settle();
    expect(await balances("fees")).toEqual([1_000n, 0n]);

    const second = await request("fees", 1n);
    await cancel(second.exitId);
    await refused(() => approve(second.exitId, signed(second.message)), "EXIT_NOT_OPEN", { status: "cancelled" });
    expect(await acts()).toContain("treasury.cancelExit");
  });

  test("paid otherwise than it was approved is a breach", async () => {
    const { authorization } = await approved("fees", 600n);
    scene.vault.withdraw(ALICE, "STX", 600n, authorization.id);
    await scene.settle();
    expect(await scene.account(`breach/${ALICE}`)).toBe(-600n);
    expect(await balances("fees")).toEqual([400n, 600n]);
    expect(await scene.stopped()).not.toBeNull();
  });

  test("is not mixed up with what its recipient has itself", async () => {
    await scene.sent(FEES_RECIPIENT, 70n);
    const own = await scene.requestSuspense(FEES_RECIPIENT, 60n);
    const { authorization } = await approved("fees", 60n);
    expect(authorization.id).not.toBe(own.authorization.id);
    // Another request for what is open already gives its own answer again, not the treasury's.
    expect(await scene.requestSuspense(FEES_RECIPIENT, 60n)).toEqual(own);
    scene.vault.withdraw(FEES_RECIPIENT, "STX", 60n, authorization.id);
    await scene.settle();
    expect(await balances("fees")).toEqual([940n, 0n]);
    expect(await scene.account(`reserved/${FEES_RECIPIENT}`)).toBe(60n);
    await scene.expectExactBooks();
  });
});

describe("the guard refuses, and nothing changes:", () => {
  test("another key, and the guardian's key with another's signature", async () => {
    const { exitId, message } = await request("fees", 600n);
    await refused(() => approve(exitId, signed(message, OTHER_KEY)), "SIGNATURE_INVALID", { guardian: GUARDIAN });
    const { publicKey } = signed(message);
    const { signature } = signed(message, OTHER_KEY);
    await refused(() => approve(exitId, { publicKey, signature }), "SIGNATURE_INVALID");
    await refused(() => approve(exitId, { publicKey: "", signature: "" }), "SIGNATURE_INVALID");
    await refused(() => approve(exitId, { publicKey, signature: "00".repeat(65) }), "SIGNATURE_INVALID");
  });

  test("the signature of another exit that is the same otherwise", async () => {
    const [first, second] = [await request("fees", 600n), await request("fees", 600n)];
    await refused(() => approve(second.exitId, signed(first.message)), "SIGNATURE_INVALID");
    await approve(first.exitId, signed(first.message));
  });

  test.each([
    ["another vault", (message: string) => message.replace("Vault: ST", "Vault: SN")],
    ["another account", (message: string) => message.replace("Account: fees", "Account: insurance")],
    ["another token", (message: string) => message.replace(" STX (", " sBTC (")],
    ["another amount", (message: string) => message.replace("(600 ", "(601 ")],
    ["another recipient", (message: string) => message.replace(FEES_RECIPIENT, ALICE)],
    ["another authorisation", (message: string) => message.replace(/Authorisation: \d+/, "Authorisation: 1")],
    ["a later expiry", (message: string) => message.replace(/Expires: 2/, "Expires: 3")],
  ])("a signature over %s", async (_what, changed) => {
    const { exitId, message } = await request("fees", 600n);
    expect(changed(message)).not.toBe(message);
    await refused(() => approve(exitId, signed(changed(message))), "SIGNATURE_INVALID");
  });

  test("the same approval twice, also once it is paid or has expired", async () => {
    const { exitId, message } = await request("fees", 300n);
    const proof = signed(message);
    const { authorization } = await approve(exitId, proof);
    await refused(() => approve(exitId, proof), "EXIT_NOT_OPEN", { status: "approved" });
    scene.vault.withdraw(FEES_RECIPIENT, "STX", 300n, authorization.id);
    await scene.settle();
    await refused(() => approve(exitId, proof), "EXIT_NOT_OPEN", { status: "approved" });
  });

  test("an approval after its time: by block time, to the second", async () => {
    const { exitId, message } = await request("fees", 600n);
    scene.vault.mine(EXIT_SECONDS / 10 - 1);
    await scene.sync();
    const late = await request("fees", 1n);
    scene.vault.mine();
    await scene.sync();
    await refused(() => approve(exitId, signed(message)), "EXIT_EXPIRED");
    await approve(late.exitId, signed(late.message));
  });

  test("the key of a guardian whom the vault has replaced; the new one's is accepted", async () => {
    const { exitId, message } = await request("fees", 600n);
    scene.vault.guardian = getAddressFromPrivateKey(OTHER_KEY, "testnet");
    scene.vault.mine();
    await scene.sync();
    await refused(() => approve(exitId, signed(message)), "SIGNATURE_INVALID", { guardian: scene.vault.guardian });
    await approve(exitId, signed(message, OTHER_KEY));
  });

  test("the mainnet address of the same key", async () => {
    const { exitId, message } = await request("fees", 600n);
    scene.vault.guardian = getAddressFromPrivateKey(GUARDIAN_KEY, "mainnet");
    scene.vault.mine();
    await scene.sync();
    await refused(() => approve(exitId, signed(message)), "SIGNATURE_INVALID");
  });

  test("everybody, while the guardian is not known", async () => {
    const { exitId, message } = await request("fees", 600n);
    scene.vault.guardian = undefined;
    scene.vault.mine();
    await scene.sync();
    await refused(() => approve(exitId, signed(message)), "NOT_SYNCED");
  });

  test("more than is left when it is approved, and a second exit while one is open", async () => {
    const [first, second] = [await request("fees", 600n), await request("fees", 401n)];
    const { authorization } = await approve(first.exitId, signed(first.message));
    await refused(() => approve(second.exitId, signed(second.message)), "EXIT_OPEN");
    scene.vault.withdraw(FEES_RECIPIENT, "STX", 600n, authorization.id);
    await scene.settle();
    await refused(() => approve(second.exitId, signed(second.message)), "EXIT_ABOVE_BALANCE", { max: 400n });
  });

  test("what the vault's outflow cap does not let through", async () => {
    scene.vault.cap = 1_000n; // half of it at once
    scene.vault.mine();
    await scene.sync();
    const { exitId, message } = await request("fees", 501n);
    await refused(() => approve(exitId, signed(message)), "WITHDRAWAL_ABOVE_MAXIMUM", {
      max: 500n,
      binding: "outflow",
    });
  });

  test("anything while withdrawals are stopped, the vault is paused, or after a restore", async () => {
    const { exitId, message } = await request("fees", 600n);
    const proof = signed(message);
    const breaker = { capability: "withdraw" as const, ...author };
    await scene.backend.mutation(internal.breakers.control.tripBreaker, breaker);
    await refused(() => approve(exitId, proof), "STOPPED");
    await scene.backend.mutation(internal.breakers.control.resetBreaker, breaker);
    scene.vault.paused = true;
    scene.vault.mine();
    await scene.sync();
    await refused(() => approve(exitId, proof), "VAULT_PAUSED");
    await scene.backend.mutation(internal.breakers.restore.begin, author);
    await refused(() => approve(exitId, proof), "RESTORING");
  });

  test.each([
    ["NO_EXIT", "nonsense"],
    ["AMOUNT_NOT_POSITIVE", 0n],
    ["AMOUNT_NOT_A_NUMBER", -1n],
    ["EXIT_ABOVE_BALANCE", 1_001n],
  ])("%s for %s", async (code, given) => {
    const proof = { publicKey: "", signature: "" };
    await refused(() => (typeof given === "string" ? approve(given, proof) : request("fees", given)), code);
  });

  test("an operator who gives no reason", async () => {
    const { exitId, message } = await request("fees", 600n);
    const nameless = { exitId, ...signed(message), actor: "Ada", reason: " " };
    await refused(() => scene.backend.mutation(internal.treasury.exits.approve, nameless), "ACT_INCOMPLETE");
  });

  test("a recipient's own request for the treasury's money", async () => {
    const asked = as(scene.backend, FEES_RECIPIENT).action(api.liquidity.requestSuspenseWithdrawal, {
      token: "STX",
      amount: 1n,
    });
    await expect(asked).rejects.toEqual(refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 0n }));
  });
});

test("an account pays nobody where the deployment names nobody, and not whom it named before", async () => {
  const { exitId, message } = await request("fees", 600n);
  const change = { recipient: ALICE };
  await scene.backend.run(async (ctx) => {
    const id = ctx.db.normalizeId("treasuryExits", exitId);
    if (id) await ctx.db.patch("treasuryExits", id, change);
  });
  const forAlice = message.replace(FEES_RECIPIENT, ALICE);
  await refused(() => approve(exitId, signed(forAlice)), "RECIPIENT_CHANGED", { recipient: ALICE });

  const nowhere = await openBackend({ ...testEnvironment, TREASURY_FEES_PRINCIPAL: "" });
  const asked = { account: "fees" as const, token: "STX", amount: "1", ...author };
  await expect(nowhere.action(internal.treasury.exits.request, asked)).rejects.toEqual(refusal("NO_RECIPIENT"));
});

describe("the vault's surplus", () => {
  const assign = (amount: bigint) =>
    scene.backend.mutation(internal.treasury.surplus.assign, { token: "STX", amount: String(amount), ...author });

  test("becomes insurance by an operator's act, at most what there is, and nobody else's suspense does", async () => {
    scene.vault.add({ kind: "surplus", amount: 70n, ...scene.vault.move("STX", 70n) });
    await settle(scene.backend, scene.vault);
    await scene.sent(ALICE, 500n);
    await refused(() => assign(71n), "ASSIGNMENT_ABOVE_SUSPENSE", { max: 70n });
    await assign(30n);
    await assign(30n);
    expect(await balances("insurance")).toEqual([4_060n, 0n]);
    await refused(() => assign(30n), "ASSIGNMENT_ABOVE_SUSPENSE", { max: 10n });
    expect(await scene.account(`suspense/${ALICE}`)).toBe(500n);
    expect((await acts()).filter((act) => act === "treasury.assignSurplus").length).toBe(2);
    await scene.expectExactBooks();
  });
});
