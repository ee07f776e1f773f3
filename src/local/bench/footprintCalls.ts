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
import { CALLER, DEPOSIT, EXPIRES, LEASE, type Population } from "./population";
import type { Product, Who } from "./product";

type Call = (product: Product, population: Population) => Promise<unknown>;
type Args = Record<string, Value>;

const calls =
  (kind: FunctionKind, who: Who) =>
  (path: string, args: Args = {}): [string, Call] => [path, (product) => product.call(kind, path, args, who)];
const asks = calls("query", CALLER);
const acts = calls("action", CALLER);
const operates = calls("mutation", null);
const looks = calls("query", null);

const STX = { token: "STX", tier: "Balanced" };
const author = { actor: "bench", reason: "measured" };

/** The last events of a long backlog: so many at once. */
const backlog: Call = (product, population) => applied(product, population, mixedEvents(population, BATCH));

const quietLook: Call = (product, population) => applied(product, population, []);

const cancels: Call = (product, { lastCommitment: commitmentId }) =>
  product.call("action", "liquidity:cancelCommitment", { commitmentId }, CALLER);

/** The first look after authorisations and commitments have expired. */
const expiry: Call = (product, population) => {
  population.time = Number(EXPIRES) + 1;
  return applied(product, population, []);
};

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

export const CALLS: [string, Call][] = [
  acts("session:requestChallenge", { address: CALLER }),
  ["session:signIn", signsIn],
  asks("liquidity:getPoolStats"),
  asks("liquidity:getTierStats"),
  asks("liquidity:getTierTerms"),
  asks("liquidity:getProof"),
  asks("liquidity:getProviderPortfolio"),
  acts("liquidity:requestCommitCapital", { ...STX, amount: DEPOSIT.STX, idempotencyKey: "first" }),
  ["liquidity:cancelCommitment", cancels],
  acts("liquidity:requestWithdrawal", { ...STX, amount: DEPOSIT.STX / 2n, idempotencyKey: "first" }),
  acts("liquidity:assignSuspense", { ...STX, amount: DEPOSIT.STX, idempotencyKey: "first" }),
  acts("liquidity:moveCapital", {
    token: "STX",
    amount: DEPOSIT.STX,
    fromTier: "Conservative",
    toTier: "Balanced",
    idempotencyKey: "second",
  }),
  acts("liquidity:setAcceptingPolicies", { ...STX, accepting: false }),
  looks("sync/loop:start", { lease: LEASE }),
  looks("sync/loop:ladder"),
  [`sync/loop:finishCycle, ${BATCH} events`, backlog],
  ["sync/loop:finishCycle, nothing new", quietLook],
  ["sync/loop:finishCycle, expiry", expiry],
  operates("sync/loop:failCycle", { lease: LEASE, error: "bench", failure: { kind: "retry", afterMs: 0 } }),
  operates("sync/loop:watch"),
  operates("sync/loop:wake"),
  operates("sync/loop:nudge"),
  operates("providers/signIns:forgetExpired"),
  operates("breakers/control:tripBreaker", { capability: "commit", ...author }),
  operates("breakers/control:resetBreaker", { capability: "commit", ...author }),
  looks("breakers/control:status"),
  operates("breakers/restore:begin", author),
  looks("audit/trail:list", { paginationOpts: { numItems: 100, cursor: null } }),
];

/** Functions without a line, and why. */
export const NOT_MEASURED: Record<string, string> = {
  "sync/loop.js:poll": "reads the chain; its transactions are sync/loop:start and sync/loop:finishCycle",
  "migrations.js:run": "is the migrations component's own",
};
