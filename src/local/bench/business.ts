/**
 * What the backend does all day, in a small and in a large population: a price that comes in, a quote with the positions that
 * would stand behind it, a batch of webhook deliveries that is answered.
 */
import { BTC } from "./backed";
import { atMost, type Figure, median, ratioFigure, shownMs } from "./figure";
import { prices, quotes } from "./footprintPolicies";
import { looks } from "./footprintPrices";
import { due, finishes } from "./footprintWebhooks";
import type { Conditions } from "./measurements";
import { LEASE } from "./owed";
import { Population } from "./population";
import { Product, productCopy } from "./product";
import { inTurns } from "./rounds";

const [FEW, MANY] = [100, 5_000];
const ROUNDS = 9;
const CALLS = 20;
/** More than a room of a second is not taken by it. */
const FLAT = 1.5;

interface Scene {
  product: Product;
  population: Population;
}

async function sceneOf(folder: string, providers: number): Promise<Scene> {
  const product = await Product.open(await productCopy(folder), "FULL");
  const population = await Population.of(product.engine, providers);
  await prices(1_000_000n)(product, population, undefined);
  return { product, population };
}

/** A price that is new each time, and crosses nobody's trigger. */
async function ticks({ product, population }: Scene, call: number): Promise<void> {
  const price = BTC.calm - BigInt(call % 2);
  const [look] = looks(population, call + 1, price);
  if (look === undefined) throw new Error("A look is of two underlyings.");
  await product.call("mutation", "prices/loop:record", { lease: LEASE, ...look });
}

/** Reads a batch that is due and records that it was delivered. */
async function delivers({ product, population }: Scene): Promise<void> {
  await finishes({ kind: "delivered" })(product, population, await due(product));
}

export async function measureBusiness({ databases, size, isLate, progress }: Conditions): Promise<Figure[]> {
  const [few, many] = [size(FEW, 1), size(MANY, 2)];
  progress(`writing ${few.toLocaleString("en")} and ${many.toLocaleString("en")} providers`);
  const scenes = { few: await sceneOf(databases.folder, few), many: await sceneOf(databases.folder, many) };
  const rounds = size(ROUNDS, 3);
  const calls = size(CALLS, 2);
  let ticked = 0;
  const works = {
    "a price that moves nobody": { calls, work: (scene: Scene) => ticks(scene, ticked++) },
    "a quote with its allocation": {
      calls,
      work: (scene: Scene) => quotes(scene.product, scene.population, undefined),
    },
    "a batch of webhook deliveries": { calls: 1, work: delivers },
  };
  const figures: Figure[] = [];
  for (const [what, { calls, work }] of Object.entries(works)) {
    progress(what);
    const run = (scene: Scene) => ({ calls, run: () => work(scene) });
    const times = await inTurns({ many: run(scenes.many), few: run(scenes.few) }, rounds, isLate);
    const name = `${what} at ${many.toLocaleString("en")} providers, of that at ${few.toLocaleString("en")}`;
    const detail = `${shownMs(median(times.many))}, ${shownMs(median(times.few))}`;
    figures.push(ratioFigure({ name, aim: atMost(FLAT), detail }, times.many, times.few));
  }
  await scenes.few.product.close();
  await scenes.many.product.close();
  return figures;
}
