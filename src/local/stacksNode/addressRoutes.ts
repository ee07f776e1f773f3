/** The API's routes of a principal: what it holds, what it did, and which of its nonces are taken. */
import type { AddressNonces } from "@stacks/stacks-blockchain-api-types";
import type { Hono, HonoRequest } from "hono";
import type { Activity } from "./activity";
import { minedJson, NO_MICROBLOCK, pendingJson } from "./apiJson";
import type { Chain } from "./chain";
import { concerns, countEvents, eventsOf, KINDS } from "./eventJson";
import { cursorPage, notFound, numberOf, pageOf } from "./http";
import { principalOf } from "./nodeRoutes";
import type { MinedTransaction } from "./records";
import { decodeTransaction, payerOf } from "./signedTransaction";
import { txidOf, waitingOf } from "./transactionRoutes";

const PAGE = { most: 50, usual: 20 };
const EVENT_PAGE = { most: 100, usual: 20 };
const BALANCE_PAGE = { most: 200, usual: 100 };

/** What a principal sent, received and paid in fees in some transactions, by asset; STX is "STX". */
function movementsOf(principal: string, transactions: readonly MinedTransaction[]) {
  const [sent, received] = [new Map<string, bigint>(), new Map<string, bigint>()];
  const add = (to: Map<string, bigint>, asset: string, amount: bigint) => to.set(asset, (to.get(asset) ?? 0n) + amount);
  let fees = 0n;
  for (const mined of transactions) {
    const transaction = decodeTransaction(mined.raw);
    if (payerOf(transaction).address === principal) fees += transaction.fee;
    for (const event of eventsOf(mined)) {
      if (!("asset" in event)) continue;
      const asset = ("asset_id" in event.asset && event.asset.asset_id) || "STX";
      const amount = "amount" in event.asset ? BigInt(event.asset.amount as string) : 1n;
      if (event.asset.sender === principal) add(sent, asset, amount);
      if (event.asset.recipient === principal) add(received, asset, amount);
    }
  }
  return { sent, received, fees };
}

/** Nobody stacks or mines on this chain. */
const NOT_LOCKED = {
  total_miner_rewards_received: "0",
  lock_tx_id: "",
  locked: "0",
  lock_height: 0,
  burnchain_lock_height: 0,
  burnchain_unlock_height: 0,
};

/** What would become of a balance if all that waits were mined. */
function expected(chain: Chain, principal: string) {
  let [inbound, outbound] = [0n, 0n];
  for (const { transaction } of waitingOf(chain, principal)) {
    const { payload, sender, fee } = transaction;
    const amount = payload.kind === "token_transfer" ? payload.amount : 0n;
    if (payload.kind === "token_transfer" && payload.recipient === principal) inbound += amount;
    if (sender === principal) outbound += amount;
    if (payerOf(transaction).address === principal) outbound += fee;
  }
  return {
    estimated_balance: String(chain.balanceOf(principal) + inbound - outbound),
    pending_balance_inbound: String(inbound),
    pending_balance_outbound: String(outbound),
  };
}

function stxBalance(chain: Chain, activity: Activity, principal: string) {
  const balance = chain.balanceOf(principal);
  const { sent, fees } = movementsOf(principal, activity.of(principal));
  const total_sent = sent.get("STX") ?? 0n;
  return {
    balance: String(balance),
    ...expected(chain, principal),
    total_sent: String(total_sent),
    // What the chain began with counts as received.
    total_received: String(balance + total_sent + fees),
    total_fees_sent: String(fees),
    ...NOT_LOCKED,
  };
}

/** How much a principal holds of each asset but STX; of a non-fungible one, how many. */
function holdings(chain: Chain, principal: string) {
  const fungible = new Map<string, bigint>();
  const nonFungible = new Map<string, bigint>();
  for (const [asset, owners] of chain.read((vm) => vm.assets())) {
    const held = owners.get(principal);
    const [, contractId = "", name = ""] = /^(.*)\.([^.]+)$/.exec(asset) ?? [];
    if (!held || !contractId) continue;
    const isFungible = chain.contract(contractId)?.fungible_tokens.some((token) => token.name === name);
    (isFungible ? fungible : nonFungible).set(`${contractId}::${name}`, held);
  }
  return { fungible, nonFungible };
}

