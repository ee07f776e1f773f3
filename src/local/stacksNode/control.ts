/** What a test may do to the chain, beside what a client may: no real node has these routes. */
import type { Hono } from "hono";
import { z } from "zod";
import { blockJson } from "./apiJson";
import type { Chain } from "./chain";
import { badRequest, HttpError, jsonBody, notFound } from "./http";
import type { Miner } from "./miner";

const count = z.number().int().min(0).max(10_000);
const txid = z.string().regex(/^0x[0-9a-f]{64}$/);

const mineBody = z.strictObject({ blocks: count.default(1), burnBlocks: count.default(0) });
const advanceBody = z.strictObject({ seconds: z.number().int().min(1).max(1_000_000_000) });
const dropBody = z.strictObject({ txid });
const reorganiseBody = z.strictObject({
  depth: z.number().int().min(1),
  keepTransactions: z.boolean().default(true),
  fallenOut: z.enum(["pending", "dropped"]).default("pending"),
  blocks: count.optional(),
  burnBlocks: count.optional(),
});

/** No page of a browser, whose request names its origin, has business with these routes. To be called before they are added. */
export function refusePages(app: Hono): void {
  app.use("/control/*", ({ req }, next) => {
    if (req.header("origin") === undefined) return next();
    throw new HttpError(403, "No page may move this chain.");
  });
}

/** Each answers with the tip. */
export function controlRoutes(app: Hono, chain: Chain, miner: Miner): void {
  const control = app.basePath("/control");
  // Mines burn blocks and then blocks, the first of these with what waits.
  control.post("/mine", async ({ req, json }) => {
    const { blocks, burnBlocks } = await jsonBody(req, mineBody);
    miner.mine(burnBlocks, blocks);
    return json(blockJson(chain.tip));
  });
  control.post("/advance", async ({ req, json }) => {
    miner.advance((await jsonBody(req, advanceBody)).seconds);
    return json(blockJson(chain.tip));
  });
  control.post("/drop", async ({ req, json }) => {
    const { txid } = await jsonBody(req, dropBody);
    if (!chain.drop(txid)) throw notFound(`No transaction ${txid} waits.`);
    return json(blockJson(chain.tip));
  });
  control.post("/reorganise", async ({ req, json }) => {
    const { depth, ...wish } = await jsonBody(req, reorganiseBody);
    const most = chain.tip.height - chain.blocks.genesis.height;
    if (depth > most) throw badRequest(`The chain has only ${most} blocks after its genesis.`);
    miner.reorganise(depth, wish);
    return json(blockJson(chain.tip));
  });
}
