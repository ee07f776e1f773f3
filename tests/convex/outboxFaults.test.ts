/** The outbox when the chain and its own machine do what they should not; at random too, against what must always hold. */
import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import { submit } from "../../convex/outbox/model";
import type { ServiceCall } from "../../src/domain/outbox";
import { localDeployment } from "../../src/stacks/deployment";
import { serviceAddress } from "../../src/stacks/serviceCalls";
import { type Backend, DEPLOYER, openBackend } from "./backend";
import { testEnvironment } from "./environment";
import { operatorsTold } from "./operatorsTold";
import { crashed, DEATHS, type Death, outboxTurn, overtakenTurn } from "./outboxTurn";
import { PaperNode } from "./paperNode";

let backend: Backend;
let node: PaperNode;

async function begin() {
  backend = await openBackend();
  node = new PaperNode(serviceAddress(localDeployment(DEPLOYER), testEnvironment.SERVICE_PRIVATE_KEY));
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  await begin();
});

const ask = (key: string, call: ServiceCall) => backend.run((ctx) => submit(ctx, { key, call }));
const revoke = (id: bigint) => ask(`revoke:${id}`, { kind: "revoke", authorizationId: id });
const list = () => backend.query(internal.outbox.control.list, {});
const by = { actor: "Ada", reason: "a test" };

async function atRest() {
  for (let n = 0; n < 40; n += 1) {
    await outboxTurn(backend, node);
    const { waiting, transactions } = await list();
    if (waiting.length + transactions.length === 0) return;
    node.mine();
  }
  return expect.fail("The outbox does not come to rest");
}

/** What was ever handed over under each nonce: one payload, in forms that differ by their fee. */
function payloadsByNonce() {
  const payloads = new Map<number, Set<string>>();
  for (const { nonce, payload } of node.handedOver) {
    if (payload !== "foreign") payloads.set(nonce, (payloads.get(nonce) ?? new Set()).add(payload));
  }
  return payloads;
}

test("what waits too long pays more under the same nonce, up to the limit, and then is an alarm", async () => {
  backend.setEnvironment({ SERVICE_FEE_LIMIT_USTX: "5000", SERVICE_FEE_RAISE_AFTER_SECONDS: "900" });
  await revoke(1n);
  const fees: bigint[] = [];
  for (let n = 0; n < 16; n += 1) {
    await outboxTurn(backend, node);
    await outboxTurn(backend, node);
    const waiting = node.mempool.get(0);
    if (waiting && waiting.fee !== fees.at(-1)) fees.push(waiting.fee);
    node.mine(1, 0);
  }
  expect(fees.length).toBeGreaterThan(2);
  expect(fees).toEqual([...fees].sort((one, other) => Number(one - other)));
  expect(fees.at(-1)).toBe(5_000n);
  expect((await list()).transactions).toMatchObject([{ nonce: 0, alarm: expect.stringContaining("highest fee") }]);
  expect(await operatorsTold(backend)).toEqual(["outbox.alarm"]);
  expect(payloadsByNonce().get(0)?.size).toBe(1);
  await atRest();
  expect(node.state.effects).toEqual(["revoke 1"]);
  backend.setEnvironment({ SERVICE_FEE_LIMIT_USTX: "500000" });
});

test("a dearer form is out, but the cheaper one is mined: it counts, and nothing more is sent", async () => {
  await revoke(1n);
  await outboxTurn(backend, node);
  const [cheap] = node.mempool.values();
  for (let n = 0; n < 3; n += 1) {
    node.mine(1, 0);
    await outboxTurn(backend, node);
  }
  const [dear] = node.mempool.values();
  expect(dear?.txId).not.toBe(cheap?.txId);
  node.mempool.set(0, cheap as never);
  node.mine();
  await atRest();
  expect(node.blocks.flat().map(({ txId }) => txId)).toEqual([cheap?.txId]);
});

test("what a reorganisation takes back is watched until it is final again, or sent again if it is gone", async () => {
  await revoke(1n);
  await outboxTurn(backend, node);
  node.mine(2);
  await outboxTurn(backend, node);
  expect((await list()).transactions).toMatchObject([{ status: "included" }]);
  node.reorganise(2, "gone");
  await outboxTurn(backend, node);
  expect((await list()).transactions).toMatchObject([{ status: "open" }]);
  await atRest();
  expect(node.state.effects).toEqual(["revoke 1"]);
  expect(payloadsByNonce().size).toBe(1);
});

