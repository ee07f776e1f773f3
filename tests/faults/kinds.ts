/** What can go wrong between the backend, the node and the sources of prices: each kind, where it strikes and how. */
import type { Answer, Exchange, Fault, Strike } from "./proxy";

/** What sync and the outbox read of the chain. */
const READS = /^GET \/(extended|v2)\/|^POST \/v2\/contracts\/call-read/;
const BROADCAST = /^POST \/v2\/transactions/;
const TIP = /^GET \/extended\/v2\/blocks\/latest/;
/** Which block stands at a height, what a block is, and what a transaction came to. */
const PLACES = /^GET \/extended\/(v2\/(blocks\/(0x|\d)|burn-blocks)|v1\/tx)/;
const EVENTS = /^GET \/extended\/v1\/contract\//;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const json = (status: number, value: unknown): Answer => ({
  ...{ status, type: "application/json", body: JSON.stringify(value) },
});

/** The answer with another list of events. */
async function withEvents(
  { forward }: Exchange,
  change: (events: unknown[]) => unknown[],
): Promise<Answer | undefined> {
  const answer = await forward();
  const page = JSON.parse(answer.body) as { results: unknown[] };
  return page.results.length < 2
    ? undefined
    : { ...answer, ...json(answer.status, { ...page, results: change(page.results) }) };
}

/** One that differs from what is true now. */
const old: Strike = async ({ earlier, forward }) => {
  const { body } = await forward();
  return earlier.find((answer) => answer.body !== body);
};
const dropped: Strike = async () => null;

const ofChain = {
  late: { requests: READS, strike: async ({ forward }) => pause(400).then(forward) },
  "connection dropped before the node was asked": { requests: READS, strike: dropped },
  "connection dropped after the node answered": {
    requests: READS,
    strike: async ({ forward }) => forward().then(() => null),
  },
  "answer torn": { requests: READS, strike: async ({ forward }) => ({ torn: await forward() }) },
  "too many requests": { requests: READS, strike: async () => json(429, { error: "Too many requests" }) },
  "server error": { requests: READS, strike: async () => json(500, { error: "Internal server error" }) },
  "page of a gateway": {
    requests: READS,
    strike: async () => ({ status: 502, type: "text/html", body: "<html><h1>502 Bad Gateway</h1></html>" }),
  },
  "page of a gateway that says all is well": {
    requests: READS,
    strike: async () => ({ status: 200, type: "text/html", body: "<html>Please wait.</html>" }),
  },
  "old answer": { requests: READS, strike: old },
  "stale tip": { requests: TIP, strike: old },
  "older place of a block or transaction": { requests: PLACES, strike: old },
} satisfies Record<string, { requests: RegExp; strike: Strike }>;

/** Met only where there are new events to read. */
const ofEvents = {
  "newest event missing": { requests: EVENTS, strike: (exchange) => withEvents(exchange, (events) => events.slice(1)) },
  "event missing in the middle": {
    ...{ requests: EVENTS },
    strike: (exchange) => withEvents(exchange, ([first, , ...rest]) => [first, ...rest]),
  },
  "events out of order": { requests: EVENTS, strike: (exchange) => withEvents(exchange, (events) => events.reverse()) },
  "events repeated": {
    requests: EVENTS,
    strike: (exchange) => withEvents(exchange, (events) => [...events, ...events]),
  },
} satisfies Record<string, { requests: RegExp; strike: Strike }>;

const ofBroadcasts = {
  "broadcast lost": { requests: BROADCAST, strike: dropped },
  "broadcast taken, its answer lost": {
    requests: BROADCAST,
    strike: async ({ forward }) => forward().then(() => null),
  },
  "broadcast twice": { requests: BROADCAST, strike: async ({ forward }) => forward().then(forward) },
  "broadcast answered by a gateway": {
    requests: BROADCAST,
    strike: async ({ forward }) => forward().then(() => ({ status: 502, type: "text/html", body: "<html></html>" })),
  },
} satisfies Record<string, { requests: RegExp; strike: Strike }>;

