/** The local stack's page: its market, its clock and its faucets, for whoever tries the product on their own machine. */
import { useConvex } from "convex/react";
import { useCallback, useEffect, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { SERIES } from "../../domain/localControls";
import { useVisitor } from "../account/AccountProvider";
import { readableTime, readableUsd } from "../amounts/words";
import type { WebConfig } from "../config";
import type { PageProps } from "../routes";
import { Empty } from "../ui/Empty";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { ClockCard } from "./ClockCard";
import * as stack from "./controls";
import { FaucetCard, GIVES } from "./FaucetCard";
import styles from "./local.module.css";
import { MarketCard } from "./MarketCard";
import { ReplayCard } from "./ReplayCard";
import { Tour } from "./Tour";
import { useAct } from "./useAct";

const LOOK_EVERY_MS = 2_000;
/** Of the newest policies, those that may be running. */
const LOOKED_AT = 50;
const RUNNING = ["active", "exercising"];

/** What the stack says of itself, looked at anew every two seconds and after each act. */
function useStanding(config: WebConfig) {
  const convex = useConvex();
  const [market, setMarket] = useState<stack.MarketStanding | null>(null);
  const [clock, setClock] = useState<{ now: number | null; nextExpiry: number | null }>({
    now: null,
    nextExpiry: null,
  });
  const look = useCallback(async () => {
    const paginationOpts = { numItems: LOOKED_AT, cursor: null };
    const [standing, tip, sold] = await Promise.all([
      stack.readMarket().catch(() => null),
      stack.readTip(config).catch(() => null),
      convex.query(api.policies.listSold, { paginationOpts }).catch(() => null),
    ]);
    if (standing) setMarket(standing);
    const now = tip === null ? null : tip * 1_000;
    const running = sold?.page.filter(({ status, expiresAt }) => RUNNING.includes(status) && expiresAt > (now ?? 0));
    const nextExpiry = running?.length ? Math.min(...running.map(({ expiresAt }) => expiresAt)) : null;
    setClock((last) => ({ now: now ?? last.now, nextExpiry }));
  }, [config, convex]);
  useEffect(() => {
    void look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [look]);
  return { market, clock, look };
}

function Controls({ config, hasClock }: { config: WebConfig; hasClock: boolean }) {
  const visitor = useVisitor();
  const { market, clock, look } = useStanding(config);
  const [pricing, replaying, moving, funding] = [useAct(), useAct(), useAct(), useAct()];
  const after = async (words: string) => {
    await look();
    return words;
  };
  return (
    <div className={styles.cards}>
      <div className={styles.column}>
        <Tour />
        <ReplayCard
          replay={market?.replay ?? null}
          acting={replaying}
          onPlay={(series) =>
            replaying.act(async () => {
              const { date, priceUsdMicros } = await stack.playSeries(series);
              return after(`${SERIES[series].title}: on ${date} it is at ${readableUsd(priceUsdMicros)}.`);
            })
          }
          onNextDay={() =>
            replaying.act(async () => {
              const day = await stack.nextDay();
              return after(day ? `${day.date}: ${readableUsd(day.priceUsdMicros)}.` : "The last day is played.");
            })
          }
        />
        <FaucetCard
          wallets={config.wallets}
          own={visitor?.address ?? null}
          acting={funding}
          onFund={(token, { name, address }) =>
            funding.act(async () => {
              await stack.fund(config, token, address);
              return `${GIVES[token]} are on their way to ${name}.`;
            })
          }
        />
      </div>
      <div className={styles.column}>
        <MarketCard
          prices={market?.prices ?? { BTC: null, STX: null }}
          acting={pricing}
          onPrice={(underlying, usdMicros) =>
            pricing.act(async () => {
              await stack.setPrice(underlying, usdMicros);
              return after(`${underlying} is at ${readableUsd(usdMicros)}.`);
            })
          }
        />
        <ClockCard
          hasClock={hasClock}
          {...clock}
          acting={moving}
          onAdvance={(seconds) =>
            moving.act(async () => {
              const { block_time } = await stack.advanceClock(seconds);
              return after(`It is ${readableTime(block_time * 1_000)} on the chain.`);
            })
          }
          onMine={() =>
            moving.act(async () => {
              const { height } = await stack.mine(1);
              return after(`Block ${height} is mined, with all that waited.`);
            })
          }
        />
      </div>
    </div>
  );
}

export default function LocalPage({ config }: PageProps) {
  const { local } = config;
  return (
    <Page
      title="Local stack"
      intro="The market, the clock and the faucets of the stack that runs on this machine. Elsewhere there is no such page: prices come from exchanges and time from the chain."
    >
      {local ? (
        <>
          <Notice tone="info" title="Nothing here is worth anything.">
            The chain, its coins and the keys of its wallets are this machine's own. What you break,{" "}
            <code>npm start</code> in another state folder makes anew.
          </Notice>
          <Controls config={config} hasClock={local.hasClock} />
        </>
      ) : (
        <Empty>This is not a local stack: there is no market or clock to move.</Empty>
      )}
    </Page>
  );
}
