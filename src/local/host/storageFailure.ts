/**
 * The disk did not take a write: it is full, or broken. That is nobody's mistake, so it is told to whoever asked and to
 * nobody else; nothing of the transaction is kept, and the next one tries the disk again.
 */
export class StorageFailure extends Error {
  constructor(cause: Error) {
    const advice = "Nothing of this call was kept. Make room on the disk and try again: no restart is needed.";
    super(`The database could not be written: ${cause.message}. ${advice}`, { cause });
  }
}

/** SQLite's READONLY, IOERR and FULL. */
const DISK_CODES = [8, 10, 13];

export function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && "errcode" in error && error.message !== "";
}

/** What a failed operation of the store is told as. */
export function storageFailure(error: unknown): unknown {
  return isSqliteError(error) && DISK_CODES.includes(error.errcode & 0xff) ? new StorageFailure(error) : error;
}
