/** Calls the command line in the test's own process, as a script would: streams that are no terminal, and an environment of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { onTestFinished } from "vitest";
import { run } from "../../src/cli/program";

export interface Called {
  code: number;
  out: string;
  err: string;
}

export interface CallOptions {
  env?: Record<string, string>;
  signal?: AbortSignal;
  /** What somebody at a terminal answers; left out: nobody is there. */
  answers?: string;
  /** Told what comes on stderr, as it comes. */
  onStep?: (text: string) => void;
}

class Collected extends Writable {
  text = "";
  isTTY = false;
  constructor(private readonly onText: (text: string) => void = () => {}) {
    super();
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void) {
    this.text += chunk.toString();
    this.onText(chunk.toString());
    done();
  }
}

export async function called(argv: string[], { env = {}, signal, answers, onStep }: CallOptions = {}): Promise<Called> {
  const stdout = new Collected();
  const stderr = new Collected(onStep);
  stderr.isTTY = answers !== undefined;
  const typed = new PassThrough();
  if (answers !== undefined) typed.write(answers);
  const stdin = answers === undefined ? Readable.from([]) : Object.assign(typed, { isTTY: true });
  const code = await run(argv, { stdin, stdout, stderr, env, ...(signal && { signal }) });
  return { code, out: stdout.text, err: stderr.text };
}

/** A folder for this test alone. */
export async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), "bithedge-cli-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}
