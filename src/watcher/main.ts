/** `npm run watcher`: watches over the vault with the guardian's key, until Ctrl-C. */
import { runWatcher } from "./program";

const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort());

const streams = { out: (line: string) => console.log(line), error: (line: string) => console.error(line) };
runWatcher(process.argv.slice(2), process.env, { streams, ending: ending.signal }).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
