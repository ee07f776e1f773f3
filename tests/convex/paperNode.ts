/**
 * A Stacks node on paper, for the service's account alone: a mempool with one place a nonce, blocks that a test mines and
 * takes back, and the vault's rules for the service's calls, told once more and as simply as can be. Whatever was sent,
 * and whatever happened because of it, can be counted afterwards.
 */
import { type ClarityValue, deserializeTransaction } from "@stacks/transactions";
import { VAULT_ERRORS } from "../../src/domain/vaultErrors";
import { contracts } from "../../src/stacks/bindings";
import type { ServiceLook, Watched } from "../../src/stacks/serviceNode";

const { functions } = contracts.liquidityVault;

interface Sent {
  txId: string;
  nonce: number;
  fee: bigint;
  /** What it does, without nonce and fee. */
  payload: string;
  functionName: string;
  args: ClarityValue[];
}

interface Mined extends Sent {
  code: number | null;
}

interface Policy {
  lock: bigint;
  coverage: bigint;
}

type PaperCv = { value: unknown };
const uint = (cv: unknown) => BigInt((cv as PaperCv).value as string);
const list = (cv: unknown) => (cv as { value: ClarityValue[] }).value;

/** One effect on the vault, as `revoke 7`, `lock 3 50`, `release 3`, `settle 3 20`. */
type Effect = string;

class State {
  readonly revoked = new Set<bigint>();
  readonly policies: Map<bigint, Policy>;
  readonly effects: Effect[] = [];
  nonce = 0;

  constructor(policies: Map<bigint, Policy>) {
    this.policies = new Map([...policies].map(([id, policy]) => [id, { ...policy }]));
  }

  /** All of a transaction, or an error and nothing. */
  run({ functionName, args }: Pick<Sent, "functionName" | "args">): number | null {
    switch (functionName) {
      case functions.revokeAuthorization.name: {
        const id = uint(args[0]);
        if (this.revoked.has(id)) return VAULT_ERRORS.errAuthorizationUsed;
        this.revoked.add(id);
        this.effects.push(`revoke ${id}`);
        return null;
      }
      case functions.lockCollateralAggregate.name: {
        const wanted = list(args[0]).map((cv) => {
          const fields = (cv as { value: Record<string, ClarityValue> }).value;
          return { id: uint(fields["policy-id"]), amount: uint(fields.amount) };
        });
        for (const { id, amount } of wanted) {
          const policy = this.policies.get(id);
          if (!policy || policy.lock === 0n) return VAULT_ERRORS.errPolicyNotLive;
          if (amount > policy.coverage) return VAULT_ERRORS.errLockExceedsCoverage;
        }
        for (const { id, amount } of wanted) {
          const policy = this.policies.get(id) as Policy;
          if (amount > policy.lock) this.effects.push(`lock ${id} ${amount}`);
          policy.lock = amount > policy.lock ? amount : policy.lock;
        }
        return null;
      }
      case functions.releaseCollateralAggregate.name: {
        const ids = list(args[0]).map(uint);
        const ended = new Set<bigint>();
        for (const id of ids) {
          if (!this.policies.get(id)?.lock || ended.has(id)) return VAULT_ERRORS.errPolicyNotLive;
          ended.add(id);
        }
        for (const id of ids) {
          this.effects.push(`release ${id}`);
          (this.policies.get(id) as Policy).lock = 0n;
        }
        return null;
      }
      case functions.settlePolicy.name: {
        const [id, amount] = [uint(args[0]), uint(args[1])];
        const policy = this.policies.get(id);
        if (!policy || policy.lock === 0n) return VAULT_ERRORS.errPolicyNotLive;
        if (amount > policy.lock) return VAULT_ERRORS.errUnlockExceedsLocked;
        policy.lock = 0n;
        this.effects.push(`settle ${id} ${amount}`);
        return null;
      }
      default:
        return null;
    }
  }
}

export class PaperNode {
  blocks: Mined[][] = [[]];
  readonly mempool = new Map<number, Sent>();
  /** Ids that the API tells as dropped, and why. */
  readonly dropped = new Map<string, string>();
  /** Every transaction that was ever handed over, taken or not. */
  readonly handedOver: Sent[] = [];
  readonly policies = new Map<bigint, Policy>();
  finality = 2;
  room = 10n ** 12n;
  paused = false;

  constructor(public service: string) {}

  get state(): State {
    const state = new State(this.policies);
    for (const sent of this.blocks.flat()) {
      state.run(sent);
      state.nonce = sent.nonce + 1;
    }
    return state;
  }