function balances(chain: Chain, activity: Activity, principal: string) {
  const { fungible, nonFungible } = holdings(chain, principal);
  const { sent, received } = movementsOf(principal, activity.of(principal));
  const totals = (asset: string) => ({
    total_sent: String(sent.get(asset) ?? 0n),
    total_received: String(received.get(asset) ?? 0n),
  });
  const json = (held: Map<string, bigint>, name: string) =>
    Object.fromEntries([...held].map(([asset, amount]) => [asset, { [name]: String(amount), ...totals(asset) }]));
  return {
    stx: stxBalance(chain, activity, principal),
    fungible_tokens: json(fungible, "balance"),
    non_fungible_tokens: json(nonFungible, "count"),
  };
}

/** The largest first. */
function tokenPage(chain: Chain, request: HonoRequest, principal: string) {
  const held = [...holdings(chain, principal).fungible].map(([token, balance]) => ({ token, balance }));
  held.sort((a, b) => (a.balance < b.balance ? -1 : 1));
  const page = pageOf(request, BALANCE_PAGE, held);
  return { ...page, results: page.results.map(({ token, balance }) => ({ token, balance: String(balance) })) };
}

function tokenBalance(chain: Chain, principal: string, request: HonoRequest): string {
  return String(holdings(chain, principal).fungible.get(request.param("token") ?? "") ?? 0n);
}

function nonces(chain: Chain, address: string): AddressNonces {
  const next = chain.nonceOf(address);
  const waiting = chain.mempool.noncesOf(address);
  const highest = waiting.at(-1) ?? null;
  const between = Array.from({ length: highest === null ? 0 : highest - next }, (_, n) => next + n);
  // The API says null where there is none; its published types are stricter than it.
  return {
    last_mempool_tx_nonce: highest as number,
    last_executed_tx_nonce: (next === 0 ? null : next - 1) as number,
    possible_next_nonce: highest === null ? next : highest + 1,
    detected_missing_nonces: between.filter((nonce) => !waiting.includes(nonce)).reverse(),
    detected_mempool_nonces: waiting.reverse(),
  };
}

/** After a block: what waits now does not count. */
function noncesAt(chain: Chain, activity: Activity, address: string, height: number): AddressNonces {
  if (!chain.blocks.at(height)) throw notFound(`No block found for {"height":${height}}`);
  const spent = activity.of(address).flatMap(({ raw, block }) => {
    const { sender, nonce, sponsor } = decodeTransaction(raw);
    const own = sender === address ? nonce : sponsor?.address === address ? sponsor.nonce : null;
    return own !== null && block.height <= height ? [own] : [];
  });
  const last = spent.at(-1) ?? null;
  return {
    last_executed_tx_nonce: last as number,
    possible_next_nonce: last === null ? 0 : last + 1,
    last_mempool_tx_nonce: null as unknown as number,
    detected_missing_nonces: [],
    detected_mempool_nonces: [],
  };
}

function noncesAsked(chain: Chain, activity: Activity, request: HonoRequest, address: string): AddressNonces {
  if (request.query("block_height") === undefined) return nonces(chain, address);
  return noncesAt(chain, activity, address, numberOf(request, "block_height", 1));
}

function transactions(chain: Chain, activity: Activity, request: HonoRequest, principal: string) {
  const page = pageOf(request, PAGE, activity.of(principal));
  return { ...page, results: page.results.map((one) => minedJson(one, chain)) };
}

function waiting(chain: Chain, request: HonoRequest, principal: string) {
  const page = pageOf(request, PAGE, waitingOf(chain, principal));
  return { ...page, results: page.results.map((one) => pendingJson(one, chain)) };
}

function assets(activity: Activity, request: HonoRequest, principal: string) {
  const events = activity.of(principal).flatMap(eventsOf);
  return pageOf(
    request,
    EVENT_PAGE,
    events.filter((event) => concerns(event, principal)),
  );
}

