/** Long names in tables: enough of both ends to tell two apart. `--json` has them whole. */

const KEPT = { head: 6, tail: 5 };

/** "ST1PQH…PGZGM"; what is short stays as it is. */
export function shorten(text: string): string {
  const { head, tail } = KEPT;
  return text.length > head + tail + 1 ? `${text.slice(0, head)}…${text.slice(-tail)}` : text;
}

/** At most so many characters, the last one "…" where something is left out; on one line. */
export function cut(text: string, most: number): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
