/**
 * A process that finishes what its predecessor was killed at (unless it is killed at that, too), prints what it found and
 * left, and then is killed at the given point of a new story; where that has fewer points, it prints that it came through.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { effect, killAt, pointsLeft } from "./sqlite";
import { Story } from "./story";

const [folder = "", finish = "", finishKillPoint = "", next = "", killPoint = ""] = process.argv.slice(2);
const deployment = JSON.parse(readFileSync(`${folder}/deployment.json`, "utf8"));
let effects = "";
globalThis.fetch = async (address) => {
  effect(effects, String(address).slice("effect:".length));
  return new Response();
};

async function tell(name: string) {
  const place = `${folder}/${name}`;
  mkdirSync(place, { recursive: true });
  effects = `${place}/log`;
  return new Story(place, deployment).tell();
}

killAt(Number(finishKillPoint));
if (finish !== "") console.log(JSON.stringify(await tell(finish)));
killAt(Number(killPoint));
await tell(next);
console.log(JSON.stringify({ through: Number(killPoint) - pointsLeft() }));
