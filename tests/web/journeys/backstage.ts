/** What a journey needs done that nobody does by the page: the market's moves, time, and waiting for the backend to see them. */
import { ConvexHttpClient } from "convex/browser";
import { api } from "../../../convex/_generated/api";
import type { Underlying } from "../../../src/domain/policies";
import type { LocalStack } from "../../../src/local/stack";
import { PATIENCE_MS } from "../../engines/patience";

const LOOK_AGAIN_MS = 150;

export interface StageBackend {
  convex: ConvexHttpClient;
  /** Until the backend believes the price. */
  price(underlying: Underlying, usdMicros: bigint): Promise<void>;
  /** Until the backend believes a price that somebody else has set. */
  believes(underlying: Underlying, usdMicros: bigint): Promise<void>;
  /** Lets block time run ahead, until the backend has seen it. */
  advance(seconds: number): Promise<void>;
}

/** Asks again and again: nothing that is waited for here depends on how fast a machine is. */
export async function until<T>(what: string, ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

export function backendOf(stackNow: () => LocalStack): StageBackend {
  const convex = new ConvexHttpClient(stackNow().urls.convex);
  const believes = async (underlying: Underlying, usdMicros: bigint) => {
    await until(
      `${underlying} at ${usdMicros} is believed`,
      () => convex.query(api.prices.getPrices, {}),
      (rows) => rows.some((row) => row.underlying === underlying && row.isGood && row.priceUsdMicros === usdMicros),
    );
  };
  return {
    convex,
    believes,
    async price(underlying, usdMicros) {
      await stackNow().market.setPrice(underlying, usdMicros);
      await believes(underlying, usdMicros);
    },
    async advance(seconds) {
      const node = stackNow().urls.stacksApi;
      const body = JSON.stringify({ seconds });
      const headers = { "content-type": "application/json" };
      const tip = (await (await fetch(`${node}/control/advance`, { method: "POST", headers, body })).json()) as {
        block_time: number;
      };
      await until(
        "the backend has seen that time",
        () => convex.query(api.liquidity.getSyncStatus, {}),
        ({ asOf }) => asOf >= tip.block_time * 1_000,
      );
    },
  };
}
