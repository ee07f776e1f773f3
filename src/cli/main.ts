/** `npm run cli`: the process around a command; its exit code, its streams and Ctrl-C. */
import { run } from "./program";

// A reader that has gone, such as `head`, has all that it wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
process.once("SIGTERM", () => interrupted.abort());

const { stdin, stdout, stderr, env } = process;
const code = await run(process.argv.slice(2), { stdin, stdout, stderr, env, signal: interrupted.signal });
process.exitCode = code;
// What an interrupted command still waits for would keep the process.
if (interrupted.signal.aborted) process.exit(code);
