/**
 * Arguments drawn from a function's own validator, in Convex's JSON encoding: of the right shape with extreme values, or
 * with one place spoilt. A function that is new is drawn for without a line here.
 */
import { convexToJson, type JSONValue, type ValidatorJSON, type Value } from "convex/values";
import fc from "fast-check";
import { HUGE, INTEGERS, MISFITS, NAUGHTY, NUMBERS, STRANGE_NAMES } from "./corpus";

/** What means something to this product, by the names of fields; `any` is for a name that is not known. */
export interface Words {
  texts: Record<string, string[]> & { any: string[] };
  integers: Record<string, bigint[]> & { any: bigint[] };
  numbers: Record<string, number[]>;
}

type Drawn = fc.Arbitrary<JSONValue>;

export function argumentsOf(validator: ValidatorJSON, words: Words): Drawn {
  const shaped = drawnFor(validator, "", words);
  return fc.oneof({ weight: 1, arbitrary: shaped }, { weight: 4, arbitrary: spoilt(shaped) });
}

function drawnFor(validator: ValidatorJSON, name: string, words: Words): Drawn {
  switch (validator.type) {
    case "string":
      return text(name, words);
    case "bigint":
      return integer(name, words).map((value) => convexToJson(value));
    case "number":
      return fc.constantFrom(...(words.numbers[name] ?? []), ...NUMBERS).map((value) => convexToJson(value));
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "literal":
      return fc.constant(validator.value as JSONValue);
    case "id":
      return fc.constantFrom(...words.texts.any);
    case "bytes":
      return fc.uint8Array({ maxLength: 70 }).map((bytes) => convexToJson(bytes.buffer as ArrayBuffer));
    case "array":
      return arrayOf(drawnFor(validator.value, name, words));
    case "union":
      return fc.oneof(...validator.value.map((member) => drawnFor(member, name, words)));
    case "object":
      return objectOf(validator, words);
    case "record":
      return fc.dictionary(
        fc.constantFrom("a", ...words.texts.any),
        drawnFor(validator.values.fieldType, name, words),
        {
          maxKeys: 3,
        },
      );
    default:
      return misfit;
  }
}

function text(name: string, { texts }: Words): fc.Arbitrary<string> {
  const fitting = texts[name] ?? texts.any;
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...fitting) },
    { weight: 1, arbitrary: fc.constantFrom(...texts.any) },
    { weight: 3, arbitrary: fc.constantFrom(...NAUGHTY) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
    { weight: 1, arbitrary: nearly(fitting) },
  );
}

/** A good text with one character changed, which a signature, an id or an address must not survive. */
function nearly(texts: string[]): fc.Arbitrary<string> {
  const change = fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.constantFrom("", "0", "A", "z", "\u0000", "é"));
  return change.map(([good, at, put]) => {
    const place = good.length === 0 ? 0 : at % good.length;
    return `${good.slice(0, place)}${put}${good.slice(place + 1)}`;
  });
}

function integer(name: string, { integers }: Words): fc.Arbitrary<bigint> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...(integers[name] ?? integers.any)) },
    { weight: 2, arbitrary: fc.constantFrom(...INTEGERS) },
    { weight: 1, arbitrary: fc.bigInt({ min: 1n, max: 10n ** 9n }) },
  );
}

function arrayOf(element: Drawn): Drawn {
  const long = fc.tuple(element, fc.constantFrom(99, 101, 300)).map(([one, length]) => Array(length).fill(one));
  return fc.oneof(
    { weight: 12, arbitrary: fc.array(element, { maxLength: 4 }) },
    { weight: 1, arbitrary: long },
  ) as Drawn;
}

function objectOf({ value: fields }: ValidatorJSON & { type: "object" }, words: Words): Drawn {
  const members = Object.entries(fields).map(([name, { fieldType }]) => [name, drawnFor(fieldType, name, words)]);
  const requiredKeys = Object.keys(fields).filter((name) => !fields[name]?.optional);
  return fc.record<Record<string, JSONValue>>(Object.fromEntries(members), { requiredKeys }) as Drawn;
}

const misfit: Drawn = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...MISFITS) },
  { weight: 15, arbitrary: fc.constantFrom(...NAUGHTY) },
  { weight: 15, arbitrary: fc.constantFrom<Value>(...INTEGERS, ...NUMBERS).map((value) => convexToJson(value)) },
  { weight: 2, arbitrary: fc.constantFrom(...HUGE) },
);

/** One place is replaced or left out, or has a member more. */
function spoilt(shaped: Drawn): Drawn {
  const how = fc.constantFrom("replace", "replace", "leave out", "add");
  return fc.tuple(shaped, how, fc.nat(), misfit, fc.constantFrom(...STRANGE_NAMES)).map(spoil);
}

function spoil([value, how, at, put, name]: [JSONValue, string, number, JSONValue, string]): JSONValue {
  const places = placesOf(value);
  const place = places[at % places.length] ?? [];
  return withChange(value, place, (old, parent) => {
    if (how === "replace" || parent === null) return put;
    if (how === "leave out") return undefined;
    return isRecord(old) ? { ...old, [name]: put } : put;
  });
}

type Change = (old: JSONValue, parent: JSONValue | null) => JSONValue | undefined;

function withChange(value: JSONValue, place: string[], change: Change, parent: JSONValue | null = null): JSONValue {
  const [name, ...rest] = place;
  if (name === undefined) return change(value, parent) ?? null;
  const inner = (value as Record<string, JSONValue>)[name] ?? null;
  const changed = rest.length === 0 ? change(inner, value) : withChange(inner, rest, change, value);
  if (Array.isArray(value)) return value.map((part, n) => (String(n) === name ? (changed ?? null) : part));
  const kept = Object.entries(value as object).filter(([key]) => key !== name);
  return Object.fromEntries(changed === undefined ? kept : [...kept, [name, changed]]);
}

/** The root is one of them; of a long array only the first few are. */
function placesOf(value: JSONValue): string[][] {
  if (typeof value !== "object" || value === null) return [[]];
  const inner = Object.entries(value).slice(0, 8);
  return [[], ...inner.flatMap(([name, part]) => placesOf(part).map((place) => [name, ...place]))];
}

function isRecord(value: JSONValue): value is { [key: string]: JSONValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
