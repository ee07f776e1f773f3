/** How calls become transactions, against a model that goes call by call. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  BATCH_CALLS,
  checkCall,
  isHeldBack,
  type Payload,
  planTransactions,
  QUEUES,
  queueOf,
  type Room,
  type ServiceCall,
  sameCall,
  type Waiting,
} from "../../src/domain/outbox";
import { judgeAbort } from "../../src/domain/transactions";
import { VAULT_ERRORS } from "../../src/domain/vaultErrors";

const token = fc.constantFrom("STX" as const, "sBTC" as const);
const policyId = fc.bigInt(1n, 12n);
const amount = fc.bigInt(1n, 100n);
const call: fc.Arbitrary<ServiceCall> = fc.oneof(
  fc.record({ kind: fc.constant("revoke" as const), authorizationId: fc.bigInt(0n, 99n) }),
  fc.record({ kind: fc.constant("lock" as const), token, policyId, amount }),
  fc.record({ kind: fc.constant("release" as const), token, policyId }),
  fc.record({ kind: fc.constant("settle" as const), token, policyId, amount }),
);
const batchLimit = fc.oneof(fc.constant(BATCH_CALLS), fc.integer({ min: 1, max: 5 }));
const waiting = fc
  .array(fc.record({ call, batchLimit }), { maxLength: 150 })
  .map((calls) => calls.map((one, id): Waiting<number> => ({ id, ...one })));
const room: fc.Arbitrary<Room> = fc.record({
  transactions: fc.integer({ min: -3, max: 40 }),
  settlements: fc.option(fc.record({ STX: fc.bigInt(-50n, 500n), sBTC: fc.bigInt(-50n, 500n) })),
});

/** One call after the other, each into the open transaction of its queue if everybody in there agrees. */
function callByCall(calls: Waiting<number>[], { transactions, settlements }: Room): number[][] {
  const left = settlements === null ? { STX: 0n, sBTC: 0n } : { ...settlements };
  const closed = new Set<string>(settlements === null ? ["settle STX", "settle sBTC"] : []);
  const all: number[][] = [];
  const order = ["lock STX", "lock sBTC", "settle STX", "settle sBTC", "release STX", "release sBTC", "revoke "];
  for (const name of order) {
    let open: Waiting<number>[] = [];
    const close = () => {
      if (open.length > 0) all.push(open.map(({ id }) => id));
      open = [];
    };
    for (const one of calls) {
      if (`${one.call.kind} ${"token" in one.call ? one.call.token : ""}` !== name || closed.has(name)) continue;
      if (one.call.kind === "settle") {
        if (one.call.amount > left[one.call.token]) {
          closed.add(name);
          continue;
        }
        left[one.call.token] -= one.call.amount;
      }
      const together = [...open, one];
      const alone = one.call.kind === "settle" || one.call.kind === "revoke";
      if (alone || together.length > 50 || together.some((each) => each.batchLimit < together.length)) close();
      open.push(one);
    }
    close();
  }
  return all.filter((_, n) => n < transactions);
}

test("the plan is what the model makes, call by call", () => {
  fc.assert(
    fc.property(waiting, room, (calls, space) => {
      expect(planTransactions(calls, space).map(({ ids }) => ids)).toEqual(callByCall(calls, space));
    }),
    { numRuns: 500 },
  );
});

test("a transaction says what its calls say: unique policies, of several raises the largest", () => {
  fc.assert(
    fc.property(waiting, (calls) => {
      const space = { transactions: 1_000, settlements: { STX: 10n ** 9n, sBTC: 10n ** 9n } };
      for (const { ids, payload } of planTransactions(calls, space)) {
        const carried = ids.map((id) => (calls[id] as Waiting<number>).call);
        expect(wishesOf(payload)).toEqual([...new Set(carried.map((one) => largest(one, carried)))].sort());
      }
    }),
    { examples: [[raisesTo(9n, 5n)], [raisesTo(5n, 9n)]] },
  );
});

function raisesTo(...amounts: bigint[]): Waiting<number>[] {
  const raise = { kind: "lock", token: "STX", policyId: 1n } as const;
  return amounts.map((amount, id) => ({ id, batchLimit: BATCH_CALLS, call: { ...raise, amount } }));
}

const described = (kind: string, ...facts: unknown[]) => [kind, ...facts].join(" ");

