/** A provider's own statement as a file, for whoever sends the token of its session. */
import { z } from "zod";
import { parsePeriod } from "../../src/domain/periods";
import { fileNameOf, STATEMENT_FORMATS, statementCsv, statementJson } from "../../src/domain/statementFiles";
import { accepted } from "../functions";
import { requireWithinLimit } from "../rateLimits/model";
import { wholeStatement } from "../statements/pages";
import { ownRoute, type Route } from "./route";

const amount = z
  .string()
  .regex(/^-?\d+$/)
  .describe("Base units.");
const time = z.string().describe("RFC 3339, UTC, by block time.");
const place = {
  token: z.enum(["STX", "sBTC"]),
  account: z.enum(["position", "suspense", "breach"]),
  tier: z.enum(["Conservative", "Balanced", "Aggressive"]).nullable(),
};
const pockets = { available: amount, reserved: amount, locked: amount, earned: amount };
const balances = z.array(z.object({ ...place, ...pockets, balance: amount }));

const document = z.object({
  provider: z.string(),
  period: z.object({ from: time, to: time }),
  status: z.enum(["final", "provisional"]),
  asOf: time,
  opening: balances,
  lines: z.array(
    z.object({
      ...{ at: time, entryId: z.string(), ...place, kind: z.string(), note: z.string() },
      ...{ amount, balance: amount, ...pockets, txId: z.string().nullable() },
    }),
  ),
  closing: balances,
  checksums: z.array(z.object({ token: place.token, opening: amount, movements: amount, closing: amount })),
});

const MEDIA = { csv: "text/csv; charset=utf-8; header=present", json: "application/json" };

export const STATEMENT_ROUTES: Route[] = [
  ownRoute({
    path: "/v1/statement",
    summary: "The caller's own statement of a period: days are UTC, and the second is not part of it.",
    inQuery: { from: z.string(), to: z.string(), format: z.enum(STATEMENT_FORMATS).default("csv") },
    answers: { "application/json": document, "text/csv": z.string() },
    async ask(ctx, { from, to, format }, owner) {
      const period = accepted(parsePeriod({ from, to }));
      await requireWithinLimit(ctx, "getStatement", owner);
      const statement = await wholeStatement(ctx, owner, period);
      const body = format === "csv" ? statementCsv(statement) : statementJson(statement);
      return { contentType: MEDIA[format], body, fileName: fileNameOf(statement, format) };
    },
  }),
];
