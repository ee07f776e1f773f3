/** The API's routes of transactions: mined and waiting, one and many, with their events and their bytes. */
import type { Hono, HonoRequest } from "hono";
import type { Activity } from "./activity";
import { minedJson, pendingJson } from "./apiJson";
import type { Chain } from "./chain";
import { concerns, eventsOf } from "./eventJson";
import { badRequest, notFound, numberOf, pageOf } from "./http";
import type { Pending } from "./mempool";
import { principalOf } from "./nodeRoutes";
import type { MinedTransaction } from "./records";
import { decodeTransaction, type SignedTransaction } from "./signedTransaction";

const PAGE = { most: 50, usual: 20 };
const EVENTS_AT_MOST = 100;
const MULTIPLE_AT_MOST = 50;
const TYPES = ["coinbase", "token_transfer", "smart_contract", "contract_call", "poison_microblock", "tenure_change"];
const EVENT_TYPES = ["smart_contract_log", "stx_lock", "stx_asset", "fungible_token_asset", "non_fungible_token_asset"];

export function txidOf(text: string): string {
  const hex = text.toLowerCase().replace(/^0x/, "");
  if (!/^[0-9a-f]{64}$/.test(hex)) throw badRequest("A transaction's id is 32 bytes in hex.");
  return `0x${hex}`;
}

/** @param usual how many events are shown unless asked */
function transactionJson(chain: Chain, txid: string, request: HonoRequest, usual: number) {
  const limit = numberOf(request, "event_limit", usual, EVENTS_AT_MOST);
  const [mined, pending] = [chain.records.find(txid), chain.mempool.find(txid)];
  // What fell out of the chain is told as what became of it since, if that is known.
  if (mined && (mined.block.canonical || !pending)) {
    return minedJson(mined, chain, { limit, offset: numberOf(request, "event_offset", 0) });
  }
  return pending ? pendingJson(pending, chain) : null;
}

function transaction(chain: Chain, request: HonoRequest, id: string) {
  const found = transactionJson(chain, txidOf(id), request, EVENTS_AT_MOST);
  if (!found) throw notFound("could not find transaction by ID");
  return found;
}

function raw(chain: Chain, id: string) {
  const txid = txidOf(id);
  const found = chain.records.find(txid)?.raw ?? chain.mempool.find(txid)?.transaction.raw;
  if (!found) throw notFound("could not find transaction by ID");
  return { raw_tx: `0x${found}` };
}

function listOf(request: HonoRequest, name: string): string[] {
  return (request.queries(name) ?? request.queries(`${name}[]`) ?? []).flatMap((list) => list.split(","));
}

function multiple(chain: Chain, request: HonoRequest) {
  const ids = listOf(request, "tx_id");
  if (ids.length === 0) throw badRequest("querystring must have required property 'tx_id'");
  if (ids.length > MULTIPLE_AT_MOST) throw badRequest(`At most ${MULTIPLE_AT_MOST} tx_id at once.`);
  const entries = ids.map(txidOf).map((tx_id) => {
    const result = transactionJson(chain, tx_id, request, PAGE.usual);
    return [tx_id, result ? { found: true, result } : { found: false, result: { tx_id } }];
  });
  return Object.fromEntries(entries);
}

function oneOf(request: HonoRequest, name: string, known: string[]): string {
  const value = request.query(name) ?? (known[0] as string);
  if (!known.includes(value)) throw badRequest(`querystring/${name} must be equal to one of the allowed values`);
  return value;
}

function principalQuery(request: HonoRequest, name: string): string | undefined {
  const value = request.query(name);
  return value === undefined ? undefined : principalOf(value);
}

type Test = (transaction: SignedTransaction, mined: MinedTransaction) => boolean;

/** What the query wants of a transaction; nothing of what it does not name. */
function filtersOf(request: HonoRequest): Test[] {
  const tests: Test[] = [];
  const types = listOf(request, "type");
  if (types.some((type) => !TYPES.includes(type)))
    throw badRequest("querystring/type must be equal to one of the allowed values");
  if (types.length > 0) tests.push(({ payload }) => types.includes(payload.kind));
  const [from, to, contract] = ["from_address", "to_address", "contract_id"].map((name) =>
    principalQuery(request, name),
  );
  if (from) tests.push(({ sender }) => sender === from);
  if (to) tests.push(({ payload }) => payload.kind === "token_transfer" && payload.recipient === to);
  if (contract) tests.push(({ payload }) => "contractId" in payload && payload.contractId === contract);
  const name = request.query("function_name");
  if (name) tests.push(({ payload }) => payload.kind === "contract_call" && payload.functionName === name);
  if (request.query("nonce")) {
    const wanted = numberOf(request, "nonce", 0);
    tests.push(({ nonce }) => nonce === wanted);
  }
  if (request.query("start_time") || request.query("end_time")) {
    const [start, end] = [numberOf(request, "start_time", 0), numberOf(request, "end_time", Number.MAX_SAFE_INTEGER)];
    tests.push((_, { block }) => block.burnTime >= start && block.burnTime <= end);
  }
  return tests;
}

