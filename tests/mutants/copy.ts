/** A copy of the project to spoil: its sources are copied, its dependencies linked. The project itself is never touched. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { type Mutant, ROOT } from "./list";

const run = promisify(execFile);

/** Not sources: what is installed, built, or the state of a stack. */
const LEFT_OUT = /^(\..*|node_modules|dist|coverage|.*\.log|.*\.backup)$/;

/** git would pass over files that a repository does not know. */
function outsideOfGit(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(folder), GIT_DIR: path.join(folder, "none") };
}

/** Each patch by itself; in one shell, as a child of a large process costs more than what it does. */
const CHECK_EACH = `
for patch; do
  why=$(git apply --check "$patch" 2>&1) || printf '%s: %s\\n' "$patch" "$why"
done`;

/** Why patches do not apply to the project as it is; empty where all do. */
export async function whyNotApplicable(mutants: Mutant[]): Promise<string> {
  const files = mutants.map(({ patchFile }) => patchFile);
  return (await run("sh", ["-c", CHECK_EACH, "sh", ...files], { cwd: ROOT, env: outsideOfGit(ROOT) })).stdout;
}

export class Copy {
  readonly folder = mkdtempSync(path.join(tmpdir(), "mutants-"));

  constructor() {
    for (const entry of readdirSync(ROOT)) {
      if (!LEFT_OUT.test(entry)) cpSync(path.join(ROOT, entry), path.join(this.folder, entry), { recursive: true });
    }
    symlinkSync(path.join(ROOT, "node_modules"), path.join(this.folder, "node_modules"));
  }

  async apply({ patchFile }: Mutant): Promise<void> {
    await run("git", ["apply", patchFile], { cwd: this.folder, env: outsideOfGit(this.folder) });
  }

  /** Puts the project's own files back, whatever became of them. */
  restore({ changes }: Mutant): void {
    for (const file of changes) {
      const original = path.join(ROOT, file);
      if (existsSync(original)) cpSync(original, path.join(this.folder, file));
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
