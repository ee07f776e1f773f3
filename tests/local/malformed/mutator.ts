/** Malformed inputs from valid ones, the same for the same seed: one place of a JSON text or of some bytes is spoilt. */

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}0${close.repeat(depth)}`;

/** JSON texts that fit in the place of any value. */
const NASTY = [
  ...[
    "null",
    "true",
    "-1",
    "0.5",
    "1e400",
    "-0",
    "9007199254740993",
    '""',
    "[]",
    "{}",
    "[[]]",
    '"\\u0000"',
    '"\\ud800"',
  ],
  ...['"__proto__"', '"constructor"', '"../../../etc/passwd"', '{"__proto__":{"isAdmin":true}}', '{"constructor":1}'],
  ...[
    '{"$integer":"!"}',
    '{"$bytes":7}',
    '{"$float":"AA=="}',
    '{"$unknown":1}',
    '{"$integer":"AAAAAAAAAAA=","more":1}',
  ],
  ...[nested("[", "]", 40), nested("[", "]", 20_000), nested('{"a":', "}", 20_000), `"${"x".repeat(100_000)}"`],
  `{${Array.from({ length: 2_000 }, (_, n) => `"field${n}":0`).join()}}`,
];

export class Mutator {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** JSON with one value replaced or one member left out, or text that is nearly JSON. */
  json(valid: Json): string {
    if (this.below(6) === 0) return this.#spoiltText(JSON.stringify(valid));
    const places = placesOf(valid);
    const place = this.pick(places);
    const isLeftOut = place.length > 0 && this.below(4) === 0;
    return spliced(valid, place, isLeftOut ? null : this.pick(NASTY));
  }

  bytes(valid: Uint8Array): Uint8Array<ArrayBuffer> {
    const bytes = Buffer.from(valid);
    const at = this.below(Math.max(bytes.length, 1));
    switch (this.below(5)) {
      case 0:
        return Uint8Array.from(bytes.subarray(0, at));
      case 1:
        return Uint8Array.from(
          Buffer.concat([bytes.subarray(0, at), Buffer.from([this.below(256)]), bytes.subarray(at)]),
        );
      case 2:
        return Uint8Array.from(Buffer.concat([bytes, bytes.subarray(at)]));
      case 3:
        return Uint8Array.from(bytes.fill(0xff, at, Math.min(at + 4, bytes.length)));
      default:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << this.below(8));
        return Uint8Array.from(bytes);
    }
  }

  #spoiltText(text: string): string {
    const at = this.below(text.length);
    return this.pick([
      text.slice(0, at),
      text + text,
      `${text.slice(0, at)}\u0000${text.slice(at)}`,
      text.replaceAll('"', "'"),
      `\ufeff${text}`,
      "NaN",
      "",
    ]);
  }
}

function placesOf(value: Json): string[][] {
  if (typeof value !== "object" || value === null) return [[]];
  const inner = Object.entries(value).flatMap(([name, part]) => placesOf(part).map((place) => [name, ...place]));
  return [[], ...inner];
}

/** The JSON text of a value with the text `nasty` at a place; null leaves the place out. */
function spliced(value: Json, [name, ...rest]: string[], nasty: string | null): string {
  if (name === undefined) return nasty ?? "null";
  const isArray = Array.isArray(value);
  const members = Object.entries(value as object).flatMap(([key, part]) => {
    if (key === name && rest.length === 0 && nasty === null) return [];
    const text = key === name ? spliced(part, rest, nasty) : JSON.stringify(part);
    return isArray ? [text] : [`${JSON.stringify(key)}:${text}`];
  });
  return isArray ? `[${members.join()}]` : `{${members.join()}}`;
}
