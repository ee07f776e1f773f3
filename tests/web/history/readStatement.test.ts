/** A statement in pages: put together whole, added up again, patient with a service that is asked too much. */
import { ConvexError } from "convex/values";
import { expect, test, vi } from "vitest";
import { readStatement, type StatementAnswer } from "../../../src/web/history/readStatement";

const PERIOD = { from: "2027-01-01", to: "2027-02-01" };
const FROM = Date.UTC(2027, 0, 1);
const balance = (available: bigint) => ({
  ...{ token: "STX" as const, account: "position" as const, tier: "Balanced" as const },
  ...{ available, reserved: 0n, locked: 0n, earned: 0n },
});

/** A page with one deposit of one base unit; the nth of so many. */
function pageOf(n: number, many: number): StatementAnswer {
  const line = {
    ...{ ...balance(1n), at: FROM + n * 1_000, entryId: `deposit:${n}`, kind: "deposit", note: "", txId: null },
    ...{ amount: 1n, balance: BigInt(n) },
  };
  const opening = n === 1 ? [] : [balance(BigInt(n - 1))];
  return {
    page: {
      ...{ provider: "ST1", from: FROM, to: Date.UTC(2027, 1, 1), status: "final", asOf: Date.UTC(2027, 1, 2) },
      ...{ opening, lines: [line], closing: [balance(BigInt(n))] },
    },
    cursor: n === many ? null : String(n),
  };
}

const ask = (many: number) =>
  vi.fn(async ({ cursor }: { cursor: string | null }) => pageOf(Number(cursor ?? 0) + 1, many));
const always = { isWanted: () => true, wait: async () => {} };

test("all pages are one statement, and it tells how far it is", async () => {
  const onLines = vi.fn();
  const statement = await readStatement(ask(3), PERIOD, { ...always, onLines });
  expect(statement?.lines.map(({ entryId }) => entryId)).toEqual(["deposit:1", "deposit:2", "deposit:3"]);
  expect(statement?.closing).toEqual([balance(3n)]);
  expect(onLines.mock.calls).toEqual([[1], [2], [3]]);
});

test("what does not add up is not given to anybody", async () => {
  const wrong = async () => {
    const answer = pageOf(1, 1);
    return { ...answer, page: { ...answer.page, closing: [balance(2n)] } };
  };
  await expect(readStatement(wrong, PERIOD, always)).rejects.toMatchObject({ data: { code: "STATEMENT_WRONG" } });
});

test("a service that has to be left alone is, for as long as it says; any other refusal ends it", async () => {
  const answers = ask(2);
  const busy = new ConvexError({ code: "RATE_LIMITED", message: "", retryAfterMs: 700 });
  answers.mockRejectedValueOnce(busy).mockRejectedValueOnce(busy);
  const wait = vi.fn(async () => {});
  expect((await readStatement(answers, PERIOD, { ...always, wait }))?.lines).toHaveLength(2);
  expect(wait.mock.calls).toEqual([[700], [700]]);
  const ended = new ConvexError({ code: "NOT_SIGNED_IN", message: "" });
  await expect(readStatement(ask(1).mockRejectedValueOnce(ended), PERIOD, always)).rejects.toBe(ended);
});

test("who has stopped gets nothing, and nothing more is asked", async () => {
  const answers = ask(9);
  let left = 2;
  expect(await readStatement(answers, PERIOD, { ...always, isWanted: () => left-- > 0 })).toBe(null);
  expect(answers).toHaveBeenCalledTimes(3);
});
