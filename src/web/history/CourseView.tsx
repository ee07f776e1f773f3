/** How one's money went: drawn, as the sums that lead from the first figure to the last, and as a table. */
import { lazy, Suspense } from "react";
import { Link } from "wouter";
import type { Course } from "../../domain/courses";
import type { PastPrice } from "../../domain/priceHistory";
import { TOKENS, type Token } from "../../domain/tokens";
import { readableTime } from "../amounts/words";
import { Card } from "../ui/Card";
import { DataTable } from "../ui/DataTable";
import { Empty } from "../ui/Empty";
import { Explained } from "../ui/Explained";
import { Placeholder } from "../ui/Live";
import { Segments } from "../ui/Segments";
import { gainWords, MEASURES, type Measure, RANGES, type Range, readableIn, sumRows, type Unit } from "./chartWords";
import styles from "./history.module.css";
import { inDollars, inTokens, type Point, type Series, type Span, seriesOf } from "./series";

const CourseChart = lazy(() => import("./CourseChart"));

export interface Choice {
  range: Range;
  measure: Measure;
  counted: "USD" | "Tokens";
  token: Token | "All";
}

/** What is known of the period. */
export interface Known {
  span: Span;
  courses: Course[];
  prices: Record<Token, PastPrice[]>;
}

/** While nothing was there, nothing is drawn: a history begins a little before its first step. */
export function trimmed({ from, to }: Span, courses: Course[]): Span {
  const first = Math.min(...courses.flatMap(({ steps }) => steps.map(({ at }) => at)));
  if (courses.some(({ opening }) => opening !== 0n) || first === Number.POSITIVE_INFINITY) return { from, to };
  return { from: Math.max(from, first - Math.max(60_000, Math.round((to - first) / 20))), to };
}

interface PanelProps {
  series: Series;
  span: Span;
  unit: Unit;
  measure: Measure;
}

function Figures({ points, unit }: { points: Point[]; unit: Unit }) {
  const figure = (of: (point: Point) => bigint) => (point: Point) => readableIn(of(point), unit);
  return (
    <details className={styles.table}>
      <summary>The same as a table</summary>
      <DataTable
        caption={`How your money went, in ${unit}`}
        rows={points.toReversed()}
        rowKey={({ at }) => String(at)}
        columns={[
          { key: "time", header: "Time", cell: ({ at }) => readableTime(at) },
          { key: "value", header: "Value", isFigure: true, cell: figure(({ value }) => value) },
          { key: "gain", header: "Against what was put in", isFigure: true, cell: (point) => gainWords(point, unit) },
          { key: "earned", header: "Earned so far", isFigure: true, cell: figure(({ earned }) => earned) },
          { key: "flow", header: "Put in or taken out", isFigure: true, cell: figure(({ flow }) => flow) },
        ]}
      />
    </details>
  );
}

function Panel({ series, span, unit, measure }: PanelProps) {
  const { points, sums } = series;
  const begins = points[0]?.at ?? span.from;
  return (
    <div>
      <figure className={styles.chart} aria-label={`${measure} in ${unit}`}>
        <Suspense fallback={<Placeholder what="the chart" />}>
          <CourseChart points={points} span={span} unit={unit} measure={measure} />
        </Suspense>
        {measure === "Value" && (
          <figcaption className={styles.legend}>
            <span className={styles.valueKey}>what you have</span>
            <span className={styles.putKey}>what you have put in: above it is gain, below it loss</span>
            <span>▲ deposit, ▼ withdrawal</span>
          </figcaption>
        )}
      </figure>
      {begins > span.from && (
        <p className="hint">
          No price is kept from before {readableTime(begins)}: what was earlier can be seen in tokens.
        </p>
      )}
      <dl className={styles.sums}>
        {sumRows(sums, unit).map(({ name, figure, meaning }) => (
          <div key={name}>
            <dt title={meaning}>{name}</dt>
            <dd>{figure}</dd>
          </div>
        ))}
      </dl>
      <Figures points={points} unit={unit} />
    </div>
  );
}

function Panels({ known, choice }: { known: Known; choice: Choice }) {
  const { token, counted, measure } = choice;
  const chosen = known.courses.filter((course) => token === "All" || course.token === token);
  const own = chosen.filter(({ opening, steps }) => opening !== 0n || steps.length > 0);
  if (own.length === 0)
    return (
      <Empty action={<Link href="/deposit">Deposit</Link>}>
        There is nothing to draw yet: in this time you had no {token === "All" ? "capital" : token} here.
      </Empty>
    );
  const span = trimmed(known.span, own);
  if (counted === "Tokens")
    return own.map((course) => {
      const series = seriesOf([course], span, [], inTokens);
      return series && <Panel key={course.token} unit={course.token} {...{ series, span, measure }} />;
    });
  const ticks = own.flatMap((course) => known.prices[course.token].map(({ atMs }) => atMs));
  const series = seriesOf(own, span, ticks, inDollars(known.prices));
  if (series) return <Panel unit="USD" {...{ series, span, measure }} />;
  return <Empty>No price of this time is known, so there is no value in dollars. It can be seen in tokens.</Empty>;
}

interface CourseViewProps {
  choice: Choice;
  onChoice(choice: Choice): void;
  /** Null: it is being read. */
  known: Known | null;
}

export function CourseView({ choice, onChoice, known }: CourseViewProps) {
  const { range, measure, counted, token } = choice;
  return (
    <Card
      title="Value and yield"
      aside={
        <Explained what="this chart">
          All that is yours in the vault, in every tier and in suspense, with what you have earned. A deposit raises
          what you have put in too, so it never looks like a gain. Only what is final counts. Prices are kept by five
          minutes for two hours, by hours for a day and by days for a month: each stands until the next.
        </Explained>
      }
    >
      <div className={styles.filters}>
        <Segments
          legend="Time"
          options={RANGES}
          value={range}
          onChange={(next) => onChoice({ ...choice, range: next })}
        />
        <Segments
          legend="Shown"
          options={MEASURES}
          value={measure}
          onChange={(next) => onChoice({ ...choice, measure: next })}
        />
        <Segments
          legend="Counted in"
          options={["USD", "Tokens"] as const}
          value={counted}
          onChange={(next) => onChoice({ ...choice, counted: next })}
        />
        <Segments
          legend="Of"
          options={["All", ...TOKENS] as const}
          value={token}
          onChange={(next) => onChoice({ ...choice, token: next })}
        />
      </div>
      {known ? <Panels known={known} choice={choice} /> : <Placeholder what="how your money went" />}
    </Card>
  );
}
