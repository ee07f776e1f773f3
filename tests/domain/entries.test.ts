/** Every builder of entries, told a second time as "so much from here to there", over random histories. */
import fc from "fast-check";
import { expect, test } from "vitest";
import * as ledger from "../../src/domain/ledger";

const { accountName } = ledger;

/** What an entry should do, in the names that accounts are stored under. */
interface Told {
  entry: ledger.Entry;
  transfers: [from: string, to: string, amount: bigint][];
}

const amount = fc.bigInt(1n, 2n ** 63n - 1n);
const token = fc.constantFrom("STX" as const, "sBTC" as const);
const principal = fc.constantFrom("ST1", "ST2", "ST1.exchange");
const positionId = fc.constantFrom("p", "q", "r");
const number = fc.bigInt(0n, 2n ** 63n - 1n);
const moveId = fc.string({ minLength: 1 });

const available = (id: string) => `position/${id}/available`;
const reserved = (id: string) => `position/${id}/reserved`;

/** A withdrawal with the names of the accounts where its money is free, and where it is set aside. */
const ofProvider = fc
  .record({ authorizationId: number, provider: principal, token, amount, positionId: fc.option(positionId) })
  .map(({ positionId, ...rest }) =>
    positionId === null
      ? {
          ...rest,
          source: { kind: "suspense" as const },
          free: `suspense/${rest.provider}`,
          aside: `reserved/${rest.provider}`,
        }
      : {
          ...rest,
          source: { kind: "position" as const, positionId },
          free: available(positionId),
          aside: reserved(positionId),
        },
  );

const account = fc.constantFrom("insurance" as const, "fees" as const);
const ofTreasury = fc
  .record({ authorizationId: number, provider: principal, token, amount, account })
  .map(({ account, ...rest }) => ({
    ...rest,
    source: { kind: "account" as const, account },
    free: account as string,
    aside: `reserved/${account}`,
  }));
const withdrawal = fc.oneof(ofProvider, ofTreasury);

