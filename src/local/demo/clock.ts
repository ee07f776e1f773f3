/** Block time of the demo's chain, which runs ahead of the wall clock by as many days as the story needs. */
import { ConvexHttpClient } from "convex/browser";
import { api } from "../../../convex/_generated/api";
import type { LocalStack } from "../stack";
import { until } from "./say";

export const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Seconds after the story's start. */
export const dayBegins = (day: number) => (day - 1) * DAY;

export class Clock {
  private constructor(
    private readonly stack: LocalStack,
    private readonly convex: ConvexHttpClient,
    /** Block time when the story began, unix seconds. */
    readonly start: number,
  ) {}

  static async open(stack: LocalStack): Promise<Clock> {
    return new Clock(stack, new ConvexHttpClient(stack.urls.convex), await tipTime(stack));
  }

  /** Block time of the tip, unix seconds. */
  now(): Promise<number> {
    return tipTime(this.stack);
  }

  /** Seconds since the story's start. */
  async elapsed(): Promise<number> {
    return (await this.now()) - this.start;
  }

  /** Moves block time on to so many seconds after the story's start; the backend decides nothing by an older one after. */
  async moveTo(seconds: number): Promise<void> {
    const missing = this.start + seconds - (await this.now());
    if (missing > 0) await this.advance(missing);
    await this.seen(await this.now());
  }

  /** Waits until the backend has seen a block of that time. */
  async seen(time: number): Promise<void> {
    await until(
      `the backend has seen the chain at ${time}`,
      () => this.convex.query(api.liquidity.getSyncStatus, {}),
      ({ asOf }) => asOf >= time * 1_000,
    );
  }

  private async advance(seconds: number): Promise<void> {
    const body = JSON.stringify({ seconds });
    const response = await fetch(`${this.stack.urls.stacksApi}/control/advance`, { method: "POST", body });
    if (!response.ok) throw new Error(`The node does not advance by ${seconds} seconds: ${await response.text()}`);
  }
}

async function tipTime({ urls }: LocalStack): Promise<number> {
  const response = await fetch(`${urls.stacksApi}/extended/v2/blocks/latest`);
  const { block_time } = (await response.json()) as { block_time: number };
  return block_time;
}
