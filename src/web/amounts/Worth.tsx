/** What an amount is worth now, by the price that all of the page shares. */
import type { Token } from "../../domain/tokens";
import { useTokenPrices } from "../prices/usePrices";
import { readableUsd, worthOf } from "./words";

export function Worth({ of, token }: { of: bigint; token: Token }) {
  const price = useTokenPrices()[token];
  return (
    <span className="worth" title={price === null ? "There is no good price now." : undefined}>
      {price === null ? "no price" : `≈ ${readableUsd(worthOf(of, token, price))}`}
    </span>
  );
}
