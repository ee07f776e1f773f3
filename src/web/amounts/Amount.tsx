/** One amount, exact, in figures that line up. */
import type { Token } from "../../domain/tokens";
import { readableAmount } from "./typing";

export function Amount({ of, token, bare = false }: { of: bigint; token: Token; bare?: boolean }) {
  return (
    <span className="amount">
      {readableAmount(of, token)}
      {bare ? null : <span className="unit"> {token}</span>}
    </span>
  );
}
