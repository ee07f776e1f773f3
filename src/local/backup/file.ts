/**
 * The backup file: a SQLite database with a manifest and the parts of a state in compressed chunks. The manifest has each
 * part's length and digest, so that what comes out is what went in, or nothing.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { deflateSync, inflateSync } from "node:zlib";
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import { z } from "zod";

const FORMAT = 1;
const CHUNK_BYTES = 1024 * 1024;

const partShape = z.object({ bytes: z.number(), sha256: z.string() });
const manifestShape = z.object({
  createdAt: z.string(),
  /** Over all that the state holds (digest.ts). */
  digest: z.string(),
  parts: z.record(z.string(), partShape),
});
export type Manifest = z.infer<typeof manifestShape>;
export type Part = z.infer<typeof partShape>;

/** Told how many bytes were done since it was told last. */
export type Progress = (bytes: number) => void;

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

export class BackupWriter {
  readonly #database: DatabaseSyncInstance;
  readonly #parts: Manifest["parts"] = {};

  constructor(readonly path: string) {
    // The keys are in it: nobody else may read it, from the first byte.
    fs.closeSync(fs.openSync(path, "wx", 0o600));
    this.#database = new DatabaseSync(path);
    this.#database.exec(`PRAGMA journal_mode = OFF;
      CREATE TABLE manifest(format INTEGER, json TEXT, sha256 TEXT);
      CREATE TABLE chunks(part TEXT, n INTEGER, bytes BLOB, PRIMARY KEY(part, n)) WITHOUT ROWID;`);
  }

  /** Takes the first `bytes` bytes of a file. */
  add(name: string, file: number, bytes: number, onProgress: Progress): Part {
    const put = this.#database.prepare("INSERT INTO chunks VALUES(?, ?, ?)");
    const hash = createHash("sha256");
    this.#database.exec("BEGIN");
    for (let done = 0, n = 0; done < bytes; n += 1) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, bytes - done));
      const read = fs.readSync(file, chunk, 0, chunk.length, done);
      if (read !== chunk.length) throw new Error(`${name} became shorter while it was read.`);
      hash.update(chunk);
      put.run(name, n, deflateSync(chunk, { level: 1 }));
      done += read;
      onProgress(read);
    }
    this.#database.exec("COMMIT");
    const part = { bytes, sha256: hash.digest("hex") };
    this.#parts[name] = part;
    return part;
  }

  finish(createdAt: Date, digest: string): void {
    const json = JSON.stringify({ createdAt: createdAt.toISOString(), digest, parts: this.#parts } satisfies Manifest);
    this.#database.prepare("INSERT INTO manifest VALUES(?, ?, ?)").run(FORMAT, json, sha256(json));
    this.close();
    fsync(this.path);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

export class BackupReader {
  readonly #database: DatabaseSyncInstance;
  readonly manifest: Manifest;

  /** @throws in a sentence, where the file is no backup that this version can read */
  constructor(readonly path: string) {
    if (!fs.existsSync(path)) throw new Error(`There is no file ${path}.`);
    this.#database = new DatabaseSync(path, { readOnly: true });
    try {
      this.manifest = this.#readManifest();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Writes a part into a new file, and onto the disk. */
  extract(name: string, target: string, onProgress: Progress): void {
    const part = this.manifest.parts[name];
    if (part === undefined) throw new Error(`${this.path} has no part ${name}.`);
    const file = fs.openSync(target, "wx", 0o600);
    const hash = createHash("sha256");
    let bytes = 0;
    try {
      for (const chunk of this.#chunks(name)) {
        fs.writeSync(file, chunk);
        hash.update(chunk);
        bytes += chunk.length;
        onProgress(chunk.length);
      }
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    if (bytes !== part.bytes || hash.digest("hex") !== part.sha256) throw this.damaged(`${name} is not what was saved`);
  }

  damaged(what: string): Error {
    return new Error(`${this.path} is damaged (${what}). Nothing was changed; use another backup.`);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #readManifest(): Manifest {
    const row = this.#firstRow();
    if (row === undefined) throw new Error(`${this.path} is no backup of this product, or it was cut off.`);
    if (row.format !== FORMAT) {
      throw new Error(`${this.path} has format ${row.format}; this version reads format ${FORMAT} only.`);
    }
    if (sha256(row.json) !== row.sha256) throw this.damaged("its manifest does not match its digest");
    // SQLite overlooks an end that is missing where it holds nothing.
    if (fs.statSync(this.path).size !== row.bytes) throw this.damaged("its end is missing");
    return manifestShape.parse(JSON.parse(row.json));
  }

  #firstRow() {
    try {
      const whole = "page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size";
      return this.#database.prepare(`SELECT format, json, sha256, ${whole}, manifest`).get() as
        | { format: number; json: string; sha256: string; bytes: number }
        | undefined;
    } catch {
      // No database, one of something else, or the beginning of one.
      return undefined;
    }
  }

  *#chunks(name: string): Generator<Buffer, undefined> {
    const next = this.#database.prepare("SELECT bytes FROM chunks WHERE part = ? AND n = ?");
    for (let n = 0; ; n += 1) {
      let chunk: Buffer;
      try {
        const row = next.get(name, n) as { bytes: Uint8Array } | undefined;
        if (row === undefined) return;
        chunk = inflateSync(row.bytes);
      } catch (error) {
        throw this.damaged(String(error));
      }
      yield chunk;
    }
  }
}

/** A file or folder onto the disk, with its name. */
export function fsync(path: string): void {
  const file = fs.openSync(path, "r");
  fs.fsyncSync(file);
  fs.closeSync(file);
}
