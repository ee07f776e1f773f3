/** Reads JSON that strangers send. */

/** Convex's own values are nested at most 64 deep; what is far deeper overflows the stack of whoever walks through it. */
const MAX_DEPTH = 128;

/** @throws a sentence about what is wrong with the text */
export function parseJson(text: string): unknown {
  const json: unknown = JSON.parse(text);
  if (isDeeper(json, MAX_DEPTH)) throw new Error(`it is nested deeper than ${MAX_DEPTH} levels`);
  return json;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}
