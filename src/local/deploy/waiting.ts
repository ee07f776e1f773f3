/** A deployment waits for each of its transactions before the next, and tells how long. */
import type { NodeClient } from "../../stacks/node";

const POLL_MS = 1_000;
const PROGRESS_MS = 10_000;
const GIVE_UP_MS = 30 * 60_000;

type Report = (line: string) => void;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function waitFor<T>(what: string, report: Report, look: () => Promise<T | null>): Promise<T> {
  const start = Date.now();
  for (let reported = start; ; await pause(POLL_MS)) {
    const found = await look();
    if (found !== null) return found;
    const now = Date.now();
    if (now - start > GIVE_UP_MS) {
      throw new Error(`${what} is not mined after ${GIVE_UP_MS / 60_000} minutes. Run the command again later.`);
    }
    if (now - reported < PROGRESS_MS) continue;
    reported = now;
    report(`  ${what} waits to be mined (${Math.round((now - start) / 1000)} s)`);
  }
}

/** Waits until the transaction is mined, and throws unless it succeeded. */
export async function succeeded(node: NodeClient, txId: string, report: Report): Promise<void> {
  const seen = await waitFor(`Transaction ${txId}`, report, async () => {
    // A node may not know a transaction for a moment after it took it.
    const found = await node.transaction(txId);
    return found === null || found.kind === "waiting" ? null : found;
  });
  if (seen.kind === "mined") return report(`  mined in block ${seen.blockHeight}`);
  const result = seen.kind === "failed" ? seen.result : "no result";
  throw new Error(`Transaction ${txId} ended as ${seen.status}: ${result}.`);
}

/** Waits until nothing that the account has sent before is still to be mined: it may be a step of this deployment. */
export async function settled(node: NodeClient, address: string, report: Report): Promise<void> {
  await waitFor("An earlier transaction of the sender", report, async () => {
    const [next, { nonce }] = await Promise.all([node.nextNonce(address), node.account(address)]);
    return next === nonce ? true : null;
  });
}
