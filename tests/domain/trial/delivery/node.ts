/**
 * A node of the chain in memory, with all that a look asks of it, so that the very code of a look can be tried: events as the
 * vault prints them, pages of them newest first, transactions, and the vault's state at a block. The chain may turn between
 * any two questions.
 */
import { Cl, type ClarityValue } from "@stacks/transactions";
import type { ContractEvent, StacksApi, Transaction } from "../../../../src/stacks/api";
import { contracts } from "../../../../src/stacks/bindings";
import { localDeployment } from "../../../../src/stacks/deployment";
import type { ObservedEvent } from "../../../../src/stacks/observe";
import type { VaultEvent } from "../../../../src/stacks/vaultEvents";
import type { PaperChain } from "./chain";

export const DEPLOYMENT = localDeployment("ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM");
const { constants } = contracts.liquidityVault;
const NOBODYS_BUCKET = { cap: 10n ** 9n, usedByWindow: 0n, drainedAt: 0n };

function printedName(kind: Exclude<VaultEvent["kind"], "control">): string {
  switch (kind) {
    case "deposit":
      return constants.eventFundsDeposited;
    case "withdrawal":
      return constants.eventFundsWithdrawn;
    case "premium":
      return constants.eventPremiumPaid;
    case "lock":
      return constants.eventCollateralLocked;
    case "release":
      return constants.eventCollateralReleased;
    case "settlement":
      return constants.eventSettlementPaid;
    case "surplus":
      return constants.eventSurplusAbsorbed;
    case "revocation":
      return constants.eventAuthorizationRevoked;
  }
}

/** By what the fields are called here; the vault writes them with hyphens. */
function clarityOf(name: string, value: unknown): [string, ClarityValue] {
  const hyphened = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (name === "token") return [name, value === "STX" ? Cl.none() : Cl.some(Cl.principal(DEPLOYMENT.sbtcContract))];
  if (name === "authorizationId") return ["id", Cl.uint(value as bigint)];
  if (Array.isArray(value)) return [name, Cl.list(value.map((one) => tupleOf(one)))];
  return [hyphened, typeof value === "bigint" ? Cl.uint(value) : Cl.principal(value as string)];
}

const tupleOf = (fields: object) =>
  Cl.tuple(Object.fromEntries(Object.entries(fields).map(([name, value]) => clarityOf(name, value))));

function printed({ kind, ...fields }: VaultEvent): string {
  if (kind === "control") throw new Error("Nobody configures this vault");
  const { value } = tupleOf(fields);
  return `0x${Cl.serialize(Cl.tuple({ ...value, event: Cl.stringAscii(printedName(kind)) }))}`;
}

export class PaperApi implements StacksApi {
  private readonly asked: ReturnType<PaperChain["api"]>;
  private readonly prints = new WeakMap<VaultEvent, string>();
  /** Called before each answer. */
  beforeAnswer = () => {};

  constructor(private readonly chain: PaperChain) {
    this.asked = chain.api();
  }

  private answering<Told>(answer: () => Told): Told {
    this.beforeAnswer();
    return answer();
  }

  latestBlock = () => this.answering(() => this.asked.latestBlock());
  blockAt = (id: number | string) => this.answering(() => this.asked.blockAt(id));
  blockOfBurnBlock = (height: number) => this.answering(() => this.asked.blockOfBurnBlock(height));

  async contractEvents(_contract: string, { limit, offset }: { limit: number; offset: number }) {
    return this.answering(() => {
      const { events } = this.chain;
      const end = Math.max(0, events.length - offset);
      return events
        .slice(Math.max(0, end - limit), end)
        .reverse()
        .map((one) => this.listed(one));
    });
  }

  private listed({ txId, eventIndex, event }: ObservedEvent): ContractEvent {
    const hex = this.prints.get(event) ?? printed(event);
    this.prints.set(event, hex);
    const contract_log = { contract_id: DEPLOYMENT.vaultContract, topic: "print", value: { hex } };
    return { event_index: eventIndex, event_type: "smart_contract_log", tx_id: txId, contract_log };
  }

  async transactions(ids: string[]) {
    return this.answering(() => {
      const wanted = new Set(ids);
      const mined = this.chain.events.filter(({ txId }) => wanted.has(txId));
      return new Map(mined.map((one) => [one.txId, this.mined(one)]));
    });
  }

  private mined({ txId, blockHash, blockHeight, blockTime }: ObservedEvent): Transaction {
    const block = { block_hash: blockHash, block_height: blockHeight, block_time: blockTime };
    const tx_index = this.chain.placeOf(blockHeight, txId);
    return { tx_id: txId, tx_status: "success", canonical: true, microblock_canonical: true, tx_index, ...block };
  }

  async readOnly<T>(call: { function: { name: string } }, tip: string): Promise<T> {
    return this.answering(() => {
      const height = this.chain.heightOf(tip);
      const { sequence, accounts } = this.chain.shown(height);
      const [stx, sbtc] = accounts as [(typeof accounts)[0], (typeof accounts)[0]];
      if (call.function.name !== "get-vault-state") return { isOk: true, value: sbtc.held } as T;
      const account = ({ balance, locked }: typeof stx) => {
        return { balance, locked, withdrawals: NOBODYS_BUCKET, settlements: NOBODYS_BUCKET };
      };
      const state = { sequence, paused: false, guardian: "", sbtcToken: DEPLOYMENT.sbtcContract, heldStx: stx.held };
      return { ...state, stx: account(stx), sbtc: account(sbtc) } as T;
    });
  }
}
