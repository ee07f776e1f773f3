/**
 * What a restore leaves for the next start. Signatures that were made after the backup are unknown to the restored books
 * and stay valid, on the restored chain too, until their hour is over; so the start has to begin the rule after a restore
 * (`convex/breakers/restore.ts`) before anything can sign.
 */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { Store } from "../host/store";
import { DATABASE_FILE, JOURNAL_FILE, RESTORED_FILE } from "../stateFolder";
import { fsync } from "./file";

const shape = z.object({
  /** When the backup was made, and when it was restored: ISO 8601. */
  backupOf: z.string(),
  restoredAt: z.string(),
  /** Block time up to which something may have been signed, unix seconds. */
  signedUpTo: z.number(),
});
export type Restored = z.infer<typeof shape>;

/** @param journals state folders whose chains may have set the block time of a signature; not all need to exist */
export function writeRestored(
  stateDir: string,
  { backupOf, journals, now }: { backupOf: string; journals: string[]; now: Date },
): void {
  // Block time follows the wall clock, but for what a chain was told to run ahead of it.
  const ahead = Math.max(...journals.map((folder) => secondsAhead(path.join(folder, JOURNAL_FILE))));
  const signedUpTo = Math.ceil(now.getTime() / 1_000) + ahead;
  const restored: Restored = { backupOf, restoredAt: now.toISOString(), signedUpTo };
  fs.writeFileSync(path.join(stateDir, RESTORED_FILE), `${JSON.stringify(restored)}\n`);
  fsync(path.join(stateDir, RESTORED_FILE));
  fsync(stateDir);
}

/** Null where the state was not restored since the last start. */
export function readRestored(stateDir: string): Restored | null {
  const file = path.join(stateDir, RESTORED_FILE);
  return fs.existsSync(file) ? shape.parse(JSON.parse(fs.readFileSync(file, "utf8"))) : null;
}

export function removeRestored(stateDir: string): void {
  fs.rmSync(path.join(stateDir, RESTORED_FILE));
  fsync(stateDir);
}

/** The arguments of `breakers/restore:begin`. */
export function beginningOf({ backupOf, restoredAt, signedUpTo }: Restored) {
  const reason = `The state of ${backupOf} was restored at ${restoredAt}.`;
  return { actor: "npm run restore", reason, signedUpTo };
}

/**
 * Takes variables out of the environment in a database that no host has opened yet: functions and jobs of any version
 * find no key to sign with until they are set again.
 */
export function withhold(names: string[], stateDir: string): void {
  const store = new Store(path.join(stateDir, DATABASE_FILE), "FULL");
  store.begin();
  for (const name of names) store.putSetting("environment", name, null);
  store.commit();
  store.close();
}

function secondsAhead(journal: string): number {
  if (!fs.existsSync(journal)) return 0;
  const advances = fs.readFileSync(journal, "utf8").match(/^\{"kind":"advance","seconds":\d+\}$/gm) ?? [];
  return advances.reduce((sum, line) => sum + Number(JSON.parse(line).seconds), 0);
}
