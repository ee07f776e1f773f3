/** What a crash would do to capital in a tier, by the rules and the price of this moment. For everybody. */
import { UNDERLYING_OF } from "../../domain/policies";
import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import { readableAmount } from "../amounts/typing";
import { readableUsd } from "../amounts/words";
import { usePrices } from "../prices/usePrices";
import { useTiers } from "../tiers/useTiers";
import { Card } from "../ui/Card";
import { Empty } from "../ui/Empty";
import { Live } from "../ui/Live";
import { CrashPanel } from "./CrashPanel";

/** Shown while no amount is typed. */
const EXAMPLE: Record<Token, bigint> = { STX: 10_000_000_000n, sBTC: 100_000_000n };

interface CrashSimulatorProps {
  token: Token;
  tier: Tier;
  /** Base units; null: an example. */
  amount: bigint | null;
}

export function CrashSimulator({ token, tier, amount }: CrashSimulatorProps) {
  const tiers = useTiers();
  const price = usePrices().find(({ underlying }) => underlying === UNDERLYING_OF[token]);
  const capital = amount ?? EXAMPLE[token];
  const shown = `${readableAmount(capital, token)} ${token}`;
  return (
    <Card title="What a crash would do">
      <Live state={tiers} what="the tiers">
        {(views) => {
          const view = views.find((known) => known.tier === tier && known.token === token);
          const now = price?.priceUsdMicros;
          if (!view || !now) return <Empty>No price of {UNDERLYING_OF[token]} is known yet. It comes by itself.</Empty>;
          return (
            <>
              <p className="hint">
                {amount === null ? `For example ${shown}` : shown} in {tier}, from{" "}
                {price.isGood ? "the price of now" : "the last good price"}, {readableUsd(now)}.
              </p>
              <CrashPanel view={view} capital={capital} priceUsdMicros={now} />
            </>
          );
        }}
      </Live>
    </Card>
  );
}
