/**
 * Checks values against validators in the JSON form in which Convex exports them (`exportArgs`, `exportReturns`,
 * `schema.export()`). Messages are in Convex's words, but show the value and the validator as JSON.
 */
import { convexToJson, jsonToConvex, type ObjectFieldType, type ValidatorJSON, type Value } from "convex/values";

/** The name of the table that an id belongs to, or null where the text is no id of this component. */
export type TableOfId = (id: string) => string | null;

/** Values come from callers, and may be megabytes. */
const MAX_DESCRIPTION = 2_000;

/** A value that does not fit; `place` is empty at the root, else `.field[3]`. */
interface Mismatch {
  message: string;
  place: string;
  value: Value;
  validator: ValidatorJSON;
}

/** The first mismatch as a readable text, or null where the value fits. */
export function mismatchOf(validator: ValidatorJSON, value: Value, tableOfId: TableOfId): string | null {
  const mismatch = check(validator, value, "", tableOfId);
  if (mismatch === null) return null;
  const { message, place, value: found, validator: expected } = mismatch;
  const path = place === "" ? "" : `\nPath: ${place}`;
  const label = isObject(found) && expected.type === "object" ? "Object" : "Value";
  const shown = (json: unknown) => {
    const text = JSON.stringify(json);
    return text.length > MAX_DESCRIPTION ? `${text.slice(0, MAX_DESCRIPTION)}…` : text;
  };
  return `${message}${path}\n${label}: ${shown(convexToJson(found))}\nValidator: ${shown(expected)}`;
}

function check(validator: ValidatorJSON, value: Value, place: string, tableOfId: TableOfId): Mismatch | null {
  const mismatch = { message: "Value does not match validator.", place, value, validator };
  switch (validator.type) {
    case "id": {
      const table = typeof value === "string" ? tableOfId(value) : null;
      if (table === null) return mismatch;
      if (table === validator.tableName) return null;
      const expected = `\`v.id("${validator.tableName}")\``;
      const message = `Found ID "${value}" from table \`${table}\`, which does not match the table name in validator ${expected}.`;
      return { ...mismatch, message };
    }
    case "array": {
      if (!Array.isArray(value)) return mismatch;
      return firstOf(value, (element, i) => check(validator.value, element, `${place}[${i}]`, tableOfId));
    }
    case "record": {
      if (!isObject(value)) return mismatch;
      return firstOf(Object.entries(value), ([name, field]) => {
        if (field === undefined) return null;
        const inside = `${place}.${name}`;
        const { fieldType } = validator.values;
        return check(validator.keys, name, inside, tableOfId) ?? check(fieldType, field, inside, tableOfId);
      });
    }
    case "union":
      return validator.value.some((member) => check(member, value, place, tableOfId) === null) ? null : mismatch;
    case "object":
      return isObject(value) ? checkFields(validator, value, place, tableOfId) : mismatch;
    default:
      return matches(validator, value) ? null : mismatch;
  }
}

/** For the types that have no parts and need no table. */
function matches(validator: ValidatorJSON, value: Value): boolean {
  switch (validator.type) {
    case "any":
      return true;
    case "null":
      return value === null;
    case "commitTs":
      return typeof value === "bigint";
    case "bytes":
      return value instanceof ArrayBuffer;
    case "literal":
      return value === jsonToConvex(validator.value);
    default:
      return typeof value === validator.type;
  }
}

function checkFields(
  validator: ValidatorJSON & { type: "object" },
  value: Record<string, Value | undefined>,
  place: string,
  tableOfId: TableOfId,
): Mismatch | null {
  const fields: Record<string, ObjectFieldType> = validator.value;
  for (const [name, { fieldType, optional }] of Object.entries(fields)) {
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (field !== undefined) {
      const mismatch = check(fieldType, field, `${place}.${name}`, tableOfId);
      if (mismatch !== null) return mismatch;
    } else if (!optional) {
      const message = `Object is missing the required field \`${name}\`. Consider wrapping the field validator in \`v.optional(...)\` if this is expected.`;
      return { message, place, value, validator };
    }
  }
  const extra = Object.keys(value).find((name) => value[name] !== undefined && !Object.hasOwn(fields, name));
  if (extra === undefined) return null;
  return { message: `Object contains extra field \`${extra}\` that is not in the validator.`, place, value, validator };
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
