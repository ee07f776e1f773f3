/** `npm run check:live`: whether what the backend asks on the open network answers, and as it should. */
import type { Underlying } from "../domain/policies";
import { aggregate, flawOf, PRICE_RULES, type PriceQuote } from "../domain/prices";
import { lookAtSources, type PriceLook, PUBLIC_URLS, priceSources, SOURCES } from "../prices/look";
import { stacksApi } from "../stacks/api";
import { runCommand } from "./command";

const HELP = `npm run check:live: asks every price source and the Stacks API once, and says a line each.

The exit code is 1 if any of them fails, or if the sources agree on no price.

Environment, as the functions read it (.env.example):
  PYTH_URL       (${PUBLIC_URLS.pyth})
  PYTH_API_KEY   Pyth answers nobody without one
  COINBASE_URL   (${PUBLIC_URLS.coinbase})
  KRAKEN_URL     (${PUBLIC_URLS.kraken})
  STACKS_API_URL (https://api.hiro.so)
  STACKS_API_KEY
`;

interface Line {
  ok: boolean;
  text: string;
}

const fromEnvironment = (name: string, fallback: string) => process.env[name] || fallback;
const dollars = (micros: bigint) => `${micros / 1_000_000n}.${String(micros % 1_000_000n).padStart(6, "0")} USD`;
const age = (ms: number) => `${Math.round((Date.now() - ms) / 1_000)} s old`;

/** What the quote alone is worth: whether it would count beside others. */
function quoteLine(underlying: Underlying, quote: PriceQuote): Line {
  const flaw = flawOf(quote, Date.now(), PRICE_RULES[underlying]);
  const told = `${quote.source} ${underlying}: ${dollars(quote.priceUsdMicros)}, ${age(quote.publishedAtMs)}`;
  return { ok: flaw === null, text: flaw === null ? told : `${told}: ${flaw}` };
}

function linesOf({ underlying, quotes, failures }: PriceLook): Line[] {
  const told = quotes.map((quote) => quoteLine(underlying, quote));
  const failed = failures.map(({ source, kind, message }) => ({
    ok: false,
    text: `${source} ${underlying}: ${kind}. ${message}`,
  }));
  const all = aggregate(quotes, { now: Date.now(), rules: PRICE_RULES[underlying] });
  const price = all.ok ? dollars(all.value.priceUsdMicros) : all.refusal.message;
  return [...told, ...failed, { ok: all.ok, text: `all ${underlying}: ${price}` }];
}

async function stacksLine(): Promise<Line> {
  const url = fromEnvironment("STACKS_API_URL", "https://api.hiro.so");
  try {
    const api = stacksApi(url, { apiKey: process.env.STACKS_API_KEY, withinMs: 10_000 });
    const { height, block_time } = await api.latestBlock();
    return { ok: true, text: `${url}: block ${height}, ${age(block_time * 1_000)}` };
  } catch (error) {
    return { ok: false, text: `${url}: ${error instanceof Error ? error.message : error}` };
  }
}

runCommand(async () => {
  if (process.argv.includes("--help") || process.argv.includes("-h")) return console.log(HELP);
  const urls = {
    pyth: fromEnvironment("PYTH_URL", PUBLIC_URLS.pyth),
    coinbase: fromEnvironment("COINBASE_URL", PUBLIC_URLS.coinbase),
    kraken: fromEnvironment("KRAKEN_URL", PUBLIC_URLS.kraken),
  };
  const sources = priceSources({ sources: [...SOURCES], urls, pythApiKey: process.env.PYTH_API_KEY ?? "" });
  const [looks, stacks] = await Promise.all([lookAtSources(sources), stacksLine()]);
  const lines = [...looks.flatMap(linesOf), stacks];
  for (const { ok, text } of lines) console.log(`${ok ? "ok  " : "FAIL"}  ${text}`);
  if (lines.some(({ ok }) => !ok)) process.exitCode = 1;
});
