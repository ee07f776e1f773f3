/**
 * Loaded before all else by `npm run restless`: timers and answers come late by chance, in every process and thread, as on a
 * machine that does much else at once. A story that holds only while everybody is as fast as usual shows it then.
 */
import { Server } from "node:http";

/** How often something is late, of what is usual here; `RESTLESS=4` is about what stories still have the patience for. */
const STRENGTH = Number(process.env.RESTLESS || 1);
/** Of what is late, and how late at most. */
const OFTEN = { chance: 0.08, ms: 400 };
const SELDOM = { chance: 0.012, ms: 4_000 };

/** By how much the next timer or answer is late, ms. */
function lateness() {
  const drawn = Math.random() / STRENGTH;
  if (drawn < SELDOM.chance) return Math.random() * SELDOM.ms;
  return drawn < OFTEN.chance ? Math.random() * OFTEN.ms : 0;
}

const { setTimeout: inTime } = globalThis;
const late = (run, ms = 0, ...given) => inTime(run, ms + lateness(), ...given);
globalThis.setTimeout = Object.assign(late, inTime);

const { emit } = Server.prototype;
Server.prototype.emit = function (event, ...given) {
  const ms = event === "request" ? lateness() : 0;
  if (ms === 0) return emit.call(this, event, ...given);
  inTime(() => emit.call(this, event, ...given), ms);
  return true;
};
