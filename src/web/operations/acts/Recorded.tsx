/** What the trail has of an act that was just done. */
import { Link } from "wouter";
import { readableTime } from "../../amounts/words";
import { shortAddress } from "../../wallets/wallet";
import type { RecordedAct } from "./operator";

export function Recorded({ act, expected }: { act: RecordedAct | null; expected: string }) {
  const trail = <Link href="/operations/acts">the trail of acts</Link>;
  if (act === null) {
    return (
      <p className="hint">
        It is recorded as <code>{expected}</code>, but could not be read back now: see {trail}.
      </p>
    );
  }
  return (
    <p className="hint">
      In {trail}: <code>{act.act}</code> by {shortAddress(act.actor)}, {readableTime(act.at)}: “{act.reason}”
    </p>
  );
}
