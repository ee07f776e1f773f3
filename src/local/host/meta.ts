/** `ctx.meta`: what a function can learn of itself, its transaction, its request and its deployment; and what no host like this has. */
import { convexToJson } from "convex/values";
import type { Call } from "./call";
import type { Transaction } from "./transaction";

/** A host on somebody's own machine has no region, and no size that matters. */
const DEPLOYMENT = { name: "local", region: null, class: "s16" };

type MetaHandler = (call: Call, args: { table: string }) => string;

function transactionOf({ transaction }: Call): Transaction {
  if (transaction !== null) return transaction;
  // The package knows these words, and says where the operation may be used.
  throw new Error("Unknown async operation: actions have no transaction.");
}

export const metaHandlers: Record<string, MetaHandler> = {
  "1.0/getTransactionMetrics": (call) => JSON.stringify(transactionOf(call).usage.metrics()),
  "1.0/getFunctionMetadata": ({ path, component }) =>
    JSON.stringify({ name: path.replace(/\.js:/, ":"), componentPath: component }),
  "1.0/getDeploymentMetadata": () => JSON.stringify(DEPLOYMENT),
  "1.0/getRequestMetadata": ({ kind, request }) => {
    if (kind === "query") throw new Error("Cannot get request metadata in a query");
    return JSON.stringify(request.origin);
  },
  "1.0/count": (call, { table }) => {
    const transaction = transactionOf(call);
    return JSON.stringify(transaction.count(transaction.table(call.component, table)));
  },
};

/** The last commit that a transaction sees, nanoseconds, as JSON. */
export function snapshotTs(call: Call): string {
  return JSON.stringify(convexToJson(transactionOf(call).snapshotTs));
}

/** What this host leaves out, by the names of the operations, and what to do instead. */
export const NOT_HERE: [RegExp, string][] = [
  [/storage/i, "This host stores no files: keep small ones in documents (v.bytes()), or use a cloud deployment."],
  [/vectorSearch/, "This host has no vector search: use an index, or a cloud deployment."],
  [/signJwt/, "This host signs no tokens: sign with a key of your own (package jose) in an action."],
  [/createServiceToken|getServiceUrl/, "This host has no Convex-managed services: use a cloud deployment."],
  [/auditLog/, "This host keeps no audit log: write what must be kept to a table."],
];
