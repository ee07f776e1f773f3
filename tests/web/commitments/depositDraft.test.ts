import fc from "fast-check";
import { expect, test } from "vitest";
import { TIERS } from "../../../src/domain/tiers";
import { formatAmount, TOKENS } from "../../../src/domain/tokens";
import {
  checkDeposit,
  type DepositFacts,
  depositDeadEnd,
  depositHint,
  depositLimit,
  editDeposit,
  emptyDeposit,
  maximumDeposit,
} from "../../../src/web/commitments/depositDraft";
import { checkDepositor } from "../../../src/web/commitments/depositor";
import { prefilled } from "../../../src/web/commitments/prefill";
import { ALICE } from "../page";

const codeOf = (outcome: ReturnType<typeof checkDeposit>) => (outcome.ok ? outcome.value : outcome.refusal.code);
const facts = (changes: Partial<DepositFacts>): DepositFacts => ({
  minimum: 1_000_000n,
  balance: null,
  room: null,
  ...changes,
});
const draft = { token: "STX", tier: "Balanced", depositorText: "", amountText: "" } as const;

test.each([
  ["1", {}, 1_000_000n],
  ["0.999999", {}, "AMOUNT_BELOW_MINIMUM"],
  ["4.999999", { minimum: 5_000_000n }, "AMOUNT_BELOW_MINIMUM"],
  ["4.99", { balance: 5_000_000n }, 4_990_000n],
  ["4.990001", { balance: 5_000_000n }, "WALLET_HOLDS_LESS"],
  ["3", { balance: 5_000_000n, room: 3_000_000n }, 3_000_000n],
  ["3.000001", { balance: 5_000_000n, room: 3_000_000n }, "TIER_FULL"],
  ["1,5", {}, "AMOUNT_NOT_A_NUMBER"],
] as const)("depositing %s STX with %o: %s", (amountText, changes, expected) => {
  expect(codeOf(checkDeposit({ ...draft, amountText }, facts(changes)))).toBe(expected);
});

test("the most leaves room for the fee of an STX deposit, is never below zero, and names what binds", () => {
  expect(maximumDeposit("STX", 5_000n)).toBe(0n);
  expect(depositLimit(draft, facts({ balance: 5_000_000n }))).toEqual({ max: 4_990_000n, binding: "fee" });
  const sbtc = { ...draft, token: "sBTC" } as const;
  expect(depositLimit(sbtc, facts({ balance: 5_000n }))).toEqual({ max: 5_000n, binding: "wallet" });
  expect(depositLimit(draft, facts({ balance: 5_000_000n, room: 7n }))).toEqual({ max: 7n, binding: "capacity" });
  expect(depositLimit(draft, facts({}))).toBeNull();
});

test("what somebody else sends knows no wallet, but the tier's room", () => {
  const foreign = { ...draft, amountText: "50", depositorText: ALICE.address };
  expect(codeOf(checkDeposit(foreign, facts({ balance: 0n })))).toBe(50_000_000n);
  expect(codeOf(checkDeposit(foreign, facts({ balance: 0n, room: 49_999_999n })))).toBe("TIER_FULL");
});

test("the maximum is accepted and one base unit more is refused, whatever binds", () => {
  const known = fc.record({
    minimum: fc.bigInt(1n, 10n ** 7n),
    balance: fc.option(fc.bigInt(0n, 10n ** 16n)),
    room: fc.option(fc.bigInt(0n, 10n ** 16n)),
  });
  fc.assert(
    fc.property(known, fc.constantFrom(...TOKENS), fc.constantFrom(...TIERS), (given, token, tier) => {
      const limit = depositLimit({ token, depositorText: "" }, given);
      fc.pre(limit !== null);
      const type = (amount: bigint) =>
        codeOf(checkDeposit({ ...draft, token, tier, amountText: formatAmount(amount, token) }, given));
      const isDeadEnd = depositDeadEnd({ token, tier, depositorText: "" }, given) !== null;
      expect(isDeadEnd).toBe(limit.max < given.minimum);
      if (!isDeadEnd) expect(type(limit.max)).toBe(limit.max);
      const above = type(limit.max + 1n);
      expect(["TIER_FULL", "WALLET_HOLDS_LESS", "AMOUNT_BELOW_MINIMUM"]).toContain(above);
    }),
  );
});

test("what can't succeed is said before anything is typed, with what to do", () => {
  expect(depositDeadEnd(draft, facts({ balance: 500_000n }))).toMatch(
    /can deposit 0\.49 STX .* Send STX to your wallet/,
  );
  expect(depositDeadEnd(draft, facts({ room: 10n }))).toMatch(/Balanced has room for 0\.00001 STX .* another tier/);
  expect(depositHint(draft, facts({ balance: 5_000_000n }))).toBe(
    "At least 1 STX, at most 4.99 STX: what your wallet holds, with 0.01 STX left for the network's fee.",
  );
});

test("each change of a draft has a key of its own", () => {
  const first = emptyDeposit();
  const second = editDeposit(first, { amountText: "5" });
  expect(second).toMatchObject({ token: "STX", amountText: "5" });
  expect(second.idempotencyKey).not.toBe(first.idempotencyKey);
});

test.each([
  ["", null],
  ["  ", null],
  [` ${ALICE.address} `, ALICE.address],
  [`${ALICE.address}.exchange-1`, `${ALICE.address}.exchange-1`],
  [ALICE.address.toLowerCase(), "UNKNOWN_DEPOSITOR"],
  [ALICE.address.replace("ST", "SP"), "UNKNOWN_DEPOSITOR"],
  [`${ALICE.address}.1x`, "UNKNOWN_DEPOSITOR"],
  [`${ALICE.address}.a.b`, "UNKNOWN_DEPOSITOR"],
  ["bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "UNKNOWN_DEPOSITOR"],
])("the sender %j on a test network: %s", (text, expected) => {
  const checked = checkDepositor(text, "devnet");
  expect(checked.ok ? checked.value : checked.refusal.code).toBe(expected);
});

test.each([
  ["tier=Balanced&token=sBTC&amount=0.5", { tier: "Balanced", token: "sBTC", amountText: "0.5" }],
  ["tier=balanced&token=DOGE", { tier: "Conservative", token: "STX", amountText: "1" }],
  [`amount=${"9".repeat(500)}`, { amountText: "9".repeat(40) }],
])("a link with %s prefills what can be meant", (query, expected) => {
  const before = editDeposit(emptyDeposit(), { amountText: "1" });
  expect(prefilled(before, new URLSearchParams(query))).toMatchObject(expected);
});
