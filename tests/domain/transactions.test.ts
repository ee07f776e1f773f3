/** What to do next with a signed transaction: case by case, and what must hold in every case. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ServiceCall } from "../../src/domain/outbox";
import {
  type FeeRule,
  fateOf,
  judgeAbort,
  raisedFee,
  type Sighting,
  type SignedForm,
  startingFee,
} from "../../src/domain/transactions";
import { VAULT_ERRORS } from "../../src/domain/vaultErrors";

const rule: FeeRule = { perByteUstx: 10n, limitUstx: 5_000n, raiseAfterSeconds: 600 };
const chain = { time: 10_000, finalHeight: 50 };
const form = (fields: Partial<SignedForm> = {}): SignedForm => ({
  feeUstx: 1_000n,
  sentAt: 9_900,
  refusal: null,
  sighting: { kind: "pending" },
  ...fields,
});
const stepOf = (forms: SignedForm[], rivalHeight: number | null = null) => fateOf({ forms, rivalHeight }, chain, rule);
const mined = (blockHeight: number, failure: null | { reason: string; code: number | null } = null): Sighting => ({
  kind: "mined",
  blockHeight,
  failure,
});
const failure = { reason: "abort_by_response", code: 218 };

test.each<[string, SignedForm[], number | null, object, boolean]>([
  ["never sent", [form({ sentAt: null, sighting: { kind: "unknown" } })], null, { kind: "send" }, false],
  ["not shown yet", [form({ sighting: { kind: "unknown" } })], null, { kind: "send" }, false],
  ["waits", [form()], null, { kind: "watch" }, false],
  ["waits for long", [form({ sentAt: 9_400 })], null, { kind: "raise", feeUstx: 1_500n }, false],
  ["waits at the limit", [form({ sentAt: 9_400, feeUstx: 5_000n })], null, { kind: "watch" }, false],
  ["waits for ages at the limit", [form({ sentAt: 8_000, feeUstx: 5_000n })], null, { kind: "watch" }, true],
  [
    "stale",
    [form({ sighting: { kind: "dropped", reason: "dropped_stale_garbage_collect" } })],
    null,
    { kind: "send" },
    false,
  ],
  [
    "replaced by another's",
    [form({ sighting: { kind: "dropped", reason: "dropped_replace_by_fee" }, refusal: "ConflictingNonceInMempool" })],
    null,
    { kind: "raise", feeUstx: 1_500n },
    false,
  ],
  [
    "problematic",
    [form({ sighting: { kind: "dropped", reason: "dropped_problematic" } })],
    null,
    { kind: "send" },
    true,
  ],
  [
    "too cheap",
    [form({ sighting: { kind: "unknown" }, refusal: "FeeTooLow" })],
    null,
    { kind: "raise", feeUstx: 1_500n },
    false,
  ],
  ["without money", [form({ sighting: { kind: "unknown" }, refusal: "NotEnoughFunds" })], null, { kind: "send" }, true],
  [
    "too many wait",
    [form({ sighting: { kind: "unknown" }, refusal: "TooMuchChaining" })],
    null,
    { kind: "send" },
    false,
  ],
  ["included", [form({ sighting: mined(51) })], null, { kind: "included", form: 0 }, false],
  ["included and failed", [form({ sighting: mined(51, failure) })], null, { kind: "included", form: 0 }, false],
  ["final", [form({ sighting: mined(50) })], null, { kind: "confirm", form: 0 }, false],
  ["final and failed", [form({ sighting: mined(50, failure) })], null, { kind: "abort", form: 0, failure }, false],
  [
    "the cheaper form is final",
    [form({ sighting: mined(50) }), form({ sighting: { kind: "dropped", reason: "dropped_replace_by_fee" } })],
    null,
    { kind: "confirm", form: 0 },
    false,
  ],
  [
    "the dearer form was not taken yet",
    [form(), form({ feeUstx: 1_500n, sentAt: null, sighting: { kind: "unknown" } })],
    null,
    { kind: "send" },
    false,
  ],
  ["another has its nonce", [form({ sighting: { kind: "unknown" } })], 51, { kind: "watch" }, true],
  ["another has its nonce for good", [form({ sighting: { kind: "unknown" } })], 50, { kind: "lost" }, true],
])("%s", (_what, forms, rivalHeight, step, isAlarm) => {
  const fate = stepOf(forms, rivalHeight);
  expect(fate.step).toEqual(step);
  expect(fate.alarm !== null).toBe(isAlarm);
});

const sighting: fc.Arbitrary<Sighting> = fc.oneof(
  fc.constant<Sighting>({ kind: "unknown" }),
  fc.constant<Sighting>({ kind: "pending" }),
  fc
    .constantFrom("dropped_replace_by_fee", "dropped_problematic")
    .map((reason): Sighting => ({ kind: "dropped", reason })),
  fc
    .record({ height: fc.integer({ min: 40, max: 60 }), fails: fc.boolean() })
    .map(({ height, fails }) => mined(height, fails ? failure : null)),
);
const anyForm = fc.record({
  feeUstx: fc.bigInt(1n, 5_000n),
  sentAt: fc.option(fc.integer({ min: 5_000, max: 10_000 })),
  refusal: fc.option(fc.constantFrom("FeeTooLow", "BadNonce", "ConflictingNonceInMempool", "NotEnoughFunds")),
  sighting,
});

test("nothing is sent or signed of what is in a block or has lost its nonce; a raised fee is above all, within the limit", () => {
  const forms = fc.array(anyForm, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(forms, fc.option(fc.integer({ min: 40, max: 60 })), (unsorted, rivalHeight) => {
      const sorted = [...unsorted].sort((one, other) => Number(one.feeUstx - other.feeUstx));
      const { step } = stepOf(sorted, rivalHeight);
      const isOver = rivalHeight !== null || sorted.some((one) => one.sighting.kind === "mined");
      expect(["send", "raise"].includes(step.kind) && isOver).toBe(false);
      if (step.kind === "raise") {
        expect(sorted.every((one) => one.feeUstx < step.feeUstx)).toBe(true);
        expect(step.feeUstx <= rule.limitUstx).toBe(true);
      }
      const isFinal = sorted.some(
        (one) => one.sighting.kind === "mined" && one.sighting.blockHeight <= chain.finalHeight,
      );
      if (!isFinal) expect(["confirm", "abort"]).not.toContain(step.kind);
    }),
    { numRuns: 1_000 },
  );
});

test("fees start by size and rise by half, rounded up, until the limit", () => {
  expect(startingFee(300, rule)).toBe(3_000n);
  expect(startingFee(3_000, rule)).toBe(5_000n);
  const fees: bigint[] = [];
  for (let fee: bigint | null = 1_001n; fee !== null; fee = raisedFee(fee, rule)) fees.push(fee);
  expect(fees).toEqual([1_001n, 1_502n, 2_253n, 3_380n, 5_000n]);
  expect(raisedFee(1n, rule)).toBe(2n);
});

const revoke: ServiceCall = { kind: "revoke", authorizationId: 1n };
const release: ServiceCall = { kind: "release", token: "STX", policyId: 1n };
const settle: ServiceCall = { kind: "settle", token: "STX", policyId: 1n, amount: 5n };
const lock: ServiceCall = { kind: "lock", token: "STX", policyId: 1n, amount: 5n };
const abort = (name: keyof typeof VAULT_ERRORS) => ({ reason: "abort_by_response", code: VAULT_ERRORS[name] });

test("an abort that says that the wish is true already is no failure; any other of a single call is", () => {
  expect(judgeAbort([revoke], abort("errAuthorizationUsed"), 1).kind).toBe("done");
  expect(judgeAbort([release], abort("errPolicyNotLive"), 1).kind).toBe("done");
  for (const [one, name] of [
    [revoke, "errNotAuthorized"],
    [release, "errReleaseTooEarly"],
    [settle, "errPolicyNotLive"],
    [lock, "errPolicyNotLive"],
    [lock, "errAuthorizationUsed"],
  ] as const) {
    const why = `abort_by_response: ${name} (u${VAULT_ERRORS[name]})`;
    expect(judgeAbort([one], abort(name), 1)).toEqual({ kind: "failed", why });
  }
  expect(judgeAbort([lock], { reason: "abort_by_post_condition", code: null }, 1)).toEqual({
    kind: "failed",
    why: "abort_by_post_condition",
  });
});

test("a settlement that met a full bucket or a pause tries again, but not for ever", () => {
  for (const name of ["errOutflowExceedsCap", "errPaused"] as const) {
    expect(judgeAbort([settle], abort(name), 7)).toEqual({ kind: "again", batchLimit: 1 });
    expect(judgeAbort([settle], abort(name), 8).kind).toBe("failed");
  }
});

test("a batch is tried in halves, whatever it met", () => {
  expect(judgeAbort([release, release, release], abort("errPolicyNotLive"), 1)).toEqual({
    kind: "again",
    batchLimit: 2,
  });
});
