/** What is locked, in the proof: the vault's counter is what its events have locked, in the books and not final yet. */
import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { haltReason } from "../../convex/sync/apply";
import { ALICE, apply, type Backend, BOB, openBackend, PaperVault, settle, sync } from "./backend";

let backend: Backend;
let vault: PaperVault;

async function open() {
  backend = await openBackend();
  vault = new PaperVault();
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  await open();
});

const proof = async () => (await backend.query(api.liquidity.getProof, {})).find(({ token }) => token === "STX");
const reason = async (capability: string) => {
  const { breakers } = await backend.query(internal.breakers.control.status, {});
  return breakers.find((breaker) => breaker.capability === capability)?.reason ?? null;
};

const premium = (policyId: bigint, lock: bigint) =>
  vault.add({
    kind: "premium",
    buyer: BOB,
    policyId,
    lock,
    coverage: lock,
    releaseAfter: 1n,
    amount: 1n,
    ...vault.move("STX", 1n),
  });

test("a counter of locks that the vault's events do not come to halts sync", async () => {
  vault.deposit(ALICE, "STX", 100n, 0n);
  premium(1n, 40n);
  vault.mine();
  const look = vault.observation(0n);
  const [, sold] = look.events;
  if (sold?.event.kind !== "premium") throw new Error("the look ends with a premium");
  sold.event.locked += 1n;
  const error = await apply(backend, look).catch((thrown) => thrown);
  expect(haltReason(error)).toBe("After event 2 the vault has 41 STX locked, the books 40.");
  expect(await proof()).toBeUndefined();
});

test("a tip with a unit more locked than its events say fails the proof", async () => {
  vault.deposit(ALICE, "STX", 100n, 0n);
  await settle(backend, vault);
  expect(await proof()).toMatchObject({ holds: true, locks: { counted: 0n, booked: 0n, pending: 0n } });
  vault.mine();
  const look = vault.observation(1n);
  for (const account of look.accounts) if (account.token === "STX") account.locked += 1n;
  await apply(backend, look);
  expect(await proof()).toMatchObject({ holds: false, locks: { counted: 1n, booked: 0n, pending: 0n } });
  for (const capability of ["commit", "withdraw", "policies", "settle"]) {
    expect(await reason(capability)).toContain("counts 1 base units of STX as locked; the books say 0");
  }
});

const step = fc.oneof(
  fc.record({ kind: fc.constant("sell" as const), lock: fc.bigInt(0n, 50n) }),
  fc.record({
    kind: fc.constant("raise" as const),
    policies: fc.array(fc.nat(5), { maxLength: 3 }),
    by: fc.bigInt(1n, 9n),
  }),
  fc.record({ kind: fc.constant("release" as const), policies: fc.array(fc.nat(5), { maxLength: 3 }) }),
  fc.record({ kind: fc.constant("settle" as const), policy: fc.nat(5), share: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant("mine" as const), blocks: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant("fork" as const), events: fc.integer({ min: 1, max: 3 }) }),
);

/** What each event left of the policies: on paper, a list of states. */
type Policies = Map<number, bigint>;
const lockedIn = (policies: Policies) => [...policies.values()].reduce((sum, lock) => sum + lock, 0n);

test("random lives of policies, with forks: at every look the proof holds and its locks are those of a plain list", {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      await open();
      vault.finality = 2;
      vault.deposit(ALICE, "STX", 1_000n, 0n);
      const log: { height: number; policies: Policies }[] = [{ height: vault.height, policies: new Map() }];
      const now = () => new Map(log.at(-1)?.policies);
      const wrote = (policies: Policies) => log.push({ height: vault.height, policies });
      let sold = 0;
      for (const action of steps) {
        const policies = now();
        const live = (named: number[]) => [...new Set(named)].filter((id) => policies.has(id));
        if (action.kind === "sell") {
          premium(BigInt(sold), action.lock);
          wrote(policies.set(sold, action.lock));
          sold += 1;
        }
        if (action.kind === "raise") {
          const raised = live(action.policies);
          for (const id of raised) policies.set(id, (policies.get(id) as bigint) + action.by);
          const amounts = raised.map((id) => ({ policyId: BigInt(id), amount: action.by }));
          const amount = action.by * BigInt(raised.length);
          vault.add({ kind: "lock", policies: amounts, amount, ...vault.move("STX", 0n) });
          wrote(policies);
        }
        if (action.kind === "release") {
          const released = live(action.policies);
          const amounts = released.map((id) => ({ policyId: BigInt(id), amount: policies.get(id) as bigint }));
          const amount = amounts.reduce((sum, freed) => sum + freed.amount, 0n);
          for (const id of released) policies.delete(id);
          vault.add({ kind: "release", policies: amounts, amount, ...vault.move("STX", 0n) });
          wrote(policies);
        }
        if (action.kind === "settle" && (policies.get(action.policy) ?? 0n) >= 4n) {
          const unlocked = policies.get(action.policy) as bigint;
          const amount = unlocked / BigInt(action.share);
          const paid = { policyId: BigInt(action.policy), buyer: BOB, unlocked, amount };
          vault.add({ kind: "settlement", ...paid, ...vault.move("STX", -amount) });
          policies.delete(action.policy);
          wrote(policies);
        }
        if (action.kind === "mine") vault.mine(action.blocks);
        if (action.kind === "fork") {
          const waiting = log.filter(({ height }) => height > vault.height - vault.finality).length;
          const gone = Math.min(action.events, waiting);
          if (gone > 0) {
            vault.orphan(gone);
            log.splice(-gone);
          }
          vault.mine();
        }
        await sync(backend, vault);
        const counted = lockedIn(now());
        const booked = lockedIn(
          log.findLast(({ height }) => height <= vault.height - vault.finality)?.policies ?? new Map(),
        );
        expect(await proof()).toMatchObject({ holds: true, locks: { counted, booked, pending: counted - booked } });
      }
      expect(await reason("sync")).toBeNull();
    }),
    { numRuns: 15 },
  );
});
