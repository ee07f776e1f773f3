/**
 * How soon a commit reaches those who subscribe to what it changed, with 2,000 subscriptions over 50 real clients and the
 * host in its worker as in the local stack: in the quiet, and while another client writes without pause.
 */
import { setTimeout as wait } from "node:timers/promises";
import { startHostWorker } from "../worker/services";
import { BenchClient, notes } from "./clients";
import { ADMIN_KEY, NOTES_A_LIST } from "./databases";
import { atMost, type Figure, median, quantile, shownMs } from "./figure";
import type { Conditions } from "./measurements";

const CLIENTS = 50;
const SUBSCRIPTIONS_EACH = 40;
/** Every list has two watchers. */
const WATCHERS = 2;
const SAMPLES = 200;
const ROUNDS = 5;
const UNRELATED_WRITES = 100;
const STREAM_IN_FLIGHT = 4;
const SETTLED_MS = 300;

/** Milliseconds from the call of a mutation until its promise resolves, and until the last watcher was told. */
interface Sample {
  roundTrip: number;
  push: number;
}

class Audience {
  readonly clients: BenchClient[];
  readonly lists: number;
  readonly #told = new Map<string, { missing: number; done: () => void }>();

  constructor(url: string, clients: number) {
    this.clients = Array.from({ length: clients }, () => new BenchClient(url));
    this.lists = (clients * SUBSCRIPTIONS_EACH) / WATCHERS;
  }

  /** Resolves when every subscription has its first result. */
  async subscribe(): Promise<void> {
    const first = this.clients.flatMap((client, c) =>
      Array.from({ length: SUBSCRIPTIONS_EACH }, (_, s) => {
        const list = (c * SUBSCRIPTIONS_EACH + s) % this.lists;
        return new Promise<void>((resolve, reject) => {
          const heard = (found: { text: string }[]) => {
            resolve();
            // More notes may have come in one step.
            for (const { text } of found) this.#hear(text);
          };
          client.onUpdate(notes.latest, { list }, heard, reject);
        });
      }),
    );
    await Promise.all(first);
  }

  #hear(text: string): void {
    const waiting = this.#told.get(text);
    if (waiting === undefined) return;
    waiting.missing -= 1;
    if (waiting.missing > 0) return;
    this.#told.delete(text);
    waiting.done();
  }

  /** Resolves when all watchers of the list have seen the note. */
  told(text: string): Promise<void> {
    return new Promise((done) => this.#told.set(text, { missing: WATCHERS, done }));
  }

  get transitions(): number {
    return this.clients.reduce((sum, client) => sum + client.transitions, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }
}

async function sample(writer: BenchClient, audience: Audience, text: string): Promise<Sample> {
  const list = Math.floor(Math.random() * audience.lists);
  const start = performance.now();
  const since = () => performance.now() - start;
  const told = audience.told(text).then(since);
  const answered = writer.mutation(notes.add, { list, text }).then(since);
  return { push: await told, roundTrip: await answered };
}

/** Writes to watched lists until it is told to stop, a few mutations under way at any time; gives how many. */
function stream(writer: BenchClient, { lists }: Audience): () => Promise<number> {
  let [isOn, written] = [true, 0];
  const lane = async () => {
    while (isOn) {
      await writer.mutation(notes.add, { list: written % lists, text: "ingested" });
      written += 1;
    }
  };
  const lanes = Array.from({ length: STREAM_IN_FLIGHT }, lane);
  return async () => {
    isOn = false;
    await Promise.all(lanes);
    return written;
  };
}

function quantileFigure(name: string, rounds: Sample[][], share: number): Figure {
  const of = (key: keyof Sample) =>
    rounds.map((round) =>
      quantile(
        round.map((one) => one[key]),
        share,
      ),
    );
  const [pushes, trips] = [of("push"), of("roundTrip")];
  const ratios = pushes.map((push, n) => push / (trips[n] as number));
  return {
    name: `${name}, p${share * 100} of its mutations' round trip`,
    value: median(ratios),
    spread: { low: Math.min(...ratios), high: Math.max(...ratios) },
    aim: atMost(1.5),
    detail: `${shownMs(median(pushes))}, ${shownMs(median(trips))}`,
  };
}

/** Writes that nobody watches: how many transitions the audience was sent. */
async function unrelated(writer: BenchClient, audience: Audience, writes: number): Promise<Figure> {
  await wait(SETTLED_MS);
  const before = audience.transitions;
  for (let n = 0; n < writes; n++) await writer.mutation(notes.add, { list: audience.lists + n, text: "unrelated" });
  await wait(SETTLED_MS);
  const value = audience.transitions - before;
  const detail = `${writes} writes`;
  return {
    name: "clients woken by unrelated writes",
    value,
    spread: { low: value, high: value },
    aim: atMost(0),
    detail,
  };
}

export async function measurePushes({ databases, size, isLate, progress }: Conditions): Promise<Figure[]> {
  const clients = size(CLIENTS, 2);
  const documents = ((clients * SUBSCRIPTIONS_EACH) / WATCHERS) * NOTES_A_LIST;
  const databaseFile = await databases.copy(documents);
  const host = await startHostWorker({ databaseFile, port: 0, sitePort: 0, adminKey: ADMIN_KEY });
  const audience = new Audience(host.url, clients);
  const [writer, ingester] = [new BenchClient(host.url), new BenchClient(host.url)];
  try {
    progress(`subscribing ${clients} clients to ${SUBSCRIPTIONS_EACH} queries each`);
    await audience.subscribe();
    const samples = size(SAMPLES, 5);
    let written = 0;
    const round = async () => {
      const found: Sample[] = [];
      for (let n = 0; n < samples; n++) found.push(await sample(writer, audience, `measured ${written++}`));
      return found;
    };
    progress("writing and waiting for the pushes");
    await round();
    const [idle, ingesting]: Sample[][][] = [[], []];
    for (let n = 0; n < ROUNDS && !(n > 0 && isLate()); n++) {
      idle?.push(await round());
      const stop = stream(ingester, audience);
      ingesting?.push(await round());
      await stop();
    }
    progress("writing what nobody watches");
    const woken = await unrelated(writer, audience, size(UNRELATED_WRITES, 10));
    return [
      ...[0.5, 0.99].map((share) => quantileFigure("push in the quiet", idle ?? [], share)),
      ...[0.5, 0.99].map((share) => quantileFigure("push during ingestion", ingesting ?? [], share)),
      woken,
    ];
  } finally {
    await Promise.all([audience.close(), writer.close(), ingester.close()]);
    await host.close();
  }
}
