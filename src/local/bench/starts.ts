/** How long a host takes from nothing to listening: the size of its database must not matter. */
import { startHost } from "../host/host";
import { ADMIN_KEY } from "./databases";
import { atMost, type Figure, median, ratioFigure, shownMs } from "./figure";
import type { Conditions } from "./measurements";
import { inTurns } from "./rounds";

const DOCUMENTS = 100_000;
const ROUNDS = 9;

export async function measureStarts({ databases, size, isLate, progress }: Conditions): Promise<Figure[]> {
  const documents = size(DOCUMENTS, 200);
  progress(`writing ${documents.toLocaleString("en")} documents`);
  const [empty, full] = [await databases.copy(0), await databases.copy(documents)];
  const start = async (databaseFile: string) => {
    const host = await startHost({ databaseFile, port: 0, sitePort: 0, adminKey: ADMIN_KEY });
    await host.close();
  };
  progress("starting and stopping");
  const contenders = {
    empty: { run: () => start(empty), calls: 1 },
    full: { run: () => start(full), calls: 1 },
  };
  const times = await inTurns(contenders, ROUNDS, isLate);
  const detail = `${shownMs(median(times.full))}, ${shownMs(median(times.empty))}`;
  const name = `start and stop with ${documents.toLocaleString("en")} documents, of those of an empty host`;
  return [ratioFigure({ name, aim: atMost(1.2), detail }, times.full, times.empty)];
}
