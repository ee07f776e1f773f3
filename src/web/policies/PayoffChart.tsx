/**
 * What a policy comes to by the price at which it is decided, its premium taken off: in dollars, or in the token. Recharts is
 * large, so this is only ever loaded when a chart is to be seen. The same figures stand in a table for whoever can't see it.
 */
import { useId, useState } from "react";
import {
  Area,
  CartesianGrid,
  ComposedChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { TOKEN_OF } from "../../domain/policies";
import { Segments } from "../ui/Segments";
import styles from "./policies.module.css";
import { type PayoffPoint, payoffPoints, type Terms } from "./value";
import { readablePrice } from "./words";

interface PayoffChartProps {
  terms: Terms;
  breakEvenUsdMicros: bigint;
  /** Null: none is known. */
  priceUsdMicros: bigint | null;
}

type Unit = "USD" | "token";

const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const EXACT = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });

const shownUsd = (value: number) => `${value < 0 ? "−" : ""}$${EXACT.format(Math.abs(value))}`;

interface TipProps {
  active?: boolean;
  payload?: readonly { payload?: PayoffPoint }[];
  token: string;
}

function Tip({ active, payload, token }: TipProps) {
  const point = payload?.[0]?.payload;
  if (!active || !point) return null;
  return (
    <div className="popover">
      <strong>At ${EXACT.format(point.price)}</strong>
      <div className="amount">{shownUsd(point.netUsd)}</div>
      <div className="amount">
        {EXACT.format(point.netToken)} {token}
      </div>
    </div>
  );
}

/** The prices that are marked, the highest first. */
function marksOf({ terms, breakEvenUsdMicros, priceUsdMicros }: PayoffChartProps) {
  const marks = [
    { name: "Strike", short: "strike", usdMicros: terms.strikeUsdMicros, note: "at or above it nothing is paid" },
    { name: "Break-even", short: "break-even", usdMicros: breakEvenUsdMicros, note: "it pays back its premium" },
    {
      name: "Floor price",
      short: "floor",
      usdMicros: terms.floorPriceUsdMicros,
      note: "below it no more tokens are paid",
    },
  ];
  if (priceUsdMicros !== null) marks.push({ name: "Price now", short: "now", usdMicros: priceUsdMicros, note: "" });
  return marks.sort((a, b) => (a.usdMicros < b.usdMicros ? 1 : -1));
}

export default function PayoffChart(props: PayoffChartProps) {
  const { terms } = props;
  const id = useId();
  const [unit, setUnit] = useState<Unit>("USD");
  const token = TOKEN_OF[terms.underlying];
  const points = payoffPoints(terms);
  const marks = marksOf(props);
  return (
    <figure className={styles.chart} aria-labelledby={id}>
      <div className={styles.chartHead}>
        <figcaption id={id}>
          <h3>What it comes to, less the premium</h3>
        </figcaption>
        <Segments<Unit>
          legend="Shown in"
          options={[
            { value: "USD", label: "USD" },
            { value: "token", label: token },
          ]}
          value={unit}
          onChange={setUnit}
        />
      </div>
      <ResponsiveContainer width="100%" height={240}>
        <ComposedChart data={points} margin={{ top: 22, right: 8, bottom: 0, left: 0 }} accessibilityLayer>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            type="number"
            dataKey="price"
            domain={["dataMin", "dataMax"]}
            tickFormatter={(price: number) => `$${COMPACT.format(price)}`}
            stroke="var(--muted)"
            fontSize={12}
            tickCount={6}
          />
          <YAxis
            width={58}
            tickFormatter={(value: number) => (unit === "USD" ? `$${COMPACT.format(value)}` : COMPACT.format(value))}
            stroke="var(--muted)"
            fontSize={12}
          />
          <Tooltip content={<Tip token={token} />} isAnimationActive={false} />
          <ReferenceLine y={0} stroke="var(--muted)" />
          {marks.map(({ short, usdMicros }) => (
            <ReferenceLine
              key={short}
              x={Number(usdMicros) / 1e6}
              stroke={short === "now" ? "var(--ink)" : "var(--muted)"}
              strokeDasharray={short === "now" ? undefined : "3 4"}
              // Strike and break-even lie close together: one has its name above the line, the other at its foot.
              label={{
                value: short,
                position: short === "break-even" ? "insideBottomRight" : "top",
                fontSize: 11,
                fill: "var(--muted)",
              }}
            />
          ))}
          <Area
            type="linear"
            dataKey={unit === "USD" ? "netUsd" : "netToken"}
            stroke="var(--green)"
            strokeWidth={2}
            fill="var(--green-wash)"
            fillOpacity={0.7}
            isAnimationActive={false}
          />
        </ComposedChart>
      </ResponsiveContainer>
      <ul className={styles.marks} aria-label="Marked prices">
        {marks.map(({ name, usdMicros, note }) => (
          <li key={name}>
            <b>{name}</b> {readablePrice(usdMicros)}
            {note && `: ${note}`}
          </li>
        ))}
      </ul>
    </figure>
  );
}
