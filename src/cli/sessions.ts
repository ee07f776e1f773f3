/**
 * The sessions that a user has: tokens in one file that only its owner can read. A token is kept by the network, the
 * deployment and the address it is of, and never sent to another deployment.
 */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { misuse } from "./errors";
import { type Environment, PLACES, type Place } from "./network";

const kept = z.object({
  network: z.enum(PLACES),
  convexUrl: z.string(),
  /** Who asked for the signature; a deployment that asks as another later on is refused. */
  domain: z.string(),
  address: z.string(),
  token: z.string(),
  /** Ms. */
  expiresAt: z.number(),
});
export type KeptSession = z.infer<typeof kept>;
const shape = z.object({ version: z.literal(1), sessions: z.array(kept) });

/** A token this close to its end is not worth a request. */
const LEEWAY_MS = 15_000;

export function isGood({ expiresAt }: KeptSession, now: number): boolean {
  return expiresAt - LEEWAY_MS > now;
}

/** Without --session-file: in the user's folder of configuration. */
export function sessionFileOf(option: string | undefined, env: Environment): string {
  const folder = env.XDG_CONFIG_HOME || path.join(env.HOME || homedir(), ".config");
  return option ?? path.join(folder, "bithedge", "sessions.json");
}

export class Sessions {
  constructor(readonly file: string) {}

  /** The newest first. */
  private async all(): Promise<KeptSession[]> {
    const text = await readFile(this.file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw misuse("SESSION_FILE_NOT_READ", `The session file ${this.file} can't be read (${error.code}).`);
    });
    if (text === null) return [];
    try {
      return shape.parse(JSON.parse(text)).sessions;
    } catch {
      throw misuse("SESSION_FILE_NOT_READ", `${this.file} is no session file. Remove it, or name another one.`);
    }
  }

  /** Whole or not at all: a file that was half written would lose every session. */
  private async write(sessions: KeptSession[]): Promise<void> {
    const beside = `${this.file}.${process.pid}`;
    try {
      await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
      await writeFile(beside, `${JSON.stringify({ version: 1, sessions }, null, 2)}\n`, { mode: 0o600 });
      await rename(beside, this.file);
    } catch (error) {
      await rm(beside, { force: true });
      const { code } = error as NodeJS.ErrnoException;
      throw misuse("SESSION_FILE_NOT_WRITTEN", `The session file ${this.file} can't be written (${code}).`);
    }
  }

  /** Those of a deployment, ended ones too, the newest first. */
  async of({ name, convexUrl }: Place): Promise<KeptSession[]> {
    return (await this.all()).filter((session) => session.network === name && session.convexUrl === convexUrl);
  }

  async keep(session: KeptSession): Promise<void> {
    await this.write([session, ...(await this.all()).filter((other) => !isSame(other, session))]);
  }

  /** Forgets the tokens of these; as which domain the deployment asked stays known. */
  async forget(sessions: KeptSession[]): Promise<void> {
    const isMeant = (known: KeptSession) => sessions.some((session) => isSame(known, session));
    await this.write(
      (await this.all()).map((known) => (isMeant(known) ? { ...known, token: "", expiresAt: 0 } : known)),
    );
  }
}

function isSame(one: KeptSession, other: KeptSession): boolean {
  return one.network === other.network && one.convexUrl === other.convexUrl && one.address === other.address;
}