const BUILDERS: Record<string, fc.Arbitrary<Told>> = {
  depositEntry: fc
    .record({ sequence: number, token, amount, depositor: principal, positionId, part: number })
    .chain(({ positionId, part, ...event }) => {
      const suspense = `suspense/${event.depositor}`;
      const taken = part % event.amount;
      const split: Told = {
        entry: ledger.depositEntry(event, { positionId, amount: taken }),
        transfers: [
          ["vault", available(positionId), taken],
          ["vault", suspense, event.amount - taken],
        ],
      };
      const whole: Told = {
        entry: ledger.depositEntry(event, { positionId, amount: event.amount }),
        transfers: [["vault", available(positionId), event.amount]],
      };
      const stray: Told = {
        entry: ledger.depositEntry(event, null),
        transfers: [["vault", suspense, event.amount]],
      };
      return fc.constantFrom(split, whole, stray);
    }),
  withdrawalEntry: fc.tuple(number, withdrawal).chain(([sequence, { provider: withdrawer, aside, ...paid }]) => {
    const event = { sequence, token: paid.token, amount: paid.amount, withdrawer };
    const ours: Told = {
      entry: ledger.withdrawalEntry(event, { provider: withdrawer, ...paid }),
      transfers: [[aside, "vault", paid.amount]],
    };
    const foreign: Told = {
      entry: ledger.withdrawalEntry(event, null),
      transfers: [[`breach/${withdrawer}`, "vault", paid.amount]],
    };
    return fc.constantFrom(ours, foreign);
  }),
  surplusEntry: fc.record({ sequence: number, token, amount, vault: principal }).map(({ vault, ...event }) => ({
    entry: ledger.surplusEntry(event, vault),
    transfers: [["vault", `suspense/${vault}`, event.amount]],
  })),
  premiumEntry: fc.record({ sequence: number, token, amount, policyId: number }).map((event) => ({
    entry: ledger.premiumEntry(event),
    transfers: [["vault", `premium/${event.policyId}`, event.amount]],
  })),
  settlementEntry: fc.record({ sequence: number, token, amount, buyer: principal }).map((event) => ({
    entry: ledger.settlementEntry(event),
    transfers: [[`breach/${event.buyer}`, "vault", event.amount]],
  })),
  reserveEntry: withdrawal.map(({ free, aside, ...authorised }) => ({
    entry: ledger.reserveEntry(authorised),
    transfers: [[free, aside, authorised.amount]],
  })),
  unreserveEntry: withdrawal.map(({ free, aside, ...authorised }) => ({
    entry: ledger.unreserveEntry(authorised),
    transfers: [[aside, free, authorised.amount]],
  })),
  assignmentEntry: fc.tuple(moveId, token, principal, positionId, amount).map(([id, of, owner, position, sum]) => ({
    entry: ledger.assignmentEntry(id, of, { principal: owner, positionId: position, amount: sum }),
    transfers: [[`suspense/${owner}`, available(position), sum]],
  })),
  correctionEntry: fc
    .tuple(moveId, token, principal, fc.option(positionId), amount)
    .map(([id, of, owner, position, sum]) => ({
      entry: ledger.correctionEntry(id, of, { principal: owner, positionId: position, amount: sum }),
      transfers: [[position === null ? `suspense/${owner}` : available(position), `breach/${owner}`, sum]],
    })),
  moveEntry: fc
    .tuple(moveId, token, fc.shuffledSubarray(["p", "q", "r"], { minLength: 2 }), amount)
    .map(([id, of, [from = "", to = ""], sum]) => ({
      entry: ledger.moveEntry(id, of, { from, to, amount: sum }),
      transfers: [[available(from), available(to), sum]],
    })),
  surplusAssignmentEntry: fc.tuple(moveId, token, principal, amount).map(([id, of, vault, sum]) => ({
    entry: ledger.surplusAssignmentEntry(id, of, { vault, amount: sum }),
    transfers: [[`suspense/${vault}`, "insurance", sum]],
  })),
  collectionEntry: fc.tuple(moveId, token, positionId, amount).map(([id, of, position, sum]) => ({
    entry: ledger.collectionEntry(id, of, { positionId: position, amount: sum }),
    transfers: [[`position/${position}/yield`, available(position), sum]],
  })),
};

test("every builder of the ledger is told here", () => {
  const builders = Object.keys(ledger).filter((name) => name.endsWith("Entry") && name !== "makeEntry");
  expect(Object.keys(BUILDERS).sort()).toEqual(builders.sort());
});

test("each entry balances in its token, and a history of them folds to what was told", () => {
  const any = fc.oneof(...Object.values(BUILDERS));
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 40 }), (history) => {
      const folded: Record<string, bigint> = {};
      const told: Record<string, bigint> = {};
      for (const { entry, transfers } of history) {
        let sum = 0n;
        for (const posting of entry.postings) {
          const name = `${accountName(posting.account)} ${entry.token}`;
          sum += posting.amount;
          folded[name] = (folded[name] ?? 0n) + posting.amount;
          expect(posting.amount).not.toBe(0n);
        }
        expect(sum).toBe(0n);
        for (const [from, to, moved] of transfers) {
          told[`${from} ${entry.token}`] = (told[`${from} ${entry.token}`] ?? 0n) - moved;
          told[`${to} ${entry.token}`] = (told[`${to} ${entry.token}`] ?? 0n) + moved;
        }
      }
      const nonZero = (balances: Record<string, bigint>) =>
        Object.fromEntries(Object.entries(balances).filter(([, balance]) => balance !== 0n));
      expect(nonZero(folded)).toEqual(nonZero(told));
    }),
  );
});

test("no two causes share an entry's id", () => {
  const kinds = Object.values(BUILDERS).map((told) => told.map(({ entry }) => entry.id.split(":")[0]));
  fc.assert(
    fc.property(fc.tuple(...kinds), (prefixes) => {
      expect(new Set(prefixes).size).toBe(kinds.length);
    }),
    { numRuns: 5 },
  );
});