function ascending<T>(list: T[], rank: (entry: T) => bigint): T[] {
  return list.sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}

function list(chain: Chain, activity: Activity, request: HonoRequest) {
  const tests = filtersOf(request);
  let found = activity.all();
  if (tests.length > 0) found = found.filter((one) => tests.every((test) => test(decodeTransaction(one.raw), one)));
  const sort = oneOf(request, "sort_by", ["block_height", "burn_block_time", "fee"]);
  if (sort === "fee") found = ascending([...found], ({ raw }) => decodeTransaction(raw).fee);
  if (oneOf(request, "order", ["desc", "asc"]) === "asc") found = found.toReversed();
  const page = pageOf(request, PAGE, found);
  return { ...page, results: page.results.map((one) => minedJson(one, chain)) };
}

function recipientOf({ transaction: { payload } }: Pending): string {
  return payload.kind === "token_transfer" ? payload.recipient : payload.contractId;
}

/** Those that wait and have to do with an address, oldest first. */
export function waitingOf(chain: Chain, address: string): Pending[] {
  const isOf = (one: Pending) =>
    [one.transaction.sender, one.transaction.sponsor?.address, recipientOf(one)].includes(address);
  return chain.mempool.list().filter(isOf).reverse();
}

function mempool(chain: Chain, request: HonoRequest) {
  const [sender, recipient, address] = ["sender_address", "recipient_address", "address"].map((name) =>
    principalQuery(request, name),
  );
  if (address && (sender || recipient)) {
    throw badRequest('The "address" filter cannot be specified with other address filters');
  }
  let found = address ? waitingOf(chain, address) : chain.mempool.list().reverse();
  if (sender) found = found.filter(({ transaction }) => transaction.sender === sender);
  if (recipient) found = found.filter((one) => recipientOf(one) === recipient);
  const by = oneOf(request, "order_by", ["age", "fee", "size"]);
  if (by === "fee") found = ascending(found, ({ transaction }) => transaction.fee);
  if (by === "size") found = ascending(found, ({ transaction }) => BigInt(transaction.raw.length));
  if (oneOf(request, "order", ["desc", "asc"]) === "asc") found.reverse();
  const page = pageOf(request, PAGE, found);
  return { ...page, results: page.results.map((one) => pendingJson(one, chain)) };
}

/** Of one transaction, in its order; or of an address, newest first. */
function events(chain: Chain, activity: Activity, request: HonoRequest) {
  const [address, txid] = [principalQuery(request, "address"), request.query("tx_id")];
  if (!address && !txid) throw badRequest("can not find 'address' or 'tx_id' in the request");
  if (address && txid) throw badRequest("can't handle both 'address' and 'tx_id' in the same request");
  const types = listOf(request, "type");
  if (types.some((type) => !EVENT_TYPES.includes(type))) throw badRequest("invalid 'event type'");
  const mined = txid ? chain.mined.get(txidOf(txid)) : undefined;
  const all = txid
    ? (mined ? eventsOf(mined) : []).reverse()
    : activity
        .of(address as string)
        .flatMap((one) =>
          eventsOf(one).filter((event) => concerns(event, address as string) || logs(event, address as string)),
        );
  const wanted = types.length === 0 ? all : all.filter(({ event_type }) => types.includes(event_type));
  const { limit, offset, results } = pageOf(request, { most: EVENTS_AT_MOST, usual: PAGE.usual }, wanted);
  return { limit, offset, events: results };
}

function logs(event: ReturnType<typeof eventsOf>[number], contractId: string): boolean {
  return "contract_log" in event && event.contract_log.contract_id === contractId;
}

export function transactionRoutes(app: Hono, chain: Chain, activity: Activity): void {
  const tx = app.basePath("/extended/v1/tx");
  tx.get("/", ({ req, json }) => json(list(chain, activity, req)));
  tx.get("/multiple", ({ req, json }) => json(multiple(chain, req)));
  tx.get("/mempool", ({ req, json }) => json(mempool(chain, req)));
  tx.get("/events", ({ req, json }) => json(events(chain, activity, req)));
  tx.get("/:id", ({ req, json }) => json(transaction(chain, req, req.param("id"))));
  tx.get("/:id/raw", ({ req, json }) => json(raw(chain, req.param("id"))));
}
