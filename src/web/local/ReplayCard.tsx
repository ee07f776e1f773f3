/** Crashes that have happened, a recorded day at a click. */
import { SERIES } from "../../domain/localControls";
import { Problem } from "../refusals/Problem";
import { Card } from "../ui/Card";
import { Meter } from "../ui/Meter";
import type { MarketStanding, SeriesName } from "./controls";
import styles from "./local.module.css";
import type { Acting } from "./useAct";

const NAMES = Object.keys(SERIES) as SeriesName[];

interface ReplayCardProps {
  replay: MarketStanding["replay"];
  acting: Acting;
  onPlay(series: SeriesName): void;
  onNextDay(): void;
}

export function ReplayCard({ replay, acting, onPlay, onNextDay }: ReplayCardProps) {
  const playing = NAMES.find((name) => name === replay?.series);
  const isOver = replay !== null && replay.day >= replay.days;
  return (
    <Card title="Crashes that have happened">
      <p className="hint">The closes of real days, one at a click. The first day of a crash takes its price at once.</p>
      <div className={styles.row}>
        {NAMES.map((name) => (
          <button key={name} type="button" className="quiet" disabled={acting.isBusy} onClick={() => onPlay(name)}>
            Play {SERIES[name].title}
          </button>
        ))}
      </div>
      {replay && playing && (
        <div className={styles.replay}>
          <Meter
            label={`${SERIES[playing].title}: ${replay.date}`}
            value={replay.day}
            max={replay.days}
            shown={`day ${replay.day} of ${replay.days}`}
            tone="info"
          />
          <button type="button" disabled={acting.isBusy || isOver} onClick={onNextDay}>
            {isOver ? "The last day is played" : "Next day"}
          </button>
        </div>
      )}
      <Problem explanation={acting.problem} />
    </Card>
  );
}
