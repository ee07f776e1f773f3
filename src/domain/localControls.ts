/** Under which path the local stack's web server takes what its page does to the market and the clock. */
export const CONTROLS_PATH = "/local-controls";

/** Recorded crashes that the local market replays: of which underlying, and what it is to whoever watches. */
export const SERIES = {
  "btc-usd-2020-03": { underlying: "BTC", title: "Bitcoin, March 2020" },
  "stx-usd-2021-05": { underlying: "STX", title: "Stacks, May 2021" },
} as const;
