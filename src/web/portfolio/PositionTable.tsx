/** The figures of all positions, one below the other. */
import { useMemo } from "react";
import { Amount } from "../amounts/Amount";
import { readableUsd, worthOf } from "../amounts/words";
import { type Column, DataTable } from "../ui/DataTable";
import { type Position, positionName } from "./portfolioData";
import type { Pocket, TokenStandings } from "./sums";

const pocket = (header: string, key: Pocket): Column<Position> => ({
  key,
  header,
  isFigure: true,
  cell: (position) => <Amount of={position[key]} token={position.token} bare />,
});

function dollars({ total, token }: Position, standings: TokenStandings): bigint | null {
  const standing = standings[token];
  return standing.kind === "none" ? null : worthOf(total, token, standing.priceUsdMicros);
}

function columns(standings: TokenStandings): Column<Position>[] {
  return [
    { key: "position", header: "Position", cell: positionName, sortBy: positionName },
    pocket("Total", "total"),
    pocket("Available", "available"),
    pocket("Reserved", "reserved"),
    pocket("Locked", "locked"),
    pocket("Yield", "accruedYield"),
    {
      key: "worth",
      header: "Worth",
      isFigure: true,
      cell: (position) => {
        const worth = dollars(position, standings);
        return <span className="amount">{worth === null ? "no price" : readableUsd(worth)}</span>;
      },
      sortBy: (position) => dollars(position, standings) ?? 0n,
    },
  ];
}

export function PositionTable({ positions, standings }: { positions: Position[]; standings: TokenStandings }) {
  const shown = useMemo(() => columns(standings), [standings]);
  return <DataTable caption="Positions" rows={positions} rowKey={positionName} columns={shown} />;
}
