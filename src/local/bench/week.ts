/** How long the market week of `npm run demo` takes: a fresh stack, seven days of strangers' programs, and the proof. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { atLeast, type Figure, shownMs } from "./figure";
import type { Conditions } from "./measurements";

const DEMO = fileURLToPath(new URL("../demo.ts", import.meta.url));
const WEEK_MS = 7 * 86_400_000;
/** In two minutes. */
const AIM = 5_000;

export async function measureWeek({ progress }: Conditions): Promise<Figure[]> {
  progress("playing it");
  const start = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", DEMO]);
  const ms = performance.now() - start;
  if (!stdout.includes("PROOF OK")) throw new Error("The week did not end in its proof.");
  const value = WEEK_MS / ms;
  const name = "the market week, of the time that it takes to play";
  return [{ name, value, spread: { low: value, high: value }, aim: atLeast(AIM), detail: shownMs(ms) }];
}
