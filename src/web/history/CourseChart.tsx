/**
 * The course of one's money as a drawing. Recharts is large, so this is only ever loaded when a chart is to be seen; the same
 * figures stand in a table beside it, exact.
 */
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceDot,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { readableTime } from "../amounts/words";
import type { Measure, Unit } from "./chartWords";
import { gainWords, readableIn, toNumber } from "./chartWords";
import type { Point, Span } from "./series";

interface CourseChartProps {
  points: Point[];
  span: Span;
  unit: Unit;
  measure: Measure;
}

interface Drawn {
  at: number;
  value: number;
  put: number;
  point: Point;
}

const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const HOUR = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
/** A longer span is told by days. */
const LONG_MS = 2 * 86_400_000;

interface TipProps {
  active?: boolean;
  payload?: readonly { payload?: Drawn }[];
  unit: Unit;
  measure: Measure;
}

function Tip({ active, payload, unit, measure }: TipProps) {
  const point = payload?.[0]?.payload?.point;
  if (!active || !point) return null;
  const { at, value, earned, flow } = point;
  return (
    <div className="popover">
      <strong>{readableTime(at)}</strong>
      <div className="amount">
        {measure === "Yield" ? `Earned ${readableIn(earned, unit)}` : readableIn(value, unit)}
      </div>
      {measure === "Value" && <div className="amount">{gainWords(point, unit)}</div>}
      {flow !== 0n && (
        <div className="amount">
          {flow > 0n ? "▲ deposited " : "▼ withdrawn "}
          {readableIn(flow > 0n ? flow : -flow, unit)}
        </div>
      )}
    </div>
  );
}

export default function CourseChart({ points, span, unit, measure }: CourseChartProps) {
  const isYield = measure === "Yield";
  const drawn = points.map((point): Drawn => {
    const value = toNumber(isYield ? point.earned : point.value, unit);
    return { at: point.at, value, put: toNumber(point.put, unit), point };
  });
  return (
    <ResponsiveContainer width="100%" height={280}>
      <ComposedChart data={drawn} margin={{ top: 20, right: 12, bottom: 0, left: 0 }} accessibilityLayer>
        <CartesianGrid stroke="var(--chart-grid)" vertical={false} />
        <XAxis
          type="number"
          dataKey="at"
          domain={[span.from, span.to]}
          tickFormatter={(at: number) => (span.to - span.from > LONG_MS ? DAY : HOUR).format(at)}
          stroke="var(--chart-axis)"
          fontSize={12}
          tickCount={6}
        />
        <YAxis
          width={60}
          tickFormatter={(value: number) => `${unit === "USD" ? "$" : ""}${COMPACT.format(value)}`}
          stroke="var(--chart-axis)"
          fontSize={12}
        />
        <Tooltip content={<Tip unit={unit} measure={measure} />} isAnimationActive={false} />
        <Area
          dataKey="value"
          // What is known of a moment stands until the next: a slope up to a deposit would look like a gain before it.
          type="stepAfter"
          stroke="var(--chart-1)"
          strokeWidth={2}
          fill="var(--green-wash)"
          isAnimationActive={false}
        />
        {!isYield && (
          <Line
            dataKey="put"
            type="stepAfter"
            stroke="var(--chart-2)"
            strokeWidth={2}
            strokeDasharray="5 4"
            dot={false}
            activeDot={false}
            isAnimationActive={false}
          />
        )}
        {!isYield &&
          drawn
            .filter(({ point }) => point.flow !== 0n)
            .map(({ at, value, point }) => (
              <ReferenceDot
                key={at}
                x={at}
                y={value}
                r={4}
                fill="var(--surface)"
                stroke="var(--chart-2)"
                strokeWidth={2}
                label={{ value: point.flow > 0n ? "▲" : "▼", position: "top", fontSize: 12, fill: "var(--chart-2)" }}
              />
            ))}
      </ComposedChart>
    </ResponsiveContainer>
  );
}
