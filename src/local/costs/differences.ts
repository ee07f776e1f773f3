/** What has changed since the baseline. An improvement counts too, or the next loss would hide behind it. */
import type { Measured } from "./measure";

const RUNTIME_TOLERANCE_PERCENT = 2;

const nameOf = ({ call, token }: Measured) => (token ? `${call} ${token}` : call);

function changed(key: "runtime" | "reads" | "writes", before: number, now: number): boolean {
  if (key !== "runtime") return before !== now;
  return Math.abs(now - before) * 100 > before * RUNTIME_TOLERANCE_PERCENT;
}

function changesOf(before: Measured, now: Measured): string[] {
  return (["runtime", "reads", "writes"] as const)
    .filter((key) => changed(key, before[key], now[key]))
    .map((key) => `${nameOf(now)}: ${key} ${now[key]}, not ${before[key]}`);
}

/** One line for each: reads and writes are compared exactly, runtime within 2%, lengths not at all. */
export function differences(baseline: Measured[], measured: Measured[]): string[] {
  const gone = new Map(baseline.map((row) => [nameOf(row), row]));
  const lines = measured.flatMap((row) => {
    const before = gone.get(nameOf(row));
    gone.delete(nameOf(row));
    return before ? changesOf(before, row) : [`${nameOf(row)}: not in the baseline`];
  });
  return [...lines, ...[...gone.keys()].map((name) => `${name}: not measured any more`)];
}
