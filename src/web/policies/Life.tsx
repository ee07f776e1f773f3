/** A policy's life as a list of moments, each with its block and its transaction where it has one. */
import { useEffect, useState } from "react";
import { z } from "zod";
import { readableTime } from "../amounts/words";
import type { WebConfig } from "../config";
import { ExplorerLink } from "../transactions/ExplorerLink";
import type { Moment } from "./life";
import styles from "./policies.module.css";

/** What the node says of a transaction that a block has. */
interface Mined {
  txId: string;
  blockHeight: number;
  timeMs: number;
}

const minedShape = z.object({ tx_status: z.literal("success"), block_height: z.number(), block_time: z.number() });

async function readMined({ stacksApiUrl }: WebConfig, txId: string): Promise<Mined | null> {
  try {
    const response = await fetch(`${stacksApiUrl}/extended/v1/tx/${txId}`);
    const found = minedShape.safeParse(response.ok ? await response.json() : null);
    return found.success ? { txId, blockHeight: found.data.block_height, timeMs: found.data.block_time * 1_000 } : null;
  } catch {
    // Out of reach: the link stands all the same.
    return null;
  }
}

/** The one of these that a block has; asked again when what has come of it changes. */
function useMined(config: WebConfig, { txIds, state }: Moment): Mined | null {
  const [mined, setMined] = useState<Mined | null>(null);
  const named = txIds.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is done is in a block now.
  useEffect(() => {
    let isCurrent = true;
    const ids = named === "" ? [] : named.split(",");
    void Promise.all(ids.map((txId) => readMined(config, txId))).then((found) => {
      if (isCurrent) setMined(found.find((one) => one !== null) ?? null);
    });
    return () => {
      isCurrent = false;
    };
  }, [config, named, state]);
  return mined;
}

const STATES = { done: "Done", now: "Going on", ahead: "Still to come" };

function LifeMoment({ moment, config }: { moment: Moment; config: WebConfig }) {
  const mined = useMined(config, moment);
  const at = moment.at ?? mined?.timeMs ?? null;
  const txIds = mined ? [mined.txId] : moment.txIds;
  return (
    <li data-state={moment.state}>
      <div>
        <p>
          <span className="unseen">{STATES[moment.state]}: </span>
          <strong>{moment.title}</strong>
        </p>
        {moment.note && <p className="hint">{moment.note}</p>}
        <p className="hint amount">
          {[at !== null && readableTime(at), mined && `block ${mined.blockHeight}`].filter(Boolean).join(" · ")}{" "}
          {txIds.map((txId) => (
            <ExplorerLink key={txId} txId={txId} config={config} />
          ))}
        </p>
      </div>
    </li>
  );
}

export function Life({ moments, config }: { moments: Moment[]; config: WebConfig }) {
  return (
    <ol className={styles.life}>
      {moments.map((moment) => (
        <LifeMoment key={moment.key} moment={moment} config={config} />
      ))}
    </ol>
  );
}
