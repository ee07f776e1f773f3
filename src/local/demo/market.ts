/** The prices of the week: what the local market tells the backend's real price sources, by the chain's clock. */
import { internal } from "../../../convex/_generated/api";
import { UNDERLYINGS, type Underlying } from "../../domain/policies";
import type { MarketHandle } from "../market/server";
import { type Clock, dayBegins } from "./clock";
import type { Operator } from "./operator";
import { say, showUsd, until } from "./say";
import { between, closesOf, WEEK } from "./series";

type Prices = Record<Underlying, bigint>;
/** `part` of `parts` of the way from one day's price to the next's. */
type Way = { part: number; parts: number };

export class Market {
  private prices: Prices = closesOf(1);

  constructor(
    private readonly market: MarketHandle,
    private readonly operator: Operator,
    private readonly clock: Clock,
  ) {}

  /** The prices of a day, from 1 to 7; `way`: part of the way to them from the day before. */
  private pricesOf(day: number, way: Way = { part: 1, parts: 1 }): Prices {
    const close = closesOf(day);
    if (way.part === way.parts) return close;
    const before = closesOf(day - 1);
    return { BTC: between(before.BTC, close.BTC, way), STX: between(before.STX, close.STX, way) };
  }

  /** Moves on to the beginning of a day, with its prices. */
  async beginDay(day: number, way?: Way): Promise<void> {
    say(`\nDay ${day}, ${WEEK[day - 1]?.date}.`);
    await this.stepTo(dayBegins(day), day, way);
  }

  /** Moves on to so many seconds after the start, with a day's prices. */
  async stepTo(seconds: number, day: number, way?: Way): Promise<void> {
    await this.clock.moveTo(seconds);
    this.prices = this.pricesOf(day, way);
    for (const underlying of UNDERLYINGS) await this.market.setPrice(underlying, this.prices[underlying]);
    await this.believed();
    say(`  BTC ${showUsd(this.prices.BTC)}, STX ${showUsd(this.prices.STX)}.`);
  }

  /** Lets block time pass to so many seconds after the start, at the last prices. */
  async moveTo(seconds: number): Promise<void> {
    await this.clock.moveTo(seconds);
    await this.believed();
  }

  /** Waits until the backend has accepted the prices as of now. */
  private async believed(): Promise<void> {
    const nowMs = (await this.clock.now()) * 1_000;
    await until(
      `the backend believes ${showUsd(this.prices.BTC)} and ${showUsd(this.prices.STX)}`,
      () => this.operator.query(internal.prices.loop.status, {}),
      ({ prices }) =>
        UNDERLYINGS.every((underlying) => {
          const known = prices.find((row) => row.underlying === underlying);
          const isNew = (known?.accepted?.publishedAtMs ?? 0) >= nowMs;
          return isNew && known?.isGood === true && known.accepted?.priceUsdMicros === this.prices[underlying];
        }),
    );
  }
}
