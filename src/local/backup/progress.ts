/** Progress of long copies, told now and then. */
import type { Progress } from "./file";

const MEGABYTE = 1_000_000;
const TELL_EVERY_BYTES = 100 * MEGABYTE;

export function megabytesTold(say: (line: string) => void): Progress {
  let [done, told] = [0, 0];
  return (bytes) => {
    done += bytes;
    if (done - told < TELL_EVERY_BYTES) return;
    told = done;
    say(`  ${Math.round(done / MEGABYTE)} MB …`);
  };
}
