/** The simulator itself: how much is at work, how far the price falls, and what that leaves. */
import { lazy, type ReactNode, Suspense, useId, useMemo, useState } from "react";
import type { Token } from "../../domain/tokens";
import { Amount } from "../amounts/Amount";
import { readableAmount } from "../amounts/typing";
import { readablePercent, readableUsd, worthOf } from "../amounts/words";
import type { TierView } from "../tiers/useTiers";
import { Badge } from "../ui/Badge";
import { type Column, DataTable } from "../ui/DataTable";
import { Placeholder } from "../ui/Live";
import { Segments } from "../ui/Segments";
import type { ChartUnit } from "./CrashChart";
import { type CrashPoint, crashAt, fallenBy, fallTo, type Worked, worked } from "./crash";
import styles from "./simulator.module.css";
import { assumptionsOf, MARCH_2020, type Moment, momentsOf, STATUS_WORDS } from "./words";

const CrashChart = lazy(() => import("./CrashChart"));

const PERCENT = 10_000;
const FURTHEST = 70;
const TONES = { Healthy: "good", Warning: "warning", MarginCall: "danger", Liquidating: "danger" } as const;

interface SliderProps {
  label: string;
  /** Percent. */
  value: number;
  min: number;
  max: number;
  shown: string;
  onValue(value: number): void;
}

function Slider({ label, value, min, max, shown, onValue }: SliderProps) {
  const id = useId();
  return (
    <div className={styles.slider}>
      <label htmlFor={id}>{label}</label>
      <output htmlFor={id}>{shown}</output>
      <input
        id={id}
        type="range"
        {...{ min, max, value }}
        aria-valuetext={shown}
        onChange={(event) => onValue(Number(event.target.value))}
      />
    </div>
  );
}

interface OutcomeProps {
  point: CrashPoint;
  capital: bigint;
  token: Token;
}

function Figure({ name, amount, price, token }: { name: string; amount: bigint; price: bigint; token: Token }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Amount of={amount} token={token} />
        <span className="worth">{readableUsd(worthOf(amount, token, price))}</span>
      </dd>
    </div>
  );
}

function compared({ point, capital, token }: OutcomeProps): string {
  const more = point.left - capital;
  const much = (amount: bigint) =>
    `${readableAmount(amount, token)} ${token} (${readableUsd(worthOf(amount, token, point.priceUsdMicros))})`;
  if (more >= 0n) return `${much(more)} more than by just holding.`;
  return `${much(-more)} less than by just holding.`;
}

function Outcome({ point, capital, token }: OutcomeProps) {
  const { priceUsdMicros: price, status, beyond, leftIfTakenOver } = point;
  return (
    <div className={styles.outcome} aria-live="polite">
      <p>
        At {readableUsd(price)} the position is <Badge tone={TONES[status]}>{STATUS_WORDS[status]}</Badge>
      </p>
      <dl>
        <Figure name="Locked" amount={point.locked} price={price} token={token} />
        <Figure name="Paid out" amount={point.paid} price={price} token={token} />
        <Figure name="Premium earned" amount={point.earned} price={price} token={token} />
        <Figure name="Left" amount={point.left} price={price} token={token} />
      </dl>
      <p className={styles.verdict}>{compared({ point, capital, token })}</p>
      {beyond > 0n && (
        <p className="hint">
          All of the capital is gone, and {readableAmount(beyond, token)} {token} more is owed: that is never yours to
          pay.
        </p>
      )}
      {status === "Liquidating" && (
        <p className="hint">
          {leftIfTakenOver === null
            ? "Nobody takes over what can't be paid: the policy stays with this position."
            : `Before it is exercised others may take it over. Then ${readableAmount(leftIfTakenOver, token)} ${token} is left, its time value and a penalty paid.`}
        </p>
      )}
    </div>
  );
}

function columnsOf({ token, start, capital }: { token: Token; start: bigint; capital: bigint }): Column<CrashPoint>[] {
  const figure = (key: string, header: string, cell: (point: CrashPoint) => ReactNode): Column<CrashPoint> => ({
    ...{ key, header, cell },
    isFigure: true,
  });
  const usd = (amount: bigint, { priceUsdMicros }: CrashPoint) => readableUsd(worthOf(amount, token, priceUsdMicros));
  return [
    {
      key: "fall",
      header: "Fall",
      cell: ({ priceUsdMicros: price }) => (price === start ? "none" : `−${readablePercent(fallTo(start, price))}`),
    },
    figure("price", "Price", ({ priceUsdMicros }) => readableUsd(priceUsdMicros)),
    { key: "status", header: "State", cell: ({ status }) => STATUS_WORDS[status] },
    figure("locked", `Locked, ${token}`, ({ locked }) => readableAmount(locked, token)),
    figure("paid", `Paid out, ${token}`, ({ paid }) => readableAmount(paid, token)),
    figure("left", `Left, ${token}`, ({ left }) => readableAmount(left, token)),
    figure("worth", "Worth", (point) => usd(point.left, point)),
    figure("held", "Just held", (point) => usd(capital, point)),
  ];
}

