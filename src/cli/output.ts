/**
 * What the commands write: the answer on stdout, as text for people or with --json as one JSON document; everything else
 * (progress, warnings, questions, failures) on stderr, with --json a JSON document a line.
 */
import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";
import { type Failure, shownFacts } from "./errors";

export interface Streams {
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean };
}

/** JSON with bigints as decimal strings. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner),
    indent,
  );
}

/** What a terminal would obey instead of showing, from a service that should not have sent it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must go.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

export class Output {
  /** "json": --json was given. */
  form: "text" | "json" = "text";

  constructor(
    private readonly streams: Streams,
    private readonly env: Record<string, string | undefined>,
  ) {}

  /** Columns of the terminal; without one, as many as it takes. */
  get width(): number {
    return (this.streams.stdout.isTTY && this.streams.stdout.columns) || Number.POSITIVE_INFINITY;
  }

  /** Whether somebody is there to answer. */
  get isInteractive(): boolean {
    return Boolean(this.streams.stdin.isTTY && this.streams.stderr.isTTY);
  }

  bold(text: string): string {
    const { isTTY } = this.streams.stdout;
    return isTTY && !this.env.NO_COLOR ? styleText("bold", text, { validateStream: false }) : text;
  }

  /** The command's answer, once. `text` is asked only where people read. */
  show(value: unknown, text: () => string): void {
    this.streams.stdout.write(`${this.form === "json" ? toJson(value, 2) : text()}\n`);
  }

  /** The answer as it is: a file's content, such as CSV. */
  raw(text: string): void {
    this.streams.stdout.write(text);
  }

  private aside(kind: "progress" | "warning", text: string): void {
    const clean = text.replace(CONTROLS, "");
    this.streams.stderr.write(`${this.form === "json" ? toJson({ [kind]: clean }) : clean}\n`);
  }

  /** One step of what takes its time, or what is about to be signed. */
  progress(text: string): void {
    this.aside("progress", text);
  }

  warn(text: string): void {
    this.aside("warning", this.form === "json" ? text : `Warning: ${text}`);
  }

  fail(failure: Failure): void {
    const { code, message, facts } = failure;
    const text = [`${message} (${code})`, ...shownFacts(failure)].join("\n").replace(CONTROLS, "");
    this.streams.stderr.write(`${this.form === "json" ? toJson({ error: { code, message, ...facts } }) : text}\n`);
  }

  /** Asks a person; anything but y or yes is no. */
  async confirms(question: string): Promise<boolean> {
    const lines = createInterface({ input: this.streams.stdin, output: this.streams.stderr });
    try {
      return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
    } finally {
      lines.close();
    }
  }
}
