/**
 * When a proof that differs from the chain counts. One of a fork that is gone differs without being wrong, so the next look
 * at the chain has to find the same, and the block that it was taken at has to be in the chain.
 */
import type { StacksApi } from "../stacks/api";
import { type BackendProof, type History, judgeProof } from "./counters";
import type { Finding } from "./findings";

export class Suspicions {
  private known = new Set<string>();

  /** To be asked once after each look at the chain that succeeded. */
  async confirmed(history: History, proofs: BackendProof[], api: StacksApi): Promise<Finding[]> {
    const found = proofs.flatMap((proof) => judgeProof(history, proof).map((finding) => ({ proof, finding })));
    const again = found.filter(({ finding }) => this.known.has(finding.key));
    this.known = new Set(found.map(({ finding }) => finding.key));
    const confirmed: Finding[] = [];
    for (const { proof, finding } of again) {
      const block = await api.blockAt(proof.blockHeight).catch(() => null);
      if (block && block.block_time * 1_000 === proof.asOf) confirmed.push(finding);
    }
    return confirmed;
  }
}
