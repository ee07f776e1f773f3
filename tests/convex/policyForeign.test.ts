/** What happens on-chain to policies that nobody here decided: the books stay exact, and all that moves money stops. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ALICE, BOB } from "./backend";
import { Desk } from "./policyDesk";

const BALANCED = { underlying: "STX", tier: "Balanced" } as const;
const CAPITAL = 1_000_000_000n;
let desk: Desk;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  desk = await Desk.open();
  await desk.scene.deposited(ALICE, CAPITAL);
  await desk.price("STX");
});

const wanted = () => desk.wanted("STX", "Balanced");
const MONEY = ["commit", "withdraw", "policies", "settle"];

async function expectStopped(why: string) {
  const stopped = await desk.stopped();
  expect(Object.keys(stopped).sort()).toEqual([...MONEY].sort());
  for (const reason of Object.values(stopped)) expect(reason).toContain(why);
  await desk.expectExact();
}

describe("a premium that is not what was signed", () => {
  test.each([{ amount: 1n }, { lock: 1n }, { coverage: 1n }, { releaseAfter: 1n }, { buyer: ALICE }])(
    "%o is booked as a stranger's",
    async (wrong) => {
      const { policyId } = await desk.request(wanted());
      await desk.pays(policyId, wrong);
      await desk.scene.settle();
      await expectStopped(`bought policy ${policyId}, and this backend sold no such policy`);
      expect((await desk.policy(policyId)).status).toBe("quoted");
      desk.vault.mine(70);
      await desk.scene.settle();
      expect((await desk.policy(policyId)).status).toBe("lapsed");
      expect(await desk.position(ALICE, BALANCED)).toMatchObject({ available: CAPITAL, reserved: 0n, locked: 0n });
      // What becomes of it later is a stranger's too.
      desk.locks("STX", [{ policyId, amount: 5n }]);
      desk.settles("STX", policyId, 1n);
      await desk.scene.settle();
      expect(await desk.scene.account(`breach/${BOB}`)).toBe(-1n);
      await desk.expectExact();
    },
  );

  test("or comes when its quote has lapsed", async () => {
    const { policyId } = await desk.request(wanted());
    desk.vault.mine(70);
    await desk.scene.settle();
    await desk.pays(policyId);
    await desk.scene.settle();
    await expectStopped(`bought policy ${policyId}`);
    expect((await desk.policy(policyId)).status).toBe("lapsed");
    expect(await desk.position(ALICE, BALANCED)).toMatchObject({ available: CAPITAL, reserved: 0n, locked: 0n });
  });
});

test("a lock beyond what was asked for is nobody's, and is freed with the rest", async () => {
  const policyId = await desk.bought(wanted());
  const { lock } = await desk.policy(policyId);
  desk.locks("STX", [{ policyId, amount: 9n }]);
  await desk.scene.settle();
  await expectStopped(`The lock of policy ${policyId} was raised by 9 STX too much`);
  expect(await desk.policy(policyId)).toMatchObject({ status: "active", locked: lock });
  await desk.expires(policyId);
  desk.releases("STX", [{ policyId, amount: lock + 9n }]);
  await desk.scene.settle();
  expect(await desk.position(ALICE, BALANCED)).toMatchObject({ available: CAPITAL, reserved: 0n, locked: 0n });
  await desk.expectExact();
});

test("a settlement that nobody decided is its buyer's debt, not the providers' loss", async () => {
  const policyId = await desk.bought(wanted());
  desk.settles("STX", policyId, 77n);
  await desk.scene.settle();
  await expectStopped(`Policy ${policyId} paid 77 STX to ${BOB}, which this backend did not decide`);
  expect(await desk.policy(policyId)).toMatchObject({ status: "settled", outcome: null, locked: 0n });
  expect(await desk.scene.account(`breach/${BOB}`)).toBe(-77n);
  expect(await desk.scene.account(`premium/${policyId}`)).toBe(0n);
  expect(await desk.position(ALICE, BALANCED)).toMatchObject({ available: CAPITAL, reserved: 0n, locked: 0n });
});

test("what a policy that has ended pays once more is its buyer's debt too", async () => {
  const policyId = await desk.bought(wanted());
  desk.settles("STX", policyId, 77n);
  // The contract does not do this.
  const again = { policyId, buyer: BOB, unlocked: 0n, amount: 5n };
  desk.vault.add({ kind: "settlement", ...again, ...desk.vault.move("STX", -5n) });
  await desk.scene.settle();
  await expectStopped(`Policy ${policyId} paid`);
  expect(await desk.scene.account(`breach/${BOB}`)).toBe(-82n);
  expect(await desk.position(ALICE, BALANCED)).toMatchObject({ available: CAPITAL, reserved: 0n, locked: 0n });
});

test("a settlement of another amount than the payout is not the payout", async () => {
  const policyId = await desk.bought(wanted());
  await desk.exercise(policyId);
  await desk.price("STX", 1_500_000n);
  const { outcome } = await desk.policy(policyId);
  desk.settles("STX", policyId, (outcome?.payout ?? 0n) - 1n);
  await desk.scene.settle();
  await expectStopped("which this backend did not decide");
  expect(await desk.scene.account(`breach/${BOB}`)).toBe(1n - (outcome?.payout ?? 0n));
});

test("a release before its time frees what stood behind the policy, and is found out", async () => {
  const policyId = await desk.bought(wanted());
  const { lock } = await desk.policy(policyId);
  desk.releases("STX", [{ policyId, amount: lock }]);
  await desk.scene.settle();
  await expectStopped(`Policy ${policyId} was released while it was active`);
  expect(await desk.position(ALICE, BALANCED)).toMatchObject({ available: CAPITAL, reserved: 0n, locked: 0n });
});
