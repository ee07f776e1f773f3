/**
 * Runs a guide's blocks in one bash, in the project's folder and with a home of its own. The CLI is called in the test's
 * process, which costs no start; all else that a guide names is run as it is.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { PROJECT_ROOT } from "../../src/local/stack";
import { faultOf, type Guide } from "./guideBlocks";

const CLIENT = fileURLToPath(new URL("guideClient.mjs", import.meta.url));
/** Behind what a block printed. */
const DONE = "⟦done⟧\n";
const FAILED = /⟦failed (\d+) (\d+)⟧\n/;

/** A block's file has as many empty lines before it as the guide has, so that bash counts as the guide does. */
const DRIVER = `
set -Eeo pipefail
exec 2>&1
npm() {
  if [[ "$1 $2 $3" = "run cli --" ]]; then node "$GUIDE_CLIENT" "\${@:4}"
  elif [[ "$1 $2 $3 $4" = "run -s cli --" ]]; then node "$GUIDE_CLIENT" "\${@:5}"
  else command npm "$@"
  fi
}
export -f npm
failed() {
  [[ $BASH_SUBSHELL = 0 ]] || return 0
  # Functions of the guide may lie between its block and what failed.
  local frame=0
  while [[ "\${FUNCNAME[frame]}" != source ]]; do frame=$((frame + 1)); done
  printf '⟦failed %s %s⟧\\n' "\${BASH_LINENO[frame - 1]}" "$1"
}
trap 'failed $?' ERR
while IFS= read -r block <&3; do
  source "$block" < /dev/null
  printf '⟦done⟧\\n'
done
`;

export interface CliStreams {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  env: Record<string, string | undefined>;
}

/** The CLI's program: gives back its exit code. */
export type Cli = (argv: string[], streams: CliStreams) => Promise<number>;

interface Asked {
  argv: string[];
  env: Record<string, string>;
}

async function answer(socket: Socket, cli: Cli, { argv, env }: Asked) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const tell = (message: object) => socket.write(`${JSON.stringify(message)}\n`);
  for (const stream of ["stdout", "stderr"] as const) {
    streams[stream].setEncoding("utf8").on("data", (text: string) => tell({ stream, text }));
  }
  const exit = await cli(argv, { stdin: new PassThrough().end(), ...streams, env });
  await Promise.all(Object.values(streams).map((stream) => once(stream.end(), "end")));
  tell({ exit });
  socket.end();
}

function serve(cli: Cli): Server {
  return createServer((socket) => {
    let asked = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      asked += text;
      if (asked.endsWith("\n")) void answer(socket, cli, JSON.parse(asked) as Asked);
    });
    // A shell that was ended has nobody to be told.
    socket.on("error", () => {});
  });
}

/** What the process prints until a mark, or until it ends. */
function printedBy(shell: ChildProcess, withinMs: number): Promise<{ text: string; isLate: boolean }> {
  return new Promise((resolve) => {
    let text = "";
    const end = (isLate: boolean) => {
      clearTimeout(timer);
      shell.stdout?.off("data", add);
      shell.off("close", ended);
      resolve({ text, isLate });
    };
    const ended = () => end(false);
    const add = (more: string) => {
      text += more;
      if (text.endsWith(DONE)) end(false);
    };
    const timer = setTimeout(() => end(true), withinMs);
    shell.stdout?.on("data", add);
    shell.once("close", ended);
  });
}

export interface GuideRun {
  /** Null: every command was done, and printed what the guide shows. */
  fault: string | null;
  /** What each block printed. */
  printed: string[];
}

/** A busy machine is no failure. */
const BLOCK_MS = 400_000;

async function runBlocks(shell: ChildProcess, guide: Guide, folder: string, withinMs: number): Promise<GuideRun> {
  const control = shell.stdio[3] as NodeJS.WritableStream;
  const printed: string[] = [];
  for (const [n, block] of guide.blocks.entries()) {
    const file = path.join(folder, `block-${n}.sh`);
    await writeFile(file, `${"\n".repeat(block.line - 1)}${block.script}\n`);
    control.write(`${file}\n`);
    const { text, isLate } = await printedBy(shell, withinMs);
    if (isLate)
      return { fault: `Line ${block.line}: not done after ${withinMs / 1_000} s. Printed:\n\n${text}`, printed };
    if (!text.endsWith(DONE)) {
      const [, line = block.line, code = "?"] = FAILED.exec(text) ?? [];
      return { fault: `Line ${line}: ended with exit code ${code}. Printed:\n\n${text.replace(FAILED, "")}`, printed };
    }
    printed.push(text.slice(0, -DONE.length));
    const fault = faultOf(block, printed.at(-1) as string);
    if (fault) return { fault, printed };
  }
  return { fault: null, printed };
}

export interface Surroundings {
  env: Record<string, string>;
  cli: Cli;
  /** For each block. */
  withinMs?: number;
}

/** Stops at the first command that fails or prints something else than the guide shows. */
export async function runGuide(guide: Guide, { env, cli, withinMs = BLOCK_MS }: Surroundings): Promise<GuideRun> {
  const folder = await mkdtemp(path.join(tmpdir(), "guide-"));
  const [home, socketPath] = [path.join(folder, "home"), path.join(folder, "cli.sock")];
  await mkdir(home);
  const server = serve(cli).listen(socketPath);
  await once(server, "listening");
  const { PATH = "" } = process.env;
  const own = { PATH, HOME: home, TMPDIR: folder, GUIDE_SOCKET: socketPath, GUIDE_CLIENT: CLIENT };
  const shell = spawn("bash", ["-c", DRIVER], {
    cwd: PROJECT_ROOT,
    env: { ...own, ...env },
    stdio: ["ignore", "pipe", "inherit", "pipe"],
    detached: true,
  });
  shell.stdout?.setEncoding("utf8");
  try {
    return await runBlocks(shell, guide, folder, withinMs);
  } finally {
    // Its group: what a block left running must not outlive the guide.
    if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, "SIGKILL");
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
