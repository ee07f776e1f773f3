/** What a policy's buyer gets at several prices; what the chart draws, in figures. */
import { TOKEN_OF } from "../../domain/policies";
import { readableAmount } from "../amounts/typing";
import { type Column, DataTable } from "../ui/DataTable";
import { type PayoutAt, payoutAt, type Terms, tellingPrices } from "./value";
import { nearestUsd, readablePrice } from "./words";

type Row = PayoutAt & { name: string };

function columnsOf({ underlying }: Terms): Column<Row>[] {
  const token = TOKEN_OF[underlying];
  return [
    {
      key: "price",
      header: "Price",
      cell: ({ priceUsdMicros, name }) => (
        <>
          <span className="amount">{readablePrice(priceUsdMicros)}</span> <span className="meaning">{name}</span>
        </>
      ),
    },
    { key: "pays", header: `Pays, ${token}`, cell: ({ payout }) => readableAmount(payout, token), isFigure: true },
    { key: "worth", header: "Worth then", cell: ({ payoutUsdMicros }) => nearestUsd(payoutUsdMicros), isFigure: true },
    {
      key: "together",
      header: `With your ${underlying}`,
      cell: ({ togetherUsdMicros }) => nearestUsd(togetherUsdMicros),
      isFigure: true,
    },
    {
      key: "alone",
      header: "Without the policy",
      cell: ({ aloneUsdMicros }) => nearestUsd(aloneUsdMicros),
      isFigure: true,
    },
  ];
}

export function PayoutTable({ terms }: { terms: Terms }) {
  const title = `What you get, by the price of ${terms.underlying} when it is decided`;
  const rows = tellingPrices(terms).map(({ name, priceUsdMicros }) => ({ name, ...payoutAt(terms, priceUsdMicros) }));
  return (
    <div>
      <h3>{title}</h3>
      <DataTable caption={title} rows={rows} rowKey={({ name }) => name} columns={columnsOf(terms)} />
    </div>
  );
}
