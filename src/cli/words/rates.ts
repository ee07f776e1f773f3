/** Rates, which are whole millionths everywhere, as percent. */

/** "57.25%": to a hundredth of a percent, rounded down. */
export function showRate(millionths: number): string {
  return `${Math.floor(millionths / 100) / 100}%`;
}
