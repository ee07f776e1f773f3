/** The market of a local stack: it goes by the chain's clock where that is ahead, and the backend asks nobody else. */
import path from "node:path";
import type { Underlying } from "../../domain/policies";
import { stacksApi } from "../../stacks/api";
import { MARKET_FILE } from "../stateFolder";
import { type MarketHandle, startMarket } from "./server";

const CHAIN_ANSWERS_WITHIN_MS = 2_000;

export function startStackMarket(options: {
  stateDir: string;
  port: number;
  seed?: number;
  atFirst?: Record<Underlying, bigint>;
  chainUrl: string;
}): Promise<MarketHandle> {
  const { stateDir, chainUrl, ...rest } = options;
  const now = async () => {
    const api = stacksApi(chainUrl, { withinMs: CHAIN_ANSWERS_WITHIN_MS });
    const tip = await api.latestBlock().catch(() => null);
    return Math.max(Date.now(), (tip?.block_time ?? 0) * 1_000);
  };
  return startMarket({ ...rest, now, file: path.join(stateDir, MARKET_FILE) });
}

/** What the functions read from their environment to ask this market. */
export function marketEnvironment(url: string): Record<string, string> {
  return {
    PRICE_SOURCES: "pyth,coinbase,kraken",
    PRICE_POLL_MS: "1000",
    PYTH_URL: `${url}/pyth`,
    COINBASE_URL: `${url}/coinbase`,
    KRAKEN_URL: `${url}/kraken`,
  };
}