function largest(one: ServiceCall, carried: ServiceCall[]): string {
  if (one.kind === "revoke") return described("revoke", one.authorizationId);
  if (one.kind === "release") return described("release", one.token, one.policyId);
  const same = carried.filter((other) => other.kind === one.kind && other.policyId === one.policyId);
  const amounts = same.map((other) => ("amount" in other ? other.amount : 0n));
  const most = amounts.sort((a, b) => (a < b ? 1 : -1))[0];
  return described(one.kind, one.token, one.policyId, most);
}

function wishesOf(payload: Payload): string[] {
  switch (payload.kind) {
    case "revoke":
      return [described("revoke", payload.authorizationId)];
    case "settle":
      return [described("settle", payload.token, payload.policyId, payload.amount)];
    case "lock":
      return payload.locks.map((lock) => described("lock", payload.token, lock.policyId, lock.amount)).sort();
    case "release":
      return payload.policyIds.map((id) => described("release", payload.token, id)).sort();
  }
}

test("bad calls in batches are found by halves: each ends alone, and every good one happens once", () => {
  const story = fc.record({
    count: fc.integer({ min: 1, max: 120 }),
    bad: fc.uniqueArray(fc.integer({ min: 0, max: 119 }), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(story, ({ count, bad }) => {
      let open: Waiting<number>[] = Array.from({ length: count }, (_, id) => ({
        id,
        call: { kind: "lock", token: "STX", policyId: BigInt(id), amount: 5n },
        batchLimit: BATCH_CALLS,
      }));
      const [done, failed] = [new Map<number, number>(), [] as number[]];
      let sent = 0;
      for (; open.length > 0; ) {
        const [next] = planTransactions(open, { transactions: 1, settlements: null });
        sent += 1;
        const carried = open.filter(({ id }) => next?.ids.includes(id));
        open = open.filter(({ id }) => !next?.ids.includes(id));
        if (!next?.ids.some((id) => bad.includes(id))) {
          for (const { id } of carried) done.set(id, (done.get(id) ?? 0) + 1);
          continue;
        }
        const failure = { reason: "abort_by_response", code: VAULT_ERRORS.errLockExceedsCoverage };
        const calls = carried.map((one) => one.call);
        const verdict = judgeAbort(calls, failure, 1);
        if (verdict.kind === "failed") failed.push(...carried.map(({ id }) => id));
        else if (verdict.kind === "again")
          open = [...carried.map((one) => ({ ...one, batchLimit: verdict.batchLimit })), ...open];
        else throw new Error("A lock that aborts is not done");
      }
      const within = bad.filter((id) => id < count);
      expect(failed.sort((a, b) => a - b)).toEqual(within.sort((a, b) => a - b));
      expect([...done.values()].every((times) => times === 1)).toBe(true);
      expect(done.size).toBe(count - within.length);
      expect(sent).toBeLessThanOrEqual(Math.ceil(count / BATCH_CALLS) + within.length * 13);
    }),
  );
});

test("a call waits for an earlier one of its policy that is of another kind", () => {
  const lock = { kind: "lock", token: "STX", policyId: 1n, amount: 5n } as const;
  const settle = { ...lock, kind: "settle" } as const;
  expect(isHeldBack(settle, [lock])).toBe(true);
  expect(isHeldBack(lock, [lock])).toBe(false);
  expect(isHeldBack(settle, [])).toBe(false);
});

test("calls are the same if all that they say is, in whatever order it is stored", () => {
  const lock: ServiceCall = { kind: "lock", token: "STX", policyId: 1n, amount: 5n };
  expect(sameCall(lock, { amount: 5n, policyId: 1n, token: "STX", kind: "lock" })).toBe(true);
  for (const change of [{ amount: 6n }, { policyId: 2n }, { token: "sBTC" as const }, { kind: "settle" as const }])
    expect(sameCall(lock, { ...lock, ...change } as ServiceCall)).toBe(false);
  expect(sameCall(lock, { kind: "revoke", authorizationId: 1n })).toBe(false);
});

test("what the vault could never take is refused", () => {
  expect(checkCall({ kind: "revoke", authorizationId: 0n })).toMatchObject({ ok: true });
  for (const bad of [
    { kind: "revoke", authorizationId: -1n },
    { kind: "settle", token: "STX", policyId: 1n, amount: 0n },
    { kind: "lock", token: "STX", policyId: -1n, amount: 1n },
  ] as const)
    expect(checkCall(bad)).toMatchObject({ ok: false, refusal: { code: "INVALID_CALL" } });
});

test("every call has a queue with a turn", () => {
  fc.assert(fc.property(call, (one) => void expect(QUEUES).toContain(queueOf(one))));
});
