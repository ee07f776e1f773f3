/** What a caller could know or guess of this product: its words, and ids of everything that is in it, whosever it is. */
import { convexToJson } from "convex/values";
import { CALLER } from "../../src/local/bench/population";
import { DEPLOYER } from "../../src/local/bench/product";
import { localDeployment } from "../../src/stacks/deployment";
import type { Words } from "./arguments";
import { ADMIN, callerOf, GUARDIAN, NOW, OPERATOR, type Product, resultOf, run, STRANGER } from "./product";

const TIERS = ["Conservative", "Balanced", "Aggressive"];
const TOKENS = ["STX", "sBTC"];
const ADDRESSES = [CALLER, STRANGER, OPERATOR, GUARDIAN, ADMIN, DEPLOYER, localDeployment(DEPLOYER).vaultContract];
const DAYS = ["2026-01-31", "2027-01-01", "2027-01-15", "2027-01-15T08:00:00Z", "2026-12-31T23:59:59Z", "1970-01-01"];
/** Of each table so many ids. */
const IDS = 3;

export async function wordsOf(product: Product): Promise<Words> {
  const documents = documentsOf(product);
  const ids = documents.map(({ id }) => id);
  const ownIds = [product.population.lastCommitment, product.population.lastWithdrawal];
  const cursors = await cursorsOf(product);
  const { challenge } = await challengeOf(product);
  const numbered = documents.flatMap(({ json }) => numbersIn(json));
  const keys = ["waiting", "failed", "revoke:0", "lock:STX:0", ...ids];
  const texts = {
    ...{
      token: TOKENS,
      tier: TIERS,
      fromTier: TIERS,
      toTier: TIERS,
      underlying: ["BTC", "STX"],
      account: ["insurance", "fees"],
    },
    ...{
      status: ["Healthy", "Liquidating", "pending", "failed"],
      capability: ["commit", "withdraw", "policies", "sync"],
    },
    ...{
      commitmentId: [...ownIds, ...ids],
      withdrawalId: [...ownIds, ...ids],
      key: keys,
      cursor: cursors,
      from: DAYS,
      to: DAYS,
    },
    ...{ address: ADDRESSES, depositor: ADDRESSES, principal: ADDRESSES, act: ["breakers.reset", "no.act"] },
    ...{
      idempotencyKey: ["a", "a".repeat(64), "a".repeat(65), "first"],
      reason: ["because", "r".repeat(500), "r".repeat(1_001)],
    },
    ...{ challenge: [challenge], endCursor: cursors, publicKey: [`02${"11".repeat(32)}`, `03${"ff".repeat(32)}`] },
    any: [...TOKENS, ...TIERS, ...ADDRESSES, ...DAYS, ...ids, ...cursors],
  };
  const integers = {
    strikeUsdMicros: [60_000_000_000n, 55_000_000_000n, 2_000_000n, 1_900_000n],
    quantity: [800_000n, 4_000_000n, 1_000_000n],
    any: [100_000n, 500_000n, 1_000_000n, 2_500_000n, 5_000_000n, ...numbered],
  };
  const numbers = {
    expiresAt: [NOW + 7 * 86_400_000, NOW + 86_400_000, NOW, NOW + 500],
    numItems: [1, 10, 100, 101, 1_000],
  };
  return { texts, integers, numbers };
}

/** A few documents of each table, of components too. */
function documentsOf({ store }: Product): { id: string; json: string }[] {
  return store.tables().flatMap((table) => [...store.documentsOf(table)].slice(0, IDS));
}

/** Ids on the chain: of policies, authorisations, commitments. */
function numbersIn(json: string): bigint[] {
  const found = [...json.matchAll(/"(?:policyId|authorizationId|reference)":\{"\$integer":"([^"]+)"\}/g)];
  return found.map(([, text = ""]) => Buffer.from(text, "base64").readBigInt64LE());
}

/** Where pages of two lists go on; in each other's hands they are nonsense. */
async function cursorsOf({ engine }: Product): Promise<string[]> {
  const args = convexToJson({ paginationOpts: { numItems: 1, cursor: null } });
  const pages = ["policies:listSold", "policies:getNotifications"].map(async (path) => {
    const outcome = await run(engine, "query", { path, args }, callerOf(CALLER));
    return (resultOf(outcome) as { continueCursor: string }).continueCursor;
  });
  return Promise.all(pages);
}

async function challengeOf({ engine }: Product): Promise<{ challenge: string }> {
  const call = { path: "session:requestChallenge", args: { address: STRANGER } };
  return resultOf(await run(engine, "action", call, callerOf(null))) as { challenge: string };
}