test("dropped for being stale, or as problematic: the same bytes again; an operator hears of the second", async () => {
  await revoke(1n);
  await outboxTurn(backend, node);
  node.drop(0);
  await outboxTurn(backend, node);
  expect((await list()).transactions).toMatchObject([{ alarm: null, forms: [{ refusal: null }] }]);
  node.drop(0, "dropped_problematic");
  await outboxTurn(backend, node);
  expect((await list()).transactions).toMatchObject([{ alarm: expect.stringContaining("dropped_problematic") }]);
  await atRest();
  expect(new Set(node.handedOver.map(({ txId }) => txId)).size).toBe(1);
});

test("another use of the key: nothing new until it is final, then the lane moves on and the lost call is sent again", async () => {
  node.foreign(0, 10n);
  node.mine();
  await revoke(1n);
  await outboxTurn(backend, node);
  expect((await list()).alarm).toContain("its next nonce is 1, not 0");
  expect(await operatorsTold(backend)).toEqual(["outbox.stopped"]);
  expect((await list()).transactions).toEqual([]);
  node.mine(2);
  await outboxTurn(backend, node);
  expect(await list()).toMatchObject({ alarm: null, nextNonce: 2, transactions: [{ nonce: 1 }] });
  node.foreign(1, 10n ** 9n);
  node.mine();
  await outboxTurn(backend, node);
  expect((await list()).transactions).toMatchObject([
    { nonce: 1, status: "open", alarm: expect.stringContaining("has taken this nonce") },
  ]);
  await atRest();
  expect(node.state.effects).toEqual(["revoke 1"]);
  expect([...payloadsByNonce().keys()]).toEqual([1, 2]);
});

test("a turn that was overtaken signs nothing, and sends nothing of what others have signed", async () => {
  await revoke(1n);
  expect(await overtakenTurn(backend, node)).toEqual([]);
  expect((await list()).transactions).toEqual([]);
  await outboxTurn(backend, node, "before the broadcast");
  expect((await list()).transactions).toHaveLength(1);
  expect(await overtakenTurn(backend, node)).toEqual([]);
  expect(node.handedOver).toEqual([]);
  await atRest();
  expect(node.handedOver).not.toEqual([]);
});

test("a vault with another service: nothing is signed, and why is told", async () => {
  node.service = DEPLOYER;
  await revoke(1n);
  await outboxTurn(backend, node);
  expect(await list()).toMatchObject({ alarm: expect.stringContaining(DEPLOYER), transactions: [] });
  expect(node.handedOver).toEqual([]);
});

test("operators pause, cancel and try again, with a reason that is kept; what is on its way goes on", async () => {
  await revoke(1n);
  await outboxTurn(backend, node);
  await backend.mutation(internal.outbox.control.pause, by);
  await revoke(2n);
  await revoke(3n);
  node.mine(3);
  await outboxTurn(backend, node);
  expect(await list()).toMatchObject({ paused: "a test", transactions: [], waiting: [{}, {}] });
  await backend.mutation(internal.outbox.control.cancel, { key: "revoke:2", ...by });
  for (const key of ["revoke:1", "revoke:2"]) {
    const again = backend.mutation(internal.outbox.control.cancel, { key, ...by });
    await expect(again).rejects.toMatchObject({ data: { code: "WRONG_STATUS" } });
  }
  const unknown = backend.mutation(internal.outbox.control.retry, { key: "revoke:9", ...by });
  await expect(unknown).rejects.toMatchObject({ data: { code: "UNKNOWN_CALL" } });
  await backend.mutation(internal.outbox.control.resume, by);
  await atRest();
  expect(node.state.effects).toEqual(["revoke 1", "revoke 3"]);
  const acts = await backend.run((ctx) => ctx.db.query("acts").take(10));
  expect(acts.map(({ act }) => act)).toEqual(["outbox.pause", "outbox.cancel", "outbox.resume"]);
});

