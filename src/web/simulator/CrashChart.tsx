/** What is left over the whole way down, beside what holding would have left. Behind `lazy`: the charts are large. */
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { formatAmount, type Token } from "../../domain/tokens";
import { readablePercent, worthOf } from "../amounts/words";
import type { CrashPoint } from "./crash";
import { fallTo } from "./crash";
import type { Moment } from "./words";

export type ChartUnit = "USD" | "token";

export interface CrashChartProps {
  points: CrashPoint[];
  capital: bigint;
  token: Token;
  priceUsdMicros: bigint;
  unit: ChartUnit;
  /** Where the slider stands, millionths. */
  fall: number;
  moments: Moment[];
}

interface Drawn {
  fall: number;
  left: number;
  paid: number;
  held: number;
}

/** Numbers for drawing alone: nothing is reckoned with them. */
function drawn({ points, capital, token, priceUsdMicros, unit }: CrashChartProps): Drawn[] {
  return points.map((point) => {
    const number = (amount: bigint) =>
      unit === "token"
        ? Number(formatAmount(amount, token))
        : Number(worthOf(amount, token, point.priceUsdMicros)) / 1_000_000;
    const fall = fallTo(priceUsdMicros, point.priceUsdMicros);
    return { fall, left: number(point.left), paid: number(point.paid), held: number(capital) };
  });
}

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });
const long = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export default function CrashChart(props: CrashChartProps) {
  const { unit, token, fall, moments } = props;
  const shown = (value: unknown) => (unit === "USD" ? `$${long.format(Number(value))}` : `${value} ${token}`);
  const states = moments.filter(({ name }) => ["Warning", "Margin call", "Liquidating"].includes(name));
  return (
    <ResponsiveContainer width="100%" height={300}>
      <ComposedChart data={drawn(props)} margin={{ top: 44, right: 12, bottom: 4, left: 4 }} accessibilityLayer={false}>
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis
          dataKey="fall"
          type="number"
          domain={[0, 700_000]}
          ticks={[0, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000]}
          tickFormatter={(value: number) => (value === 0 ? "now" : `−${readablePercent(value)}`)}
          stroke="var(--muted)"
          fontSize={12}
        />
        <YAxis
          tickFormatter={(value: number) => short.format(value)}
          stroke="var(--muted)"
          fontSize={12}
          width={52}
          domain={[0, "auto"]}
        />
        <Tooltip
          formatter={(value, name) => [shown(value), name]}
          labelFormatter={(value) => `Fallen by ${readablePercent(Number(value))}`}
          contentStyle={{ background: "var(--surface)", border: "1px solid var(--line)", borderRadius: 8 }}
        />
        {states.map(({ name, fall: at }, n) => (
          <ReferenceLine
            key={name}
            x={at}
            stroke="var(--amber)"
            strokeDasharray="2 4"
            label={{
              value: name,
              position: "top",
              dy: -12 * (states.length - 1 - n),
              fontSize: 11,
              fill: "var(--muted)",
            }}
          />
        ))}
        <ReferenceLine x={fall} stroke="var(--ink)" />
        {unit === "token" && (
          <Area
            dataKey="paid"
            name="Paid out"
            stroke="var(--chart-2)"
            fill="var(--chart-2)"
            fillOpacity={0.15}
            isAnimationActive={false}
          />
        )}
        <Line
          dataKey="held"
          name="Just held"
          stroke="var(--muted)"
          strokeDasharray="6 4"
          dot={false}
          isAnimationActive={false}
        />
        <Line
          dataKey="left"
          name="In the tier"
          stroke="var(--chart-1)"
          strokeWidth={2.5}
          dot={false}
          isAnimationActive={false}
        />
      </ComposedChart>
    </ResponsiveContainer>
  );
}
