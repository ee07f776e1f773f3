/**
 * What this user has signed, kept before it is sent: a command that is repeated after a broken connection finds the
 * transaction of the same call and sends the same bytes, instead of moving the money twice.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { UnsignedCall } from "../stacks/unsignedCalls";
import { misuse } from "./errors";

const sentCall = z.object({
  /** Of the call, its signer and its chain. */
  key: z.string(),
  txId: z.string(),
  /** The signed transaction, hex. */
  bytes: z.string(),
});
export type SentCall = z.infer<typeof sentCall>;
const shape = z.object({ version: z.literal(1), calls: z.array(sentCall) });

/** More than anybody repeats. */
const MOST = 100;

/** A call names an id that only this request has, so the same call is the same request. */
export function keyOf(signer: string, stacksUrl: string, call: UnsignedCall): string {
  return [stacksUrl, signer, call.contractId, call.functionName, ...call.functionArgs].join(" ");
}

export class SentCalls {
  private readonly file: string;

  constructor(sessionFile: string) {
    this.file = `${sessionFile.replace(/\.json$/, "")}.sent.json`;
  }

  private async all(): Promise<SentCall[]> {
    const text = await readFile(this.file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw misuse("SENT_FILE_NOT_READ", `The file of sent transactions ${this.file} can't be read (${error.code}).`);
    });
    if (text === null) return [];
    try {
      return shape.parse(JSON.parse(text)).calls;
    } catch {
      throw misuse("SENT_FILE_NOT_READ", `${this.file} is no file of sent transactions. Move it away and try again.`);
    }
  }

  async find(key: string): Promise<SentCall | null> {
    return (await this.all()).find((call) => call.key === key) ?? null;
  }

  async keep(call: SentCall): Promise<void> {
    await this.write([call, ...(await this.all()).filter(({ key }) => key !== call.key)].slice(0, MOST));
  }

  async forget(key: string): Promise<void> {
    await this.write((await this.all()).filter((call) => call.key !== key));
  }

  private async write(calls: SentCall[]): Promise<void> {
    const beside = `${this.file}.${process.pid}`;
    try {
      await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
      await writeFile(beside, `${JSON.stringify({ version: 1, calls }, null, 2)}\n`, { mode: 0o600 });
      await rename(beside, this.file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw misuse("SENT_FILE_NOT_WRITTEN", `The file of sent transactions ${this.file} can't be written (${code}).`);
    }
  }
}
