/** Values as they are shown to whoever reads a failure. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${one}n` : one)) ?? "";
}
