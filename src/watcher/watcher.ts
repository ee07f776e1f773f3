/**
 * The watcher: looks at the chain by itself, asks the backend only for its public answers, and pauses the vault by the
 * guardian's key. What it decides is decided in claims.ts, counters.ts and conditions.ts; here it is brought together.
 */
import { ApiError, type StacksApi, stacksApi } from "../stacks/api";
import { DeepReorganisation } from "../stacks/canonical";
import { type VaultDeployment, vaultCalls } from "../stacks/deployment";
import { type Observation, observeVault } from "../stacks/observe";
import type { ApiOptions } from "../stacks/request";
import { UndecodableEvent } from "../stacks/vaultEvents";
import { waitingCalls } from "../stacks/waitingCalls";
import type { Backend, BackendState } from "./backend";
import { type Claim, judgeClaim, subjectOf, takesMoney, unverified } from "./claims";
import { conditionsOf, type Patience } from "./conditions";
import { alarm, type Finding } from "./findings";
import {
  absorbed,
  demanding,
  freshMemory,
  isForgiven,
  knownOf,
  type Memory,
  type OpenClaim,
  startedOver,
  toldOf,
} from "./memory";
import type { Guardian } from "./pause";
import { Pausing } from "./pausing";
import type { Report } from "./report";
import { Suspicions } from "./suspicions";
import { claimOfWaiting, keysOf } from "./waiting";

export interface WatchSettings extends Patience {
  deployment: VaultDeployment;
  apiUrl: string;
  api: ApiOptions;
  finalityBurnBlocks: number;
  /** How long a payment may stay unverified before it is taken for a theft, ms. */
  graceMs: number;
  /** How many of the newest events are read at the first start. */
  newestEvents: bigint;
}

export interface WatchParts {
  backend: Backend;
  /** Null: what would be paused is only told. */
  guardian: Guardian | null;
  report: Report;
  /** Stores what is remembered. */
  keep(memory: Memory): Promise<void>;
  now?: () => number;
}

/** Of one look; a long backlog takes several. */
const MOST_PAGES = 50;

export class Watcher {
  private vault: Observation | null = null;
  private backendState: BackendState | null = null;
  private readonly silentSince: { chain: number | null; backend: number | null } = { chain: null, backend: null };
  /** Why the chain was not read at the last look, and an event that nobody can read. */
  private chainProblem = "";
  private unreadable: string | null = null;
  private conditions = new Map<string, Finding>();
  /** Waiting calls that were judged already, or are nobody's. */
  private readonly judged = new Set<string>();
  /** Since when what waits unverified does, by its subject. */
  private readonly waitingSince = new Map<string, number>();
  private readonly suspicions = new Suspicions();
  private readonly pausing: Pausing | null;
  private kept: Memory | null = null;

  constructor(
    private readonly settings: WatchSettings,
    private readonly parts: WatchParts,
    /** Null at the first start. */
    public memory: Memory | null,
  ) {
    const { guardian, report } = parts;
    this.pausing = guardian && new Pausing(settings, guardian, report);
  }

  private get now(): number {
    return (this.parts.now ?? Date.now)();
  }

  private api(): StacksApi {
    return stacksApi(this.settings.apiUrl, this.settings.api);
  }

  /** One look at everything; gives what is new, and what is still not as it should be. */
  async look(): Promise<Finding[]> {
    const onChain = await this.lookAtChain();
    const found = await this.decide(onChain.findings);
    const claims = await this.judgeClaims(onChain.waiting);
    const proofs = await this.judgeProofs();
    found.push(...(await this.decide([...claims, ...proofs])));
    await this.pausing?.askBalance(this.now);
    this.tellConditions();
    await this.keep();
    return [...found, ...this.conditions.values()];
  }

  /** What the next heartbeat says. */
  facts(): Record<string, string | number | bigint> {
    const { memory, vault } = this;
    const open = memory?.open.length ?? 0;
    const sequence = memory?.history.at(-1)?.sequence ?? 0n;
    const state = vault?.paused ? "paused" : "open";
    return { block: vault?.tip.height ?? 0, sequence, vault: state, unverified: open, alarms: this.conditions.size };
  }

  private async firstMemory(api: StacksApi): Promise<Memory> {
    const { index_block_hash: tip } = await api.latestBlock();
    const { sequence } = await api.readOnly(vaultCalls(this.settings.deployment).getVaultState(), tip);
    const from = sequence - this.settings.newestEvents;
    return freshMemory(from > 0n ? from : 0n);
  }

  private async lookAtChain(): Promise<{ findings: Finding[]; waiting: Claim[] }> {
    const findings: Finding[] = [];
    try {
      await this.readEvents(findings);
      const waiting = await this.readWaiting();
      this.silentSince.chain = null;
      this.unreadable = null;
      return { findings, waiting };
    } catch (error) {
      this.chainProblem = error instanceof Error ? error.message : String(error);
      if (error instanceof DeepReorganisation) findings.push(this.startOver(error));
      else if (error instanceof UndecodableEvent) this.unreadable = error.message;
      else this.silentSince.chain ??= this.now;
      return { findings, waiting: [] };
    }
  }

  /** What was final is gone: nothing of it is a theft, but somebody has to know, and reading begins anew. */
  private startOver(error: DeepReorganisation): Finding {
    this.memory = this.memory && startedOver(this.memory, this.settings.newestEvents);
    const message =
      "What was final is gone from the chain: a fork deeper than FINALITY_BURN_BLOCKS. The newest events are read anew; look at the backend.";
    return alarm("chain.reorganised", error.message, message);
  }

