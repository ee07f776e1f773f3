/** The API's routes of blocks, burn blocks and tenures; here a tenure is a burn block. */
import type { Hono, HonoRequest } from "hono";
import { blockJson, burnBlockJson, minedJson } from "./apiJson";
import type { Block } from "./blocks";
import type { Chain } from "./chain";
import { badRequest, cursorPage, notFound, numberOf, pageOf } from "./http";

const BLOCK_PAGE = { most: 30, usual: 20 };
const TRANSACTION_PAGE = { most: 50, usual: 20 };
const AVERAGES = { last_1h: 3600, last_24h: 86_400, last_7d: 7 * 86_400, last_30d: 30 * 86_400 };

/** The API takes "latest", a height or a hash. */
function requireId(id: string): string {
  if (id === "latest" || /^\d{1,15}$/.test(id) || /^(0x)?[0-9a-f]{64}$/i.test(id)) return id;
  throw badRequest("params/height_or_hash must be latest, a height or a hash");
}

function blockOf({ blocks, tip }: Chain, id: string): Block {
  if (requireId(id) === "latest") return tip;
  const isHeight = /^\d{1,15}$/.test(id);
  const found = isHeight ? blocks.at(Number(id)) : blocks.byHash(`0x${id.toLowerCase().replace(/^0x/, "")}`);
  if (!found) throw notFound("Block not found");
  return found;
}

function burnBlockOf({ blocks, tip }: Chain, id: string): Block[] {
  if (requireId(id) === "latest") return blocks.ofBurnBlock(tip.burnHeight);
  if (/^\d{1,15}$/.test(id)) return blocks.ofBurnBlock(Number(id));
  const hash = `0x${id.toLowerCase().replace(/^0x/, "")}`;
  const found = blocks.list.findLast(({ burnHash }) => burnHash === hash);
  return found ? blocks.ofBurnBlock(found.burnHeight) : [];
}

function requireSome(blocks: Block[], message: string): Block[] {
  if (blocks.length === 0) throw notFound(message);
  return blocks;
}

function blockPage(chain: Chain, request: HonoRequest) {
  const page = cursorPage(request, BLOCK_PAGE, chain.blocks.list, ({ indexHash }) => indexHash);
  return { ...page, results: page.results.map(blockJson) };
}

function burnBlockBlocks(request: HonoRequest, blocks: Block[]) {
  const page = pageOf(request, BLOCK_PAGE, blocks);
  return { ...page, results: page.results.map(blockJson) };
}

/** Newest first; those of a page are grouped when it is asked for. */
function burnBlockPage({ blocks, tip }: Chain, request: HonoRequest) {
  const [limit, offset] = [
    numberOf(request, "limit", BLOCK_PAGE.usual, BLOCK_PAGE.most),
    numberOf(request, "offset", 0),
  ];
  const first = blocks.genesis.burnHeight;
  const newest = tip.burnHeight - offset;
  const heights = Array.from({ length: Math.max(0, Math.min(limit, newest - first + 1)) }, (_, n) => newest - n);
  const results = heights.map((height) => burnBlockJson(blocks.ofBurnBlock(height)));
  return { limit, offset, total: tip.burnHeight - first + 1, results };
}

/** In the order of the block. */
function blockTransactions(chain: Chain, request: HonoRequest, block: Block) {
  const mined = block.txids.flatMap((txid) => chain.records.find(txid) ?? []);
  const page = pageOf(request, TRANSACTION_PAGE, mined.reverse());
  return { ...page, results: page.results.map((one) => minedJson(one, chain)) };
}

function averageTimes({ blocks, tip }: Chain) {
  const entries = Object.entries(AVERAGES).map(([name, seconds]) => {
    const since = blocks.list.filter(({ time }) => time > tip.time - seconds);
    const [first] = since;
    const average = first && since.length > 1 ? (tip.time - first.time) / (since.length - 1) : 0;
    return [name, Number(average.toFixed(2))];
  });
  return Object.fromEntries(entries);
}

function blockAtTime({ blocks }: Chain, text: string): Block {
  if (!/^\d+$/.test(text)) throw badRequest("params/timestamp must be integer");
  const found = blocks.list.findLast(({ time }) => time <= Number(text));
  if (!found) throw notFound("No block found at or before the given timestamp");
  return found;
}

export function blockRoutes(app: Hono, chain: Chain): void {
  const v2 = app.basePath("/extended/v2");
  v2.get("/blocks", ({ req, json }) => json(blockPage(chain, req)));
  v2.get("/blocks/average-times", ({ json }) => json(averageTimes(chain)));
  v2.get("/blocks/by-block-time/:time", ({ req, json }) => json(blockJson(blockAtTime(chain, req.param("time")))));
  v2.get("/blocks/:id", ({ req, json }) => json(blockJson(blockOf(chain, req.param("id")))));
  v2.get("/blocks/:id/transactions", ({ req, json }) =>
    json(blockTransactions(chain, req, blockOf(chain, req.param("id")))),
  );
  v2.get("/burn-blocks", ({ req, json }) => json(burnBlockPage(chain, req)));
  v2.get("/burn-blocks/:id", ({ req, json }) =>
    json(burnBlockJson(requireSome(burnBlockOf(chain, req.param("id")), "Not found"))),
  );
  v2.get("/burn-blocks/:id/blocks", ({ req, json }) =>
    json(burnBlockBlocks(req, requireSome(burnBlockOf(chain, req.param("id")), "Burn block not found"))),
  );
  v2.get("/block-tenures/:height{\\d+}/blocks", ({ req, json }) =>
    json(burnBlockBlocks(req, requireSome(burnBlockOf(chain, req.param("height")), "Block tenure not found"))),
  );
}