  private nonceAt(height: number): number {
    const last = this.blocks
      .slice(0, height + 1)
      .flat()
      .at(-1);
    return last ? last.nonce + 1 : 0;
  }

  private get tipHeight() {
    return this.blocks.length - 1;
  }

  broadcast(bytes: string): string | null {
    const transaction = deserializeTransaction(bytes);
    const { nonce, fee } = transaction.auth.spendingCondition;
    const payload = transaction.payload as unknown as {
      functionName: { content: string };
      functionArgs: ClarityValue[];
    };
    const functionName = payload.functionName.content;
    const { functionArgs: args } = payload;
    const described = JSON.stringify([functionName, args], (_, value) =>
      typeof value === "bigint" ? String(value) : value,
    );
    return this.take({
      txId: `0x${transaction.txid()}`,
      nonce: Number(nonce),
      fee: BigInt(fee),
      payload: described,
      functionName,
      args,
    });
  }

  /** Someone else with the same key. */
  foreign(nonce: number, fee: bigint) {
    const txId = `0xf0${nonce}-${fee}`;
    return this.take({ txId, nonce, fee, payload: "foreign", functionName: "transfer", args: [] });
  }

  private take(sent: Sent): string | null {
    this.handedOver.push(sent);
    const next = this.nonceAt(this.tipHeight);
    if (sent.nonce < next) return "BadNonce";
    if (sent.nonce > next + 25) return "TooMuchChaining";
    const rival = this.mempool.get(sent.nonce);
    if (rival?.txId === sent.txId) return null;
    if (rival && rival.fee >= sent.fee) return "ConflictingNonceInMempool";
    if (rival) this.dropped.set(rival.txId, "dropped_replace_by_fee");
    this.mempool.set(sent.nonce, sent);
    this.dropped.delete(sent.txId);
    return null;
  }

  drop(nonce: number, reason = "dropped_stale_garbage_collect") {
    const sent = this.mempool.get(nonce);
    if (!sent) return;
    this.mempool.delete(nonce);
    this.dropped.set(sent.txId, reason);
  }

  /** One block with what waits (at most `most` of it), then empty ones. */
  mine(blocks = 1, most = 100) {
    const state = this.state;
    const block: Mined[] = [];
    for (let nonce = state.nonce, next = this.mempool.get(nonce); next && block.length < most; ) {
      block.push({ ...next, code: state.run(next) });
      this.mempool.delete(nonce);
      nonce += 1;
      next = this.mempool.get(nonce);
    }
    this.blocks.push(block);
    for (let n = 1; n < blocks; n += 1) this.blocks.push([]);
  }

  /** Takes blocks back, never one that is final; what they held waits again, or is gone. */
  reorganise(depth: number, fallenOut: "pending" | "gone") {
    const most = Math.min(depth, this.finality, this.tipHeight);
    if (most === 0) return;
    const gone = this.blocks.splice(-most);
    if (fallenOut === "pending") for (const sent of gone.flat()) this.mempool.set(sent.nonce, sent);
    for (let n = 0; n < most; n += 1) this.blocks.push([]);
  }

  look(watched: Watched[], withVault: boolean): ServiceLook {
    const finalHeight = Math.max(0, this.tipHeight - this.finality);
    const mined = new Map(
      this.blocks.flatMap((block, height) => block.map((sent) => [sent.txId, { ...sent, height }] as const)),
    );
    const waiting = new Set([...this.mempool.values()].map(({ txId }) => txId));
    return {
      tip: { hash: `0x${this.blocks.length}`, time: 1_800_000_000 + this.tipHeight * 600 },
      finalHeight,
      tipNonce: this.nonceAt(this.tipHeight),
      finalNonce: this.nonceAt(finalHeight),
      vault: withVault
        ? { service: this.service, paused: this.paused, settlementRoom: { STX: this.room, sBTC: this.room } }
        : null,
      rivals: watched.flatMap(({ nonce, txIds }) => {
        const rival = [...mined.values()].find((sent) => sent.nonce === nonce && !txIds.includes(sent.txId));
        return rival ? [{ nonce, blockHeight: rival.height }] : [];
      }),
      sightings: watched
        .flatMap(({ txIds }) => txIds)
        .map((txId) => {
          const found = mined.get(txId);
          if (found) {
            const failure = found.code === null ? null : { reason: "abort_by_response", code: found.code };
            return { txId, sighting: { kind: "mined" as const, blockHeight: found.height, failure } };
          }
          if (waiting.has(txId)) return { txId, sighting: { kind: "pending" as const } };
          const reason = this.dropped.get(txId);
          return { txId, sighting: reason ? { kind: "dropped" as const, reason } : { kind: "unknown" as const } };
        }),
    };
  }
}