function Moments({ moments, onFall }: { moments: Moment[]; onFall(percent: number): void }) {
  return (
    <ul className={styles.moments} aria-label="What comes at which price">
      {moments.map(({ name, meaning, priceUsdMicros, fall }) => (
        <li key={name}>
          <button type="button" className="quiet" onClick={() => onFall(Math.min(FURTHEST, Math.ceil(fall / PERCENT)))}>
            {name}
          </button>
          <span className={styles.at}>
            {readableUsd(priceUsdMicros)} {fall > 0 && `(−${readablePercent(fall)})`}
          </span>
          <span className="hint">{meaning}</span>
        </li>
      ))}
    </ul>
  );
}

const wayDown = (position: Worked, falls: number[]): CrashPoint[] => {
  const { priceUsdMicros } = position.assumed;
  return falls.map((percent) => crashAt(position, fallenBy(priceUsdMicros, percent * PERCENT)));
};
const EACH_PERCENT = Array.from({ length: FURTHEST + 1 }, (_, n) => n);
const ROWS = [0, 10, 20, 30, 37, 50, 60, 70];

export interface CrashPanelProps {
  view: TierView;
  capital: bigint;
  /** Of the token now, or the last that is known. */
  priceUsdMicros: bigint;
}

export function CrashPanel({ view, capital, priceUsdMicros }: CrashPanelProps) {
  const { token, tier, rules } = view;
  const most = Math.floor(rules.maxUtilization / PERCENT);
  const least = Math.min(most, Math.floor(view.utilization / PERCENT));
  const [wanted, setWork] = useState(most);
  const [percent, setPercent] = useState(MARCH_2020 / PERCENT);
  const [unit, setUnit] = useState<ChartUnit>("USD");
  const work = Math.min(most, Math.max(least, wanted));
  const position = useMemo(
    () => worked({ token, tier, rules, capital, priceUsdMicros, utilization: work * PERCENT }),
    [token, tier, rules, capital, priceUsdMicros, work],
  );
  const points = useMemo(() => wayDown(position, EACH_PERCENT), [position]);
  const point = points[percent] as CrashPoint;
  const moments = momentsOf(position);
  return (
    <div className={styles.simulator}>
      <div className={styles.controls}>
        <Slider
          label="Capital at work"
          value={work}
          min={least}
          max={most}
          shown={work === most ? `${work}%, the most` : `${work}%`}
          onValue={setWork}
        />
        <Slider
          label="The price falls by"
          value={percent}
          min={0}
          max={FURTHEST}
          shown={`${percent}%, to ${readableUsd(point.priceUsdMicros)}`}
          onValue={setPercent}
        />
        <Outcome point={point} capital={capital} token={token} />
      </div>
      <div className={styles.way}>
        <Segments<ChartUnit>
          legend="Drawn in"
          options={[
            { value: "USD", label: "USD" },
            { value: "token", label: token },
          ]}
          value={unit}
          onChange={setUnit}
        />
        <div aria-hidden>
          <Suspense fallback={<Placeholder what="the chart" />}>
            <CrashChart {...{ points, capital, token, priceUsdMicros, unit, moments }} fall={percent * PERCENT} />
          </Suspense>
        </div>
        <p className="hint">
          Solid: what is left in the tier. Dashed: just held.{unit === "token" && " Shaded: paid out."}
        </p>
        <Moments moments={moments} onFall={setPercent} />
      </div>
      <details className={styles.more}>
        <summary>The way down in figures</summary>
        <DataTable
          caption={`What a fall of the price leaves of ${readableAmount(capital, token)} ${token} in ${tier}`}
          rows={wayDown(position, ROWS)}
          rowKey={({ priceUsdMicros: price }) => String(price)}
          columns={columnsOf({ token, start: priceUsdMicros, capital })}
        />
      </details>
      <details className={styles.more}>
        <summary>What this assumes</summary>
        <ul className={styles.assumptions}>
          {assumptionsOf(position).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </details>
    </div>
  );
}