  private async readEvents(findings: Finding[]): Promise<void> {
    const { deployment, finalityBurnBlocks } = this.settings;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const api = this.api();
      this.memory ??= await this.firstMemory(api);
      const look = await observeVault(api, deployment, knownOf(this.memory), finalityBurnBlocks);
      if (look.kind === "same") return;
      if (look.kind === "behind") throw new ApiError("The API knows less of the chain than was seen before.");
      const taken = absorbed(this.memory, look.observation, this.now);
      this.tellPause(this.memory, taken.memory);
      this.memory = taken.memory;
      this.vault = look.observation;
      findings.push(...taken.findings);
      if (taken.isComplete) return;
    }
  }

  private tellPause({ demand: before }: Memory, { demand: after }: Memory): void {
    if (!before || before.pausedAt !== null || after?.pausedAt === null) return;
    const seconds = Math.round((this.now - before.since) / 1_000);
    this.parts.report.note("paused", `The vault is paused, ${seconds} seconds after the first finding.`, { seconds });
  }

  /** Calls that wait, as far as they were not judged: what the vault would refuse is left out for good. */
  private async readWaiting(): Promise<Claim[]> {
    const { apiUrl, deployment, api } = this.settings;
    const calls = await waitingCalls(apiUrl, deployment, api);
    const fresh = calls.filter(({ txId }) => !this.judged.has(txId));
    if (fresh.length === 0) return [];
    const keys = await keysOf(this.api(), deployment);
    const claims: Claim[] = [];
    for (const call of fresh) {
      const claim = await claimOfWaiting(deployment, call, keys);
      if (claim) claims.push(claim);
      else this.judged.add(call.txId);
    }
    return claims;
  }

  /** Asks about what was not verified yet, and judges it; what stays without an answer for too long is a finding too. */
  private async judgeClaims(waiting: Claim[]): Promise<Finding[]> {
    const { memory, now } = this;
    if (!memory) return [];
    const since = (claim: Claim) => this.waitingSince.get(subjectOf(claim)) ?? now;
    const all: OpenClaim[] = [...memory.open, ...waiting.map((claim) => ({ claim, since: since(claim) }))];
    if (all.length === 0) return [];
    const { isSilent, ...answers } = await this.parts.backend.answers(all.map(({ claim }) => claim));
    if (isSilent) this.silentSince.backend ??= now;
    const findings: Finding[] = [];
    const open: OpenClaim[] = [];
    for (const one of all) {
      const judgement = judgeClaim(one.claim, answers);
      if (judgement) this.settle(one.claim);
      else open.push(one);
      findings.push(...(judgement ?? this.overdue(one)).map((finding) => this.weighed(memory, one.claim, finding)));
    }
    for (const { claim, since } of open) this.waitingSince.set(subjectOf(claim), since);
    this.memory = { ...memory, open: open.filter(({ claim }) => claim.place.kind === "mined") };
    return findings;
  }

  private settle(claim: Claim): void {
    this.waitingSince.delete(subjectOf(claim));
    if (claim.place.kind === "waiting") this.judged.add(claim.txId);
  }

  private overdue({ claim, since }: OpenClaim): Finding[] {
    const first = Math.min(since, this.waitingSince.get(subjectOf(claim)) ?? since);
    const waited = this.now - first;
    const isOverdue = takesMoney(claim) && waited >= this.settings.graceMs;
    return isOverdue ? [unverified(claim, Math.round(this.settings.graceMs / 1_000))] : [];
  }

  private weighed(memory: Memory, claim: Claim, finding: Finding): Finding {
    if (!finding.pauses || !isForgiven(memory, claim)) return finding;
    const message = `${finding.message} The vault was paused after it, and its admin has let it go on.`;
    return { ...finding, message, pauses: false };
  }

  private async judgeProofs(): Promise<Finding[]> {
    const state = await this.parts.backend.state();
    this.backendState = state;
    if (state) this.silentSince.backend = null;
    else this.silentSince.backend ??= this.now;
    if (!state || !this.memory || this.silentSince.chain !== null) return [];
    return this.suspicions.confirmed(this.memory.history, state.proofs, this.api());
  }

  /** Tells what is new, and pauses what has to be paused. */
  private async decide(findings: Finding[]): Promise<Finding[]> {
    if (!this.memory) return findings;
    const { memory, fresh } = toldOf(this.memory, findings);
    for (const finding of fresh) this.parts.report.finding(finding);
    if (this.pausing) {
      const demanded = demanding(memory, fresh, this.now);
      const keep = (kept: Memory) => this.keep(kept);
      this.memory = await this.pausing.advance(demanded, this.vault, { now: this.now, keep });
    } else {
      this.memory = memory;
    }
    return fresh;
  }

  private tellConditions(): void {
    const { pausing, unreadable } = this;
    const { report } = this.parts;
    const facts = {
      now: this.now,
      chainSilentSince: this.silentSince.chain,
      backendSilentSince: this.silentSince.backend,
      chainProblem: this.chainProblem,
      vault: this.vault,
      backend: this.backendState,
      unreadable,
      pauseProblem: pausing?.problem ?? null,
      guardian: pausing && { address: pausing.guardian.address, balanceUstx: pausing.balanceUstx },
    };
    const active = new Map(conditionsOf(facts, this.settings).map((finding) => [finding.key, finding]));
    for (const [key, finding] of active) if (!this.conditions.has(key)) report.finding(finding);
    for (const [key, { kind }] of this.conditions) {
      if (!active.has(key)) report.note("over", `It is over: ${kind}.`, { kind });
    }
    this.conditions = active;
  }

  /** Stores what is remembered, if it is not what was stored last. */
  private async keep(memory = this.memory): Promise<void> {
    if (!memory || memory === this.kept) return;
    await this.parts.keep(memory);
    this.kept = memory;
  }
}