/** With what a principal sent (its fee among it) and received. */
function summary(chain: Chain, principal: string, mined: MinedTransaction) {
  const { sent, received, fees } = movementsOf(principal, [mined]);
  return {
    tx: minedJson(mined, chain),
    stx_sent: String((sent.get("STX") ?? 0n) + fees),
    stx_received: String(received.get("STX") ?? 0n),
    events: countEvents(eventsOf(mined).filter((event) => concerns(event, principal))),
  };
}

function summaries(chain: Chain, activity: Activity, request: HonoRequest, principal: string) {
  const cursorOf = ({ block, index }: MinedTransaction) =>
    [block.indexHash, NO_MICROBLOCK.microblock_sequence, index].join(":");
  const page = cursorPage(request, PAGE, activity.of(principal), cursorOf);
  return { ...page, results: page.results.map((one) => summary(chain, principal, one)) };
}

function transactionEvents(chain: Chain, request: HonoRequest, principal: string, id: string) {
  const mined = chain.mined.get(txidOf(id));
  const events = (mined ? eventsOf(mined) : []).flatMap((event) => {
    if (!("asset" in event) || !concerns(event, principal)) return [];
    const { asset_event_type, asset_id, sender, recipient, ...rest } = event.asset as Record<string, unknown>;
    const who = { ...(sender !== "" && { sender }), ...(recipient !== "" && { recipient }) };
    const data = {
      type: asset_event_type,
      ...(asset_id !== undefined && { asset_identifier: asset_id }),
      ...rest,
      ...who,
    };
    return [{ type: KINDS[event.event_type], event_index: event.event_index, data }];
  });
  return pageOf(request, PAGE, events.reverse());
}

function noncesV3(chain: Chain, principal: string) {
  const { detected_mempool_nonces, detected_missing_nonces, ...found } = nonces(chain, principal);
  const pending = { pending_nonces: detected_mempool_nonces, missing_nonces: detected_missing_nonces };
  return {
    next_nonce: found.possible_next_nonce,
    last_confirmed_nonce: found.last_executed_tx_nonce,
    mempool: { last_nonce: found.last_mempool_tx_nonce, ...pending },
  };
}

function stxBalanceV3(chain: Chain, principal: string) {
  const balance = String(chain.balanceOf(principal));
  const {
    estimated_balance,
    pending_balance_inbound: inbound,
    pending_balance_outbound: outbound,
  } = expected(chain, principal);
  return { balance, available: balance, locked: null, mempool: { estimated_balance, inbound, outbound } };
}

export function addressRoutes(app: Hono, chain: Chain, activity: Activity): void {
  /** Answers of the principal that the path names. */
  const routes = (base: string, answers: Record<string, (principal: string, request: HonoRequest) => object>) => {
    for (const [route, answer] of Object.entries(answers)) {
      app.get(`${base}/:principal/${route}`, ({ req, json }) => json(answer(principalOf(req.param("principal")), req)));
    }
  };
  routes("/extended/v1/address", {
    stx: (principal) => stxBalance(chain, activity, principal),
    balances: (principal) => balances(chain, activity, principal),
    transactions: (principal, request) => transactions(chain, activity, request, principal),
    mempool: (principal, request) => waiting(chain, request, principal),
    assets: (principal, request) => assets(activity, request, principal),
    nonces: (principal, request) => noncesAsked(chain, activity, request, principal),
  });
  routes("/extended/v2/addresses", {
    transactions: (principal, request) => summaries(chain, activity, request, principal),
    "transactions/:txid/events": (principal, request) =>
      transactionEvents(chain, request, principal, request.param("txid") ?? ""),
    "balances/stx": (principal, request) => ({
      balance: String(chain.balanceOf(principal)),
      ...NOT_LOCKED,
      ...(request.query("include_mempool") === "true" && expected(chain, principal)),
    }),
    "balances/ft": (principal, request) => tokenPage(chain, request, principal),
    "balances/ft/:token": (principal, request) => ({
      balance: tokenBalance(chain, principal, request),
    }),
  });
  routes("/extended/v3/principals", {
    nonces: (principal) => noncesV3(chain, principal),
    "balances/stx": (principal) => stxBalanceV3(chain, principal),
    "balances/ft/:token": (principal, request) => ({
      asset_identifier: request.param("token"),
      balance: tokenBalance(chain, principal, request),
    }),
  });
}
