/** Statements in the list of calls: of somebody with a long past, and the largest that each of their transactions can be. */
import { convexToJson, type Value } from "convex/values";
import { Database } from "../host/database";
import type { Measured } from "./footprintCalls";
import type { Product } from "./product";

const BUSY = "ST1BUSY";
/** More than one fold reads. */
const POSTINGS = 3_100;
const [FIRST, END] = [1_000_000_000, 1_100_000_000];

/** Deposits that nothing claims, a second apart: each of its own event, as nothing costs a line more. */
async function writePast({ engine }: Product): Promise<void> {
  const account = { account: `suspense/${BUSY}`, token: "STX", amount: 1n, owner: BUSY };
  await engine.transact((transaction) => {
    const database = new Database(
      transaction,
      "",
      (table) => engine.installation?.app.tables.get(table)?.document ?? null,
    );
    for (let n = 0; n < POSTINGS; n++) {
      const posting = { ...account, entryId: `deposit:${FIRST + n}`, at: FIRST + n };
      database.insert({ table: "postings", value: convexToJson(posting) });
    }
  });
}

const looks = (name: string, args: Record<string, Value>): Measured["call"] => {
  const whole = { provider: BUSY, after: { at: FIRST, entryId: "" }, before: END, ...args };
  return (product) => product.call("query", name, whole);
};

/** The last fifty of them, behind an opening that is long to tell. */
const period = { from: new Date((FIRST + POSTINGS - 50) * 1_000).toISOString(), to: "2002-01-01" };

export const STATEMENT_CALLS: Measured[] = [
  {
    name: "statements:getStatement",
    prepare: writePast,
    call: (product) => product.call("action", "statements:getStatement", period, BUSY),
  },
  {
    name: "statements:listActivity",
    call: (product) =>
      product.call("query", "statements:listActivity", { paginationOpts: { numItems: 100, cursor: null } }, BUSY),
  },
  { name: "statements/read:fold, all that one may", call: looks("statements/read:fold", { balances: [] }) },
  { name: "statements/read:page, all that one may", call: looks("statements/read:page", {}) },
  {
    name: "statements/read:keep",
    call: (product) =>
      product.call("mutation", "statements/read:keep", { provider: BUSY, before: FIRST, balances: [] }),
  },
];
