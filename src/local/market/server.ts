/**
 * The three price APIs on one port of this machine, each under its name, and routes that set prices and make answers wrong.
 * Those take JSON only, which no page of another origin may send; the stack's own page goes by its own server (controls.ts).
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { UNDERLYINGS, type Underlying } from "../../domain/policies";
import type { AcceptedPrice } from "../../domain/prices";
import { SOURCES, type SourceName } from "../../prices/look";
import { APIS, coinbaseAnswer, krakenAnswer, pythAnswer, underlyingOf } from "./answers";
import { FAULTS, Market, type MarketFault, type MarketOptions } from "./market";
import { SERIES_NAMES } from "./series";

export interface MarketHandle extends Pick<Market, "setPrice" | "play" | "advance" | "setFaults"> {
  url: string;
  close(): Promise<void>;
}

const STALE_MS = 3_600_000;
const HUGE_BYTES = 1024 * 1024;

/** The price as a source with this fault tells it. */
function faulty(price: AcceptedPrice, fault: MarketFault["kind"] | null): AcceptedPrice {
  if (fault === "stale") return { ...price, publishedAtMs: price.publishedAtMs - STALE_MS };
  if (fault === "disagreeing") return { ...price, priceUsdMicros: (price.priceUsdMicros * 6n) / 5n };
  if (fault === "absurd") return { ...price, priceUsdMicros: 0n };
  return price;
}

/** What a source answers that can't answer as it should; null if it can. */
function broken(context: Context, fault: MarketFault["kind"] | null): Response | Promise<Response> | null {
  if (fault === "missing") return context.json({});
  if (fault === "refused") return context.json({ message: "Too many requests" }, 429);
  if (fault === "malformed") return context.text('{"price": "60');
  if (fault === "huge") return context.text(" ".repeat(HUGE_BYTES));
  // Whoever asked gives up, or the server is closed.
  if (fault === "slow") return new Promise(() => {});
  return null;
}

type Answer = (underlying: Underlying, price: AcceptedPrice) => object;

function routes(market: Market): Hono {
  const app = new Hono();

  async function answer(context: Context, source: SourceName, name: string | undefined, of: Answer) {
    const underlying = underlyingOf(APIS[source], name?.replace(/^0x/, ""));
    if (!underlying) return context.json({ message: "NotFound" }, 404);
    const fault = market.faultOf(source, underlying);
    const price = faulty(await market.price(underlying), fault);
    return broken(context, fault) ?? context.json(of(underlying, price));
  }

  app.get("/pyth/v2/updates/price/latest", (context) =>
    answer(context, "pyth", context.req.query("ids[]"), (underlying, price) =>
      pythAnswer(new Map([[underlying, price]])),
    ),
  );
  app.get("/coinbase/products/:product/ticker", (context) =>
    answer(context, "coinbase", context.req.param("product"), (_underlying, price) => coinbaseAnswer(price)),
  );
  app.get("/kraken/0/public/Trades", (context) =>
    answer(context, "kraken", context.req.query("pair"), (underlying, price) => krakenAnswer(underlying, price)),
  );
  return app;
}

const underlying = z.enum(UNDERLYINGS);
const controls = {
  price: z.object({
    underlying,
    priceUsdMicros: z.string().regex(/^\d{1,18}$/, "micro-dollars in digits"),
    /** Unix milliseconds. */
    publishedAt: z.number().int().optional(),
  }),
  play: z.object({ series: z.enum(SERIES_NAMES) }),
  advance: z.object({}),
  faults: z.object({
    faults: z.array(
      z.object({ kind: z.enum(FAULTS), source: z.enum(SOURCES).optional(), underlying: underlying.optional() }),
    ),
  }),
};

function controlRoutes(app: Hono, market: Market): void {
  const told = (row: { date: string; priceUsdMicros: bigint } | null) =>
    row && { date: row.date, priceUsdMicros: String(row.priceUsdMicros) };

  function control<T>(name: string, shape: z.ZodType<T>, act: (body: T) => Promise<object | null> | object | null) {
    app.post(`/control/${name}`, async (context) => {
      if (!context.req.header("content-type")?.startsWith("application/json"))
        return context.json({ error: "Send JSON." }, 415);
      const body = shape.safeParse(await context.req.json().catch(() => undefined));
      if (!body.success) return context.json({ error: z.prettifyError(body.error) }, 400);
      return context.json(await act(body.data));
    });
  }

  control("price", controls.price, async (body) => {
    await market.setPrice(body.underlying, BigInt(body.priceUsdMicros), body.publishedAt);
    return {};
  });
  control("standing", controls.advance, () => market.standing());
  control("play", controls.play, async ({ series }) => told(await market.play(series)));
  control("advance", controls.advance, async () => told(await market.advance()));
  control("faults", controls.faults, ({ faults }) => {
    market.setFaults(faults as MarketFault[]);
    return {};
  });
}

/** @param port 0: any free one */
export async function startMarket(options: MarketOptions & { port: number }): Promise<MarketHandle> {
  const market = new Market(options);
  const app = routes(market);
  controlRoutes(app, market);
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setPrice: (...args) => market.setPrice(...args),
    play: (name) => market.play(name),
    advance: () => market.advance(),
    setFaults: (faults) => market.setFaults(faults),
    close,
  };
}
