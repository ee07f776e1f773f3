/** Strikes in figures that people would type: whole dollars for a bitcoin, hundredths of a cent for an STX. */
import { formatAmount } from "../../domain/tokens";

/** Micro-dollars. */
function stepOf(usdMicros: bigint): bigint {
  if (usdMicros >= 1_000_000_000n) return 1_000_000n;
  return usdMicros >= 10_000_000n ? 10_000n : 100n;
}

const down = (usdMicros: bigint, step: bigint) => usdMicros - (usdMicros % step);

/** A part of the price, to fill in; rounded down, as a strike may not be too high. */
export function strikeAt(priceUsdMicros: bigint, percent: bigint): string {
  const exact = (priceUsdMicros * percent) / 100n;
  return formatAmount(down(exact, stepOf(exact)), "STX");
}

/** A tier's bounds, each rounded to its inside. */
export function roundStrikes({ min, max }: { min: bigint; max: bigint }): { least: bigint; most: bigint } {
  const [low, high] = [stepOf(min), stepOf(max)];
  return { least: down(min + low - 1n, low), most: down(max, high) };
}