test("a call that the vault could never take is refused, and leaves nothing", async () => {
  await expect(revoke(-1n)).rejects.toMatchObject({ data: { code: "INVALID_CALL" } });
  expect((await list()).waiting).toEqual([]);
});

type Step =
  | { do: "ask"; call: ServiceCall }
  | { do: "turn"; death: Death | "none" }
  | { do: "mine"; blocks: number; most: number }
  | { do: "drop"; nonce: number }
  | { do: "reorganise"; depth: number; fallenOut: "pending" | "gone" }
  | { do: "foreign"; ahead: number; fee: bigint };

const token = "STX" as const;
const policyId = fc.bigInt(1n, 8n);
/** Policies 1 to 6 are live, with 10 of 100 locked; a call about another is a bad one. */
const call: fc.Arbitrary<ServiceCall> = fc.oneof(
  fc.record({ kind: fc.constant("revoke" as const), authorizationId: fc.bigInt(1n, 30n) }),
  fc.record({ kind: fc.constant("lock" as const), token: fc.constant(token), policyId, amount: fc.bigInt(11n, 99n) }),
  fc.record({ kind: fc.constant("release" as const), token: fc.constant(token), policyId }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: call.map((one): Step => ({ do: "ask", call: one })) },
  { weight: 5, arbitrary: fc.constantFrom(...DEATHS, "none" as const).map((death): Step => ({ do: "turn", death })) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("mine" as const),
      blocks: fc.integer({ min: 1, max: 3 }),
      most: fc.integer({ min: 0, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop" as const), nonce: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("reorganise" as const),
      depth: fc.integer({ min: 1, max: 2 }),
      fallenOut: fc.constantFrom("pending" as const, "gone" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("foreign" as const),
      ahead: fc.nat(2),
      fee: fc.constantFrom(1n, 10n ** 7n),
    }),
  },
);

const keyOf = (one: ServiceCall) =>
  one.kind === "revoke"
    ? `revoke:${one.authorizationId}`
    : `${one.kind}:${one.policyId}:${"amount" in one ? one.amount : ""}`;

async function take(one: Step) {
  switch (one.do) {
    case "ask":
      return ask(keyOf(one.call), one.call);
    case "turn":
      await outboxTurn(backend, node, one.death);
      return one.death === "none" ? undefined : crashed(backend);
    case "mine":
      return node.mine(one.blocks, one.most);
    case "drop":
      return node.drop(one.nonce);
    case "reorganise":
      return node.reorganise(one.depth, one.fallenOut);
    case "foreign":
      return void node.foreign(node.state.nonce + one.ahead, one.fee);
  }
}

test("whatever happens in whatever order, in the end every call happened once or could not", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      await begin();
      for (let id = 1n; id <= 6n; id += 1n) node.policies.set(id, { lock: 10n, coverage: 100n });
      const asked = new Map<string, ServiceCall>();
      for (const one of steps) {
        await take(one);
        if (one.do === "ask") asked.set(keyOf(one.call), one.call);
        for (const payloads of payloadsByNonce().values()) expect(payloads.size).toBe(1);
      }
      await atRest();
      const rows = await backend.run((ctx) => ctx.db.query("outboxCalls").take(1_000));
      expect(new Set(rows.map(({ key }) => key))).toEqual(new Set(asked.keys()));
      const { revoked, policies, effects } = node.state;
      for (const { key, call: one, status } of rows) {
        // Only of a policy that is not live, or not any more, can something be impossible.
        const mayFail = one.kind === "lock" && !policies.get(one.policyId)?.lock;
        if (status !== "done") expect([key, status, mayFail]).toEqual([key, "failed", true]);
        if (one.kind === "revoke") expect(revoked.has(one.authorizationId)).toBe(true);
        if (one.kind === "release") expect(policies.get(one.policyId)?.lock ?? 0n).toBe(0n);
      }
      const ends = effects.filter((effect) => !effect.startsWith("lock"));
      expect(new Set(ends).size).toBe(ends.length);
      expect(ends.every((effect) => [...asked.values()].some((one) => effect === endOf(one)))).toBe(true);
    }),
    { numRuns: 6 },
  );
});

function endOf(one: ServiceCall): string {
  return one.kind === "revoke" ? `revoke ${one.authorizationId}` : `${one.kind} ${one.policyId}`;
}
