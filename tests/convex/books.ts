/** The audit of a test: every balance is the fold of its postings, and each entry sums to zero. */
import { expect } from "vitest";
import type { Backend } from "./backend";

export async function expectBooksToFold(backend: Backend) {
  await backend.run(async (ctx) => {
    const folds = new Map<string, bigint>();
    const entries = new Map<string, bigint>();
    for await (const { account, token, amount, entryId } of ctx.db.query("postings")) {
      folds.set(`${account} ${token}`, (folds.get(`${account} ${token}`) ?? 0n) + amount);
      entries.set(entryId, (entries.get(entryId) ?? 0n) + amount);
    }
    expect([...entries].filter(([, sum]) => sum !== 0n)).toEqual([]);
    const balances = new Map<string, bigint>();
    for await (const { name, token, balance } of ctx.db.query("accounts")) balances.set(`${name} ${token}`, balance);
    for await (const { _id, token, available, reserved, locked, accruedYield } of ctx.db.query("positions")) {
      for (const [pocket, balance] of Object.entries({ available, reserved, locked, yield: accruedYield })) {
        balances.set(`position/${_id}/${pocket} ${token}`, balance);
      }
    }
    const moved = (known: Map<string, bigint>) => new Map([...known].filter(([, balance]) => balance !== 0n).sort());
    expect(moved(balances)).toEqual(moved(folds));
  });
}
