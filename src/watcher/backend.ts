/** What the watcher asks the backend: its public answers, without a session. Silence and nonsense are the same to it. */
import { ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { api } from "../../convex/_generated/api";
import type { Answers, Claim } from "./claims";
import type { BackendProof } from "./counters";

export interface BackendState {
  proofs: BackendProof[];
  sync: { halted: string | null; watermark: bigint; asOf: number };
}

export interface Backend {
  /** What it says of these; `isSilent`: it did not answer every question. */
  answers(claims: Claim[]): Promise<Answers & { isSilent: boolean }>;
  /** Null: it did not say. */
  state(): Promise<BackendState | null>;
}

const TIMEOUT_MS = 5_000;
/** As many as `authorizations.get` takes. */
const BATCH = 100;
/** Policies have to be asked for one by one: so many at once. */
const AT_ONCE = 10;

function batches<T>(all: Iterable<T>, size: number): T[][] {
  const list = [...all];
  return Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size));
}

/** @param timeoutMs of one question */
export function publicBackend(url: string, timeoutMs = TIMEOUT_MS): Backend {
  const timely: typeof fetch = (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  const client = new ConvexHttpClient(url, { logger: false, fetch: timely });

  async function policy(policyId: bigint) {
    try {
      return await client.query(api.policies.getPolicy, { policyId });
    } catch (error) {
      if (error instanceof ConvexError && error.data?.code === "NO_POLICY") return null;
      throw error;
    }
  }

  return {
    async answers(claims) {
      const answers: Answers = { authorizations: new Map(), policies: new Map() };
      const ids = new Set(claims.flatMap((claim) => (claim.kind === "withdrawal" ? [claim.id] : [])));
      const policyIds = new Set(claims.flatMap((claim) => (claim.kind === "withdrawal" ? [] : [claim.policyId])));
      try {
        for (const batch of batches(ids, BATCH)) {
          const rows = await client.query(api.authorizations.get, { ids: batch });
          for (const id of batch) answers.authorizations.set(id, rows.find((row) => row.id === id) ?? null);
        }
        for (const batch of batches(policyIds, AT_ONCE)) {
          const found = await Promise.all(batch.map(policy));
          for (const [n, id] of batch.entries()) answers.policies.set(id, found[n] ?? null);
        }
        return { ...answers, isSilent: false };
      } catch {
        return { ...answers, isSilent: true };
      }
    },

    async state() {
      try {
        const [proofs, sync] = await Promise.all([
          client.query(api.liquidity.getProof, {}),
          client.query(api.liquidity.getSyncStatus, {}),
        ]);
        return { proofs, sync };
      } catch {
        return null;
      }
    },
  };
}
