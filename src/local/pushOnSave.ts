/**
 * Notices that sources were saved, by looking at them: their names, sizes and times. Looking costs a millisecond, and
 * unlike the system's notices it misses no editor's way of saving and no file system. `convex dev` has a watcher too, but
 * pointed at an address it takes the developer's own deployment out of .env.local.
 */
import { readdirSync, statSync } from "node:fs";
import path from "node:path";

/** Written by the push itself. */
const GENERATED = "_generated";

export function fingerprintOf(folders: string[]): string {
  return folders.flatMap((folder) => filesOf(folder)).join("\n");
}

function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== GENERATED);
  return entries.flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesOf(file);
    const found = statSync(file, { throwIfNoEntry: false });
    return found === undefined ? [] : [`${file} ${found.size} ${found.mtimeMs}`];
  });
}

export type PushOutcome = { ok: true } | { ok: false; error: unknown };

export class PushOnSave {
  #mustPush = false;

  /** @param seen what the sources looked like when the running code was pushed */
  constructor(
    private seen: string,
    private readonly on: { fingerprint: () => string; push: () => Promise<void> },
  ) {}

  /** Pushes once the sources have changed and then stayed as they are from one look to the next; else null. */
  async look(): Promise<PushOutcome | null> {
    const now = this.on.fingerprint();
    const isChanging = now !== this.seen;
    this.seen = now;
    this.#mustPush ||= isChanging;
    if (isChanging || !this.#mustPush) return null;
    this.#mustPush = false;
    try {
      await this.on.push();
      return { ok: true };
    } catch (error) {
      return { ok: false, error };
    }
  }
}
