/**
 * What `ctx.db.query(...)` sends, as ranges of index keys and predicates on documents: the meaning of every index
 * operator and of `.filter()`. Nothing here reads the store.
 */
import { compareValues, type JSONValue, jsonToConvex, type Value } from "convex/values";
import type { IndexInfo } from "./indexes";
import { afterPrefix, compareKeys, encodeKey, fieldOf, type KeyRange, type Order } from "./keys";

interface Bound {
  type: "Eq" | "Gt" | "Gte" | "Lt" | "Lte";
  fieldPath: string;
  value: JSONValue;
}

/** A query as the official package serialises it. */
export interface SerializedQuery {
  source: { type: string; tableName?: string; indexName?: string; range?: Bound[]; order: Order | null };
  operators: ({ filter: JSONValue } | { limit: number })[];
}

/** The keys of an index that satisfy the bounds: equalities on its first fields, then at most one range on the next. */
export function keyRange(index: IndexInfo, bounds: Bound[]): KeyRange {
  const refuse = (problem: string): never => {
    const name = `${index.table.name}.${index.name} (${index.fields.join(", ")})`;
    throw new Error(`Invalid range on index ${name}: ${problem}`);
  };
  const prefix: (Value | undefined)[] = [];
  let low: Uint8Array | null = null;
  let high: Uint8Array | null = null;
  for (const { type, fieldPath, value } of bounds) {
    const expected = index.fields[prefix.length];
    if (fieldPath !== expected) {
      refuse(`fields must be used in the index's order, so "${expected ?? "none"}" instead of "${fieldPath}"`);
    }
    const literal = literalOf(value);
    const key = encodeKey([...prefix, literal]);
    if (type === "Eq") {
      if (low !== null || high !== null) refuse(`"${fieldPath}" has a bound and an equality`);
      prefix.push(literal);
    } else if (type === "Gt" || type === "Gte") {
      if (low !== null) refuse(`"${fieldPath}" has two lower bounds`);
      low = type === "Gt" ? afterPrefix(key) : key;
    } else {
      if (high !== null) refuse(`"${fieldPath}" has two upper bounds`);
      high = type === "Lte" ? afterPrefix(key) : key;
    }
  }
  const common = encodeKey(prefix);
  return nonNegative({ low: low ?? common, high: high ?? afterPrefix(common) });
}

/** A lower bound above the upper one holds nothing. */
export function nonNegative({ low, high }: KeyRange): KeyRange {
  return compareKeys(low, high) > 0 ? { low, high: low } : { low, high };
}

/** `undefined` travels as its own object, because JSON has none. */
function literalOf(value: JSONValue): Value | undefined {
  const isUndefined = typeof value === "object" && value !== null && "$undefined" in value;
  return isUndefined ? undefined : jsonToConvex(value);
}

/** Whether a document in its JSON encoding passes a serialised filter. */
export function passes(filter: JSONValue, document: JSONValue): boolean {
  const value = evaluate(filter, document);
  if (typeof value !== "boolean") throw new Error("The expression of `.filter()` must be a boolean.");
  return value;
}

const COMPARISONS: Record<string, (order: number) => boolean> = {
  $eq: (order) => order === 0,
  $neq: (order) => order !== 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
};

/** JavaScript's operators mean the same on floats as on integers; `evaluate` makes sure that the operands match. */
const ARITHMETIC: Record<string, (a: number, b: number) => number> = {
  $add: (a, b) => a + b,
  $sub: (a, b) => a - b,
  $mul: (a, b) => a * b,
  $div: (a, b) => a / b,
  $mod: (a, b) => a % b,
  $neg: (a) => -a,
};

/** An expression is an object with one key, its operator. */
function evaluate(expression: JSONValue, document: JSONValue): Value | undefined {
  const [operator, operand] = Object.entries(expression as Record<string, JSONValue>)[0] as [string, JSONValue];
  if (operator === "$field") return fieldOf(document, operand as string);
  if (operator === "$literal") return literalOf(operand);
  const operands = [operand].flat() as JSONValue[];
  // Lazily, because a later part may only make sense where an earlier one holds.
  if (operator === "$and") return operands.every((part) => passes(part, document));
  if (operator === "$or") return operands.some((part) => passes(part, document));
  if (operator === "$not") return !passes(operand, document);
  const values = operands.map((part) => evaluate(part, document));
  const [compare, calculate] = [COMPARISONS[operator], ARITHMETIC[operator]];
  if (compare !== undefined) return compare(compareValues(values[0], values[1]));
  if (calculate === undefined) throw new Error(`Unknown operator ${operator} in \`.filter()\`.`);
  const types = new Set(values.map((value) => typeof value));
  if (types.size !== 1 || !(types.has("number") || types.has("bigint"))) {
    throw new Error("The operands of arithmetic in `.filter()` must be floats only or integers only.");
  }
  const result: Value = calculate(values[0] as number, values[1] as number);
  if (typeof result !== "bigint" || BigInt.asIntN(64, result) === result) return result;
  throw new Error("The result of arithmetic in `.filter()` is out of range for Int64.");
}
