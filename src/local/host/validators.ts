/**
 * Checks values against validators in the JSON form in which Convex exports them (`exportArgs`, `exportReturns`,
 * `schema.export()`), with messages in Convex's words: they name the place, the value and the validator.
 */
import { jsonToConvex, type ObjectFieldType, type ValidatorJSON, type Value } from "convex/values";

/** The name of the table that an id belongs to, or null where the text is no id of this component. */
export type TableOfId = (id: string) => string | null;

/** Values come from callers, and may be megabytes. */
const MAX_DESCRIPTION = 2_000;

/** A value that does not fit; `place` is empty at the root, else `.field[3]`. */
interface Mismatch {
  message: string;
  place: string;
  value: Value | undefined;
  validator: ValidatorJSON;
}

/** The first mismatch as a readable text, or null where the value fits. */
export function mismatchOf(validator: ValidatorJSON, value: Value, tableOfId: TableOfId): string | null {
  const mismatch = check(validator, value, "", tableOfId);
  if (mismatch === null) return null;
  const { message, place, value: found, validator: expected } = mismatch;
  const path = place === "" ? "" : `\nPath: ${place}`;
  const label = isObject(found) && expected.type === "object" ? "Object" : "Value";
  const shorten = (text: string) => (text.length > MAX_DESCRIPTION ? `${text.slice(0, MAX_DESCRIPTION)}…` : text);
  return `${message}${path}\n${label}: ${shorten(describeValue(found))}\nValidator: ${shorten(describeValidator(expected))}`;
}

function check(validator: ValidatorJSON, value: Value, place: string, tableOfId: TableOfId): Mismatch | null {
  const fail = (message: string): Mismatch => ({ message, place, value, validator });
  const fits = (matches: boolean) => (matches ? null : fail("Value does not match validator."));
  switch (validator.type) {
    case "any":
      return null;
    case "null":
      return fits(value === null);
    case "number":
    case "boolean":
    case "string":
    case "bigint":
      return fits(typeof value === validator.type);
    case "commitTs":
      return fits(typeof value === "bigint");
    case "bytes":
      return fits(value instanceof ArrayBuffer);
    case "literal":
      return fits(value === jsonToConvex(validator.value));
    case "id": {
      const table = typeof value === "string" ? tableOfId(value) : null;
      if (table === null || table === validator.tableName) return fits(table !== null);
      const expected = `\`v.id("${validator.tableName}")\``;
      return fail(
        `Found ID "${value}" from table \`${table}\`, which does not match the table name in validator ${expected}.`,
      );
    }
    case "array": {
      if (!Array.isArray(value)) return fits(false);
      return firstOf(value, (element, i) => check(validator.value, element, `${place}[${i}]`, tableOfId));
    }
    case "record": {
      if (!isObject(value)) return fits(false);
      return firstOf(Object.entries(value), ([name, field]) => {
        if (field === undefined) return null;
        const inside = `${place}.${name}`;
        const { fieldType } = validator.values;
        return check(validator.keys, name, inside, tableOfId) ?? check(fieldType, field, inside, tableOfId);
      });
    }
    case "union":
      return fits(validator.value.some((member) => check(member, value, place, tableOfId) === null));
    case "object":
      return isObject(value) ? checkFields(validator.value, value, place, tableOfId, fail) : fits(false);
  }
}

function checkFields(
  fields: Record<string, ObjectFieldType>,
  value: Record<string, Value | undefined>,
  place: string,
  tableOfId: TableOfId,
  fail: (message: string) => Mismatch,
): Mismatch | null {
  for (const [name, { fieldType, optional }] of Object.entries(fields)) {
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (field !== undefined) {
      const mismatch = check(fieldType, field, `${place}.${name}`, tableOfId);
      if (mismatch !== null) return mismatch;
    } else if (!optional) {
      return fail(
        `Object is missing the required field \`${name}\`. Consider wrapping the field validator in \`v.optional(...)\` if this is expected.`,
      );
    }
  }
  const extra = Object.keys(value).find((name) => value[name] !== undefined && !Object.hasOwn(fields, name));
  return extra === undefined ? null : fail(`Object contains extra field \`${extra}\` that is not in the validator.`);
}

function firstOf<Item>(items: Item[], find: (item: Item, i: number) => Mismatch | null): Mismatch | null {
  for (const [i, item] of items.entries()) {
    const mismatch = find(item, i);
    if (mismatch !== null) return mismatch;
  }
  return null;
}

function isObject(value: Value | undefined): value is Record<string, Value | undefined> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ArrayBuffer);
}

function describeValue(value: Value | undefined): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Number.isInteger(value) ? value.toFixed(1) : String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  if (value instanceof ArrayBuffer) return `bytes(${value.byteLength})`;
  if (Array.isArray(value)) return `[${value.map(describeValue).join(", ")}]`;
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${describeValue(field)}`);
  return `{${fields.join(", ")}}`;
}

function describeValidator(validator: ValidatorJSON): string {
  switch (validator.type) {
    case "number":
      return "v.float64()";
    case "bigint":
      return "v.int64()";
    case "literal":
      return `v.literal(${describeValue(jsonToConvex(validator.value))})`;
    case "id":
      return `v.id("${validator.tableName}")`;
    case "array":
      return `v.array(${describeValidator(validator.value)})`;
    case "record":
      return `v.record(${describeValidator(validator.keys)}, ${describeValidator(validator.values.fieldType)})`;
    case "union":
      return `v.union(${validator.value.map(describeValidator).join(", ")})`;
    case "object": {
      const fields = Object.entries(validator.value).map(([name, { fieldType, optional }]) => {
        const described = describeValidator(fieldType);
        return `${name}: ${optional ? `v.optional(${described})` : described}`;
      });
      return `v.object({${fields.join(", ")}})`;
    }
    default:
      return `v.${validator.type}()`;
  }
}
