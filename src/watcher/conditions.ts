/** What is not as it should be for as long as it lasts: told when it begins, and again when it is over. Pure. */
import type { Observation } from "../stacks/observe";
import type { BackendState } from "./backend";
import { judgeHolding } from "./counters";
import { alarm, type Finding } from "./findings";

export interface Facts {
  /** In ms of the watcher's clock. */
  now: number;
  /** Since when the chain, or the backend, does not answer; null while it does. */
  chainSilentSince: number | null;
  backendSilentSince: number | null;
  /** Why the chain was not read. */
  chainProblem: string;
  /** An event of the vault that can't be read, and so hides all behind it; null: none is. */
  unreadable: string | null;
  /** Why a pause that is demanded can't be sent. */
  pauseProblem: string | null;
  vault: Pick<Observation, "tip" | "guardian"> | null;
  backend: BackendState | null;
  /** Its address, and its micro-STX; null where there is no key, or nobody has said. */
  guardian: { address: string; balanceUstx: bigint | null } | null;
}

export interface Patience {
  /** How long silence may last, ms. */
  silenceMs: number;
  /** How far the books may be behind the chain, ms. */
  lagMs: number;
  /** What the pause may cost at most, micro-STX. */
  feeLimitUstx: bigint;
}

export function conditionsOf(facts: Facts, patience: Patience): Finding[] {
  return [
    ...silences(facts, patience),
    ...chainConditions(facts, patience),
    ...(facts.backend ? judgeHolding(facts.backend.proofs) : []),
    ...syncConditions(facts, patience),
    ...guardianConditions(facts, patience),
    ...(facts.pauseProblem ? [alarm("pause.fails", "", `The pause does not get through: ${facts.pauseProblem}`)] : []),
  ];
}

const seconds = (ms: number) => Math.round(ms / 1_000);

/** A tip that is older than so many lags: the API stands still, or the chain does. */
const OLD_TIP = 3;

function chainConditions({ now, vault, unreadable }: Facts, { lagMs }: Patience): Finding[] {
  const found: Finding[] = [];
  if (unreadable !== null) found.push(alarm("chain.unreadable", "", unreadable));
  const age = vault ? now - vault.tip.time * 1_000 : 0;
  if (age > OLD_TIP * lagMs) {
    found.push(alarm("chain.silent", "old", `The newest block that the API shows is ${seconds(age)} seconds old.`));
  }
  return found;
}

function silences({ now, chainSilentSince, backendSilentSince, chainProblem }: Facts, { silenceMs }: Patience) {
  const found: Finding[] = [];
  if (chainSilentSince !== null && now - chainSilentSince >= silenceMs) {
    const since = seconds(now - chainSilentSince);
    found.push(alarm("chain.silent", "", `The chain could not be read for ${since} seconds: ${chainProblem}`));
  }
  if (backendSilentSince !== null && now - backendSilentSince >= silenceMs) {
    const since = seconds(now - backendSilentSince);
    found.push(alarm("backend.silent", "", `The backend has not answered for ${since} seconds.`));
  }
  return found;
}

function syncConditions({ vault, backend }: Facts, { lagMs }: Patience): Finding[] {
  if (!backend) return [];
  const { halted, asOf } = backend.sync;
  if (halted !== null) return [alarm("sync.halted", "", `The backend's sync has halted: ${halted}`)];
  const lag = vault ? vault.tip.time * 1_000 - asOf : 0;
  if (lag <= lagMs) return [];
  return [alarm("sync.lags", "", `The backend's books are ${seconds(lag)} seconds behind the chain.`)];
}

function guardianConditions({ vault, guardian }: Facts, { feeLimitUstx }: Patience): Finding[] {
  if (!guardian) return [];
  const { address, balanceUstx } = guardian;
  const found: Finding[] = [];
  if (vault?.guardian !== undefined && vault.guardian !== address) {
    const message = `The vault's guardian is ${vault.guardian}, and this key is that of ${address}: it can pause nothing.`;
    found.push(alarm("guardian.other", "", message));
  }
  if (balanceUstx !== null && balanceUstx < feeLimitUstx) {
    const message = `${address} has ${balanceUstx} micro-STX, and a pause may cost ${feeLimitUstx}. Send it STX.`;
    found.push(alarm("guardian.poor", "", message));
  }
  return found;
}
