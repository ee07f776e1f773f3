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

/** As outside of any repository: git would pass over files that one does not know. */
async function applyPatch(folder: string, patchFile: string, options: string[]): Promise<void> {
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(folder), GIT_DIR: path.join(folder, "none") };
  await run("git", ["apply", ...options, patchFile], { cwd: folder, env });
}

/** Null, or why the patch does not apply to the project as it is. */
export async function whyNotApplicable({ patchFile }: Mutant): Promise<string | null> {
  try {
    await applyPatch(ROOT, patchFile, ["--check"]);
    return null;
  } catch (error) {
    return (error as { stderr?: string }).stderr?.trim() || String(error);
  }
}

export class Copy {
  readonly folder = mkdtempSync(path.join(tmpdir(), "mutants-"));

  constructor() {
    for (const entry of readdirSync(ROOT)) {
      if (!LEFT_OUT.test(entry)) cpSync(path.join(ROOT, entry), path.join(this.folder, entry), { recursive: true });
    }
    symlinkSync(path.join(ROOT, "node_modules"), path.join(this.folder, "node_modules"));
  }

  apply({ patchFile }: Mutant): Promise<void> {
    return applyPatch(this.folder, patchFile, []);
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
