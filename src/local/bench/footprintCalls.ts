/**
 * A call of every function whose footprint is measured, in an order in which none spoils the next. A function that is only
 * reached through another one needs no line of its own. tests/local/footprint.test.ts tells what is missing.
 */
import { hashMessage } from "@stacks/encryption";
import {
  getAddressFromPrivateKey,
  privateKeyToPublic,
  randomPrivateKey,
  signMessageHashRsv,
} from "@stacks/transactions";
import type { Value } from "convex/values";
import type { FunctionKind } from "../host/functionCall";
import { applied, BATCH, mixedEvents } from "./events";
import { OPERATIONS_CALLS } from "./footprintOperations";
import { OUTBOX_CALLS } from "./footprintOutbox";
import { POLICY_CALLS } from "./footprintPolicies";
import { PRICE_CALLS } from "./footprintPrices";
import { STATEMENT_CALLS } from "./footprintStatements";
import { TREASURY_CALLS } from "./footprintTreasury";
import { WEBHOOK_CALLS } from "./footprintWebhooks";
import { LEASE } from "./owed";
import { CALLER, DEPOSIT, EXPIRES, type Population } from "./population";
import type { Product, Who } from "./product";

export interface Measured {
  /** The function's, with what is the case if that is not the usual one. */
  name: string;
  /** What has to be so before; it is not measured. */
  prepare?(product: Product, population: Population): Promise<unknown>;
  call(product: Product, population: Population, prepared: unknown): Promise<unknown>;
  /** Why it is not flat, where it takes as much as there is up to a bound of its own. */
  bound?: string;
}
type Call = Measured["call"];
type Args = Record<string, Value>;

const calls =
  (kind: FunctionKind, who: Who) =>
  (name: string, args: Args = {}): Measured => ({ name, call: (product) => product.call(kind, name, args, who) });
const asks = calls("query", CALLER);
const acts = calls("action", CALLER);
const operates = calls("mutation", null);
const looks = calls("query", null);

const STX = { token: "STX", tier: "Balanced" };
const FIRST_PAGE = { paginationOpts: { numItems: 20, cursor: null } };
const author = { actor: "bench", reason: "measured" };

/** The last events of a long backlog: so many at once. */
const backlog: Call = (product, population) => applied(product, population, mixedEvents(population, BATCH));

const quietLook: Call = (product, population) => applied(product, population, []);

const cancelsWithdrawal: Call = (product, { lastWithdrawal: withdrawalId }) =>
  product.call("action", "liquidity:cancelWithdrawal", { withdrawalId }, CALLER);

const cancels: Call = (product, { lastCommitment: commitmentId }) =>
  product.call("action", "liquidity:cancelCommitment", { commitmentId }, CALLER);

/** The first look after authorisations and commitments have expired. */
const expiry: Call = (product, population) => {
  population.time = Number(EXPIRES) + 1;
  return applied(product, population, []);
};

const auditsPage = (product: Product) => product.call("query", "audit/job:look", {});
const recordsPage: Call = (product, _population, page) => product.call("mutation", "audit/job:record", page as Args);

/** A wallet that the deployment has not seen before. */
const signsIn: Call = async (product) => {
  const privateKey = randomPrivateKey();
  const address = getAddressFromPrivateKey(privateKey, "testnet");
  const asked = await product.call("action", "session:requestChallenge", { address });
  const { challenge, message } = asked as { challenge: string; message: string };
  const messageHash = Buffer.from(hashMessage(message)).toString("hex");
  const signature = signMessageHashRsv({ messageHash, privateKey });
  const publicKey = privateKeyToPublic(privateKey) as string;
  return product.call("action", "session:signIn", { challenge, publicKey, signature });
};

