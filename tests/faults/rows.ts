/** The faults that the product must survive, what must come of each, and the tests that show it. */

export interface Row {
  fault: string;
  outcome: string;
  /**
   * A test file, and the beginning of a test's name in it; the steps at which the trial of kills kills; or the kinds that
   * the trial of faults plays.
   */
  shown: ({ file: string; test: string } | { steps: string[] } | { kinds: string[] })[];
}

const inFaults = (...kinds: string[]) => ({ kinds });
const inKills = (...steps: string[]) => ({ steps });
const by = (file: string, test: string) => ({ file: `tests/${file}.test.ts`, test });

export const ROWS: Row[] = [
  {
    fault: "duplicate event",
    outcome: "one journal entry",
    shown: [
      inFaults("events repeated", "old answer"),
      by("convex/sync", "events become final in the order of their sequence, once"),
    ],
  },
  {
    fault: "out of order, late",
    outcome: "buffered; the same final state",
    shown: [
      inFaults("events out of order", "late", "stale tip"),
      by("stacks/observe", "a node that is behind is not believed"),
      by("convex/sync", "events become final in the order of their sequence, once"),
    ],
  },
  {
    fault: "missing event",
    outcome: "the pull cursor and the vault's own sequence find the gap within a poll; a push is only a hint",
    shown: [
      inFaults("newest event missing", "event missing in the middle"),
      by("convex/sync", "a look with a gap changes nothing"),
      by("stacks/eventPages", "an index that lags behind the vault is waited for"),
      by("convex/push", "what is posted is not read"),
    ],
  },
  {
    fault: "reorganisation",
    outcome: "what was taken back is orphaned before it is booked, then seen anew; the state is that of a clean replay",
    shown: [
      inFaults("fork with the same", "fork without", "fork that drops", "older place of a block or transaction"),
      by("convex/sync", "an event that a reorganisation took back is orphaned and never booked"),
    ],
  },
  {
    fault: "reorganisation deeper than finality",
    outcome: "halt and alarm, never guess; the window counts burn blocks",
    shown: [
      inFaults("fork below finality"),
      by("stacks/observe", "a fork below the final block is not followed"),
      by("convex/sync", "a reorganisation below finality halts sync"),
    ],
  },
  {
    fault: "timeout after the node accepted",
    outcome: "bytes and id are stored first; the chain is asked, then the same bytes are sent again",
    shown: [
      inFaults(
        "broadcast taken, its answer lost",
        "broadcast lost",
        "broadcast twice",
        "broadcast answered by a gateway",
        "connection dropped before the node was asked",
        "connection dropped after the node answered",
        "too many requests",
        "server error",
      ),
      by("scenarios/outbox", "broadcasts that fail, are cut off after the node took them"),
      by("convex/outbox", "whatever dies between two steps, the same bytes are sent again"),
    ],
  },
  {
    fault: "nonce race, drift",
    outcome: "one lane a key; the nonce is leased and stored before the broadcast",
    shown: [
      inFaults("raced"),
      by("scenarios/outbox", "somebody else uses the key"),
      by("convex/outboxFaults", "another use of the key"),
    ],
  },
  {
    fault: "dropped or replaced transaction",
    outcome: "every signed form of a nonce is watched; what is lost is sent under another",
    shown: [
      inFaults("dropped", "replaced"),
      by("scenarios/outbox", "reorganisations under way"),
      by("convex/outboxFaults", "dropped for being stale, or as problematic"),
      by("convex/outboxFaults", "a dearer form is out, but the cheaper one is mined"),
    ],
  },
  {
    fault: "kill -9 at every phase",
    outcome: "nothing is lost or done twice, and a watchdog goes on",
    shown: [
      inKills("reserve", "sign", "persist", "broadcast", "reply", "include", "confirm", "see", "post"),
      by("local/host/killed-scheduler", "all that must run once has run once"),
      by("local/host/wire-killed", ""),
      by("local/stacksNode/durability", "kill -9 amid a stream"),
    ],
  },
  {
    fault: "scheduler wedged, cron skipped",
    outcome: "loops that died are started again; what stands outside says so",
    shown: [
      by("convex/sync", "only the loop that holds the lease writes; the watchdog replaces a dead one"),
      by("convex/httpStatus", "monitors are told of what needs somebody by 503"),
      by("scenarios/watcher", "where the backend is silent"),
      by("local/host/wire-worker", "a function that never returns is ended and named"),
    ],
  },
  {
    fault: "prices out, stale, outlier",
    outcome: "no new risk, and no withdrawal against obligations; releases and deposits go on",
    shown: [
      inFaults(
        "prices silent",
        "prices stale",
        "prices in another unit",
        "prices apart",
        "one source silent, one unsure",
        "one source lies",
      ),
      by("convex/priceLoop", "operators hear once of a price that is missing"),
      by("convex/prices", "sources that fail leave the last price good until it is old"),
    ],
  },
  {
    fault: "clock skew of an hour",
    outcome: "deadlines are block time",
    shown: [
      by("convex/clockSkew", "an authorisation lasts an hour of block time"),
      by("convex/prices", "ages are told by the chain's clock where that is ahead"),
    ],
  },
  {
    fault: "disk full",
    outcome: "no partial state; recovers",
    shown: [
      by("local/host/fullDisk.alone", "refuses mutations, answers queries"),
      by("local/host/fullDisk.alone", "keeps nothing of a mutation that goes on after a write that failed"),
      by("local/stacksNode/fullDisk", "a full disk refuses with a 503"),
    ],
  },
  {
    fault: "webhook flood",
    outcome: "401 or 429; honest events within a minute",
    shown: [by("convex/push", "a flood is told to come back later, and takes no look away")],
  },
  {
    fault: "malformed corpus",
    outcome:
      "never a crash, never skipped in silence: a look that can't be read changes nothing, an own event halts sync",
    shown: [
      inFaults("answer torn", "page of a gateway", "page of a gateway that says all is well"),
      by("stacks/fixtures", "an answer with one thing wrong is an ApiError"),
      by("stacks/eventPages", "an event of ours that can't be decoded is not skipped"),
    ],
  },
];
