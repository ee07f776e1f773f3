/**
 * What several test files need and one can make for all of them: made by the first that asks, once a run, in a folder that
 * is gone after it. The others, in processes of their own, wait for it.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inject } from "vitest";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The run's folder. */
    prepared: string;
  }
}

const LOOK_AGAIN_MS = 50;

/** Vitest calls this once a run. */
export default function keepFolder(project: TestProject): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), "prepared-"));
  project.provide("prepared", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

/** True for the first who asks. */
function isFirst(claim: string): boolean {
  try {
    mkdirSync(claim);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Of whoever asks first: its `make` fills the folder, whose path comes back when that is done. */
export async function prepared(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(inject("prepared"), name);
  const [done, failed] = [`${folder}.done`, `${folder}.failed`];
  if (isFirst(folder)) {
    await make(folder).catch((error) => {
      writeFileSync(failed, String(error));
      throw error;
    });
    writeFileSync(done, "");
  }
  while (!existsSync(done)) {
    if (existsSync(failed)) throw new Error(`${name} could not be prepared; the test that tried says why.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return folder;
}
