/**
 * The one error that the wire side throws for a request it will not serve, in the shape the official clients and CLI
 * print: an HTTP status with `{code, message}`. Anything else that is thrown is a bug and is answered as a 500.
 */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The message of whatever user code or the engine threw, for a refusal that quotes it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
