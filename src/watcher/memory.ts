/** What the watcher remembers from look to look: how far it has read the chain, and what it still has to hear about. Pure. */
import { contracts } from "../stacks/bindings";
import type { BlockMark, Known, Rung } from "../stacks/canonical";
import type { Observation } from "../stacks/observe";
import { type Claim, claimOf } from "./claims";
import { beginningAt, completed, followed, type History, judgeAccounts, rewound } from "./counters";
import type { Finding } from "./findings";
import type { PauseJob } from "./pause";

/** A claim of which the backend has not spoken yet, since when, in ms of the watcher's clock. */
export interface OpenClaim {
  claim: Claim;
  since: number;
}

/** Why the vault has to stand still: until its pause is final, or its admin has let it go on. */
export interface Demand {
  keys: string[];
  /** In ms of the watcher's clock. */
  since: number;
  /** The height of the block at which it was first seen to be paused; null while it is not. */
  pausedAt: number | null;
}

/** The vault's last pause, and the last one that its admin ended; by their sequences. */
export interface Pauses {
  last: bigint | null;
  /** At which event its admin let the vault go on, and the pause before that: what was before it has been looked at. */
  forgiven: { before: bigint; at: bigint } | null;
}

export interface Memory {
  /** The last sequence that is final. */
  booked: bigint;
  /** The events behind it, oldest first. */
  pending: Rung[];
  final: BlockMark | null;
  tip: BlockMark | null;
  seenTip: string | null;
  history: History;
  pauses: Pauses;
  open: OpenClaim[];
  /** Causes that have been told, oldest first. */
  told: string[];
  demand: Demand | null;
  pause: PauseJob | null;
}

export function freshMemory(from: bigint): Memory {
  const chain = { booked: from, pending: [], final: null, tip: null, seenTip: null, history: beginningAt(from) };
  return { ...chain, pauses: { last: null, forgiven: null }, open: [], told: [], demand: null, pause: null };
}

/** The same cares, with so many of the newest events read anew: the chain was reorganised deeper than anybody expects. */
export function startedOver({ booked, told, demand, pause }: Memory, newestEvents: bigint): Memory {
  const from = booked - newestEvents;
  return { ...freshMemory(from > 0n ? from : 0n), told, demand, pause };
}

export function knownOf({ booked, pending, final, tip, seenTip }: Memory): Known {
  const ladder = async () => ({ rungs: pending.toReversed(), floor: booked });
  return { booked, newest: pending.at(-1) ?? null, final, tip, seenTip, ladder };
}

const { eventVaultPaused, eventVaultUnpaused } = contracts.liquidityVault.constants;

function pausesAfter(known: Pauses, { after, events }: Observation): Pauses {
  let pauses = standing(known, after);
  for (const { event } of events) {
    if (event.kind !== "control") continue;
    const { sequence: at } = event;
    if (event.name === eventVaultPaused) pauses = { ...pauses, last: at };
    if (event.name !== eventVaultUnpaused || pauses.last === null) continue;
    // The next pause is a new one: what came before the last one is forgiven, nothing else.
    pauses = { last: null, forgiven: { before: pauses.last, at } };
  }
  return pauses;
}

/** What a reorganisation leaves of it: a word that is taken back leaves the pause that it was about. */
function standing({ last, forgiven }: Pauses, after: bigint): Pauses {
  const isTakenBack = forgiven !== null && forgiven.at > after;
  const pause = isTakenBack ? forgiven.before : last;
  return { last: pause !== null && pause <= after ? pause : null, forgiven: isTakenBack ? null : forgiven };
}

export interface Absorbed {
  memory: Memory;
  findings: Finding[];
  /** Whether everything up to the tip has been read. */
  isComplete: boolean;
}

/** Takes in what a look has brought. What a reorganisation took back is forgotten. */
export function absorbed(memory: Memory, observation: Observation, now: number): Absorbed {
  const { after, events, final, tip, sequence } = observation;
  const standing = memory.pending.filter((rung) => rung.sequence <= after);
  const read = events.map(({ event, blockHeight: height, blockHash: hash }) => ({
    sequence: event.sequence,
    height,
    hash,
  }));
  const all = [...standing, ...read];
  const isFinal = ({ height }: Rung) => final !== null && height <= final.height;
  const booked = all.findLast(isFinal)?.sequence ?? memory.booked;
  const reached = all.at(-1)?.sequence ?? after;
  const isComplete = reached === sequence && !observation.isStepBack;
  const chain = followed(rewound(memory.history, after), events);
  const history = isComplete ? completed(chain.history, observation) : chain.history;
  const stands = ({ claim }: OpenClaim) => claim.place.kind === "waiting" || claim.place.sequence <= after;
  const claims = events.flatMap((event) => claimOf(event) ?? []);
  return {
    memory: {
      ...memory,
      booked,
      pending: all.filter((rung) => rung.sequence > booked),
      final,
      tip,
      seenTip: isComplete ? tip.hash : null,
      history,
      pauses: pausesAfter(memory.pauses, observation),
      open: [...memory.open.filter(stands), ...claims.map((claim) => ({ claim, since: now }))],
      demand: demandAfter(memory, observation),
    },
    findings: [...chain.findings, ...judgeAccounts(history, observation)],
    isComplete,
  };
}

/** What the vault's state says to it: met for good, met, or not met (any more). */
function demandAfter({ demand, pauses }: Memory, observation: Observation): Demand | null {
  if (!demand) return null;
  const { tip, final, paused } = observation;
  if (paused) {
    const pausedAt = demand.pausedAt ?? tip.height;
    return final && final.height >= pausedAt ? null : { ...demand, pausedAt };
  }
  const { forgiven } = pausesAfter(pauses, observation);
  const isLetGo = demand.pausedAt !== null && forgiven !== null && forgiven.at > observation.after;
  return isLetGo ? null : { ...demand, pausedAt: null };
}

/** Whether the vault was paused after this, and its admin has let it go on since: that was looked at. */
export function isForgiven({ pauses }: Memory, { place }: Claim): boolean {
  return place.kind === "mined" && pauses.forgiven !== null && place.sequence < pauses.forgiven.before;
}

const MOST_TOLD = 2_000;

/** Adds what is new; `fresh` are those that were not told before. */
export function toldOf(memory: Memory, findings: Finding[]): { memory: Memory; fresh: Finding[] } {
  const known = new Set(memory.told);
  const fresh = findings.filter(({ key }) => !known.has(key) && known.add(key));
  const told = [...memory.told, ...fresh.map(({ key }) => key)].slice(-MOST_TOLD);
  return { memory: fresh.length > 0 ? { ...memory, told } : memory, fresh };
}

export function demanding(memory: Memory, findings: Finding[], now: number): Memory {
  const keys = findings.filter(({ pauses }) => pauses).map(({ key }) => key);
  if (keys.length === 0) return memory;
  const demand = memory.demand ?? { keys: [], since: now, pausedAt: null };
  return { ...memory, demand: { ...demand, keys: [...demand.keys, ...keys] } };
}
