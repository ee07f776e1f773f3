/** Memory over many mutations through a real client with a live query: what a long-running host keeps. */
import { startHost } from "../host/host";
import { BenchClient, notes } from "./clients";
import { ADMIN_KEY } from "./databases";
import { atMost, type Figure } from "./figure";
import type { Conditions } from "./measurements";

const MUTATIONS = 100_000;
/** Until caches are full; after this, nothing may grow. */
const WARM_UP = 20_000;
const DOCUMENTS = 1_000;
const LISTS = DOCUMENTS / 10;
const SAMPLES = 8;
const IN_FLIGHT = 32;
const MIB = 1024 * 1024;

function used(): { heap: number; rss: number } {
  if (globalThis.gc === undefined)
    throw new Error("The bench of memory needs node --expose-gc, as `npm run bench` has it.");
  globalThis.gc();
  const { heapUsed: heap, rss } = process.memoryUsage();
  return { heap, rss };
}

export async function measureMemory({ databases, size, isLate, progress }: Conditions): Promise<Figure[]> {
  const databaseFile = await databases.copy(DOCUMENTS);
  const host = await startHost({ databaseFile, port: 0, sitePort: 0, adminKey: ADMIN_KEY });
  const client = new BenchClient(host.url);
  let written = 0;
  const write = async (count: number) => {
    const end = written + count;
    const lane = async () => {
      while (written < end) {
        written += 1;
        await client.mutation(notes.rewrite, { list: written % LISTS, text: `version ${written}` });
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  };
  try {
    client.onUpdate(notes.latest, { list: 0 }, () => {});
    progress("warming up");
    await write(size(WARM_UP, 500));
    const samples = [used()];
    for (let n = 1; n <= SAMPLES && !(n > 1 && isLate()); n++) {
      await write(Math.ceil(size(MUTATIONS, 1_000) / SAMPLES));
      samples.push(used());
      progress(`${written.toLocaleString("en")} mutations`);
    }
    return [
      memoryFigure(
        "heap after gc",
        samples.map(({ heap }) => heap),
        written,
      ),
      memoryFigure(
        "RSS",
        samples.map(({ rss }) => rss),
        written,
      ),
    ];
  } finally {
    await client.close();
    await host.close();
  }
}

/** The last sample against the first. On a busy machine there are fewer mutations than meant, so it says how many. */
function memoryFigure(name: string, samples: number[], mutations: number): Figure {
  const first = samples[0] as number;
  const ratios = samples.slice(1).map((bytes) => bytes / first);
  const shown = (bytes: number) => `${(bytes / MIB).toFixed(0)} MiB`;
  return {
    name: `${name} at the end, of that after the warm-up`,
    value: ratios.at(-1) as number,
    spread: { low: Math.min(...ratios), high: Math.max(...ratios) },
    aim: atMost(1.1),
    detail: `${shown(samples.at(-1) as number)}, ${shown(first)}; ${mutations.toLocaleString("en")} mutations`,
  };
}