export const CALLS: Measured[] = [
  acts("session:requestChallenge", { address: CALLER }),
  { name: "session:signIn", call: signsIn },
  asks("liquidity:getPoolStats"),
  asks("liquidity:getTierStats"),
  asks("liquidity:getTierTerms"),
  asks("tiers:getRoom", STX),
  ...POLICY_CALLS,
  asks("policies:getTierRules"),
  asks("prices:getPrices"),
  asks("status:getStatus"),
  asks("policies:listSold", FIRST_PAGE),
  asks("policies:getHealthHistory", { token: "STX", tier: "Balanced", ...FIRST_PAGE }),
  asks("policies:getNotifications", FIRST_PAGE),
  { ...asks("liquidity:getTierAvailability", STX), bound: "looks at 288 positions" },
  asks("liquidity:getProof"),
  looks("authorizations:get", { ids: Array.from({ length: 100 }, (_, n) => BigInt(n + 1)) }),
  asks("liquidity:getSyncStatus"),
  operates("http/limits:admit", { client: "bench" }),
  looks("http/facts:tiers"),
  looks("http/facts:soldPolicies", FIRST_PAGE),
  looks("http/facts:prices"),
  looks("http/facts:stats"),
  looks("http/facts:checks"),
  asks("liquidity:getProviderPortfolio"),
  acts("liquidity:requestCommitCapital", { ...STX, amount: DEPOSIT.STX, idempotencyKey: "first" }),
  { name: "liquidity:cancelCommitment", call: cancels },
  asks("liquidity:quoteWithdrawal", { token: "STX", tier: "Balanced" }),
  asks("moves:quoteMove", { token: "STX", fromTier: "Balanced", toTier: "Conservative" }),
  acts("liquidity:requestWithdrawal", { ...STX, amount: DEPOSIT.STX / 2n, idempotencyKey: "first" }),
  { name: "liquidity:cancelWithdrawal", call: cancelsWithdrawal },
  acts("liquidity:requestSuspenseWithdrawal", { token: "sBTC", amount: DEPOSIT.sBTC, idempotencyKey: "third" }),
  acts("liquidity:assignSuspense", { ...STX, amount: DEPOSIT.STX, idempotencyKey: "first" }),
  acts("liquidity:moveCapital", {
    token: "STX",
    amount: DEPOSIT.STX,
    fromTier: "Conservative",
    toTier: "Balanced",
    idempotencyKey: "second",
  }),
  acts("liquidity:setAcceptingPolicies", { ...STX, accepting: false }),
  acts("policies:collectYield", { token: "STX", tier: "Aggressive", idempotencyKey: "first" }),
  looks("sync/loop:start", { lease: LEASE }),
  looks("sync/loop:ladder"),
  { name: `sync/loop:finishCycle, ${BATCH} events`, call: backlog },
  { name: "sync/loop:finishCycle, nothing new", call: quietLook },
  { name: "sync/loop:finishCycle, expiry", call: expiry },
  ...TREASURY_CALLS,
  // From here on a breach is in the books, and withdrawals are stopped.
  ...OPERATIONS_CALLS,
  operates("sync/loop:failCycle", { lease: LEASE, error: "bench", failure: { kind: "retry", afterMs: 0 } }),
  operates("sync/loop:watch"),
  operates("sync/loop:wake"),
  operates("sync/loop:nudge"),
  operates("providers/signIns:forgetExpired"),
  operates("earnings/job:accrue"),
  operates("health/monitor:run", { underlying: "STX" }),
  operates("health/monitor:watch"),
  operates("health/transfers:next", { underlying: "STX" }),
  looks("breakers/control:status"),
  ...STATEMENT_CALLS,
  ...PRICE_CALLS,
  ...OUTBOX_CALLS,
  ...WEBHOOK_CALLS,
  // From here on nothing is signed.
  operates("breakers/restore:begin", author),
  operates("positions/standings:renew", { tier: "Balanced", token: "STX", after: 0 }),
  operates("audit/job:begin"),
  { ...looks("audit/job:look"), bound: "fills a page" },
  { name: "audit/job:record", prepare: auditsPage, call: recordsPage, bound: "fills a page" },
  looks("audit/job:result"),
  looks("audit/trail:list", { paginationOpts: { numItems: 100, cursor: null } }),
  looks("ledger/journal:list", { paginationOpts: { numItems: 20, cursor: null } }),
];

/** Functions without a line, and why. */
export const NOT_MEASURED: Record<string, string> = {
  "sync/loop.js:poll": "reads the chain; its transactions are sync/loop:start and sync/loop:finishCycle",
  "audit/job.js:run": "calls audit/job:begin, and look and record by turns",
  "outbox/loop.js:turn": "asks the node; its transactions are outbox/loop:start, store and finish",
  "prices/loop.js:look": "asks the sources; its transactions are prices/loop:isMine, record and finish",
  "webhooks/loop.js:turn": "posts messages; its transactions are webhooks/loop:start, finish and fail",
  "migrations.js:addPostingOwners": "reads an entry and a position a posting; how many a batch has is the component's",
  "migrations.js:run": "is the migrations component's own",
};