/** What all three sources answer, each in its own way. */
interface Price {
  /** By so many hundredths of it. */
  percent: number;
  ageSeconds: number;
  /** Pyth alone tells how sure it is. */
  confidencePercent?: number;
}

const PYTH = /^GET \/pyth\//;
const COINBASE = /^GET \/coinbase\//;
const SOURCES = /^GET \/(pyth|coinbase|kraken)\//;

function priced(request: string, body: string, { percent, ageSeconds, confidencePercent }: Price): string {
  const answer = JSON.parse(body);
  if (PYTH.test(request)) {
    const [{ price }] = answer.parsed;
    price.price = String((BigInt(price.price) * BigInt(percent)) / 100n);
    if (confidencePercent) price.conf = String((BigInt(price.price) * BigInt(confidencePercent)) / 100n);
    price.publish_time -= ageSeconds;
  } else if (COINBASE.test(request)) {
    answer.price = String((Number(answer.price) * percent) / 100);
    answer.time = new Date(Date.parse(answer.time) - ageSeconds * 1_000).toISOString();
  } else {
    const [[trade]] = Object.values(answer.result) as [[[string, string, number]]];
    trade[0] = String((Number(trade[0]) * percent) / 100);
    trade[2] -= ageSeconds;
  }
  return JSON.stringify(answer);
}

const saying =
  (of: (request: string) => Price): Strike =>
  async ({ request, forward }) => {
    const answer = await forward();
    return { ...answer, body: priced(request, answer.body, of(request)) };
  };

const AS_IT_IS: Price = { percent: 100, ageSeconds: 0 };
/** No two of them agree. */
const apart = (request: string) => ({
  ...AS_IT_IS,
  percent: PYTH.test(request) ? 80 : COINBASE.test(request) ? 120 : 100,
});

/** Under each of these there is no good price. */
const ofPrices = {
  "prices silent": { requests: SOURCES, strike: dropped },
  "prices stale": { requests: SOURCES, strike: saying(() => ({ ...AS_IT_IS, ageSeconds: 3_600 })) },
  "prices in another unit": { requests: SOURCES, strike: saying(() => ({ ...AS_IT_IS, percent: 100_000_000 })) },
  "prices apart": { requests: SOURCES, strike: saying(apart) },
  "one source silent, one unsure": {
    requests: /^GET \/(pyth|kraken)\//,
    strike: async (exchange) =>
      PYTH.test(exchange.request) ? saying(() => ({ ...AS_IT_IS, confidencePercent: 30 }))(exchange) : null,
  },
} satisfies Record<string, { requests: RegExp; strike: Strike }>;

/** Under this one the others are believed. */
const ofOneSource = {
  "one source lies": { requests: COINBASE, strike: saying(() => ({ ...AS_IT_IS, percent: 130 })) },
} satisfies Record<string, { requests: RegExp; strike: Strike }>;

const ALL = { ...ofChain, ...ofEvents, ...ofBroadcasts, ...ofPrices, ...ofOneSource };
export type FaultKind = keyof typeof ALL;
const kindsOf = (faults: object) => Object.keys(faults) as FaultKind[];

export const CHAIN_KINDS = kindsOf(ofChain);
export const EVENT_KINDS = kindsOf(ofEvents);
export const BROADCAST_KINDS = kindsOf(ofBroadcasts);
export const NO_PRICE_KINDS = kindsOf(ofPrices);
export const LYING_SOURCE: FaultKind = "one source lies";
export const PRICE_KINDS: string[] = [...NO_PRICE_KINDS, LYING_SOURCE];
export const KINDS: string[] = [...CHAIN_KINDS, ...EVENT_KINDS, ...BROADCAST_KINDS, ...PRICE_KINDS];

/** Some of the requests; of those that are few, the first; and not so many that whoever asks gives up for long. */
export function someOf(kind: FaultKind): Fault {
  const isRare = kind in ofBroadcasts || kind in ofEvents;
  return { kind, ...ALL[kind], chance: isRare ? 1 : 0.5, most: isRare ? 1 : 2 };
}

export function allOf(kind: FaultKind): Fault {
  return { kind, ...ALL[kind], chance: 1, most: Number.POSITIVE_INFINITY };
}
