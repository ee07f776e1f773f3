/** The tiers side by side in one token: what each asks, does and pays. One of them may be chosen. */
import { useId, useState } from "react";
import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import { Explained } from "../ui/Explained";
import { Live } from "../ui/Live";
import styles from "./tiers.module.css";
import { type TierView, useTiers } from "./useTiers";
import { FACTS, riskOf } from "./words";

interface Choice {
  chosen?: Tier | undefined;
  /** Left out: the tiers are only compared. */
  onChoose?: ((tier: Tier) => void) | undefined;
}

interface TierHeadProps extends Choice {
  view: TierView;
  group: string;
}

function TierHead({ view, group, chosen, onChoose }: TierHeadProps) {
  const { tier } = view;
  const risk = `${group}-${tier}`;
  return (
    <th scope="col" className={styles.head} data-chosen={tier === chosen}>
      {onChoose ? (
        <label className={styles.choice}>
          <input
            type="radio"
            name={group}
            checked={tier === chosen}
            onChange={() => onChoose(tier)}
            aria-describedby={risk}
          />
          <span>{tier}</span>
        </label>
      ) : (
        <span className={styles.choice}>{tier}</span>
      )}
      <p id={risk} className={styles.risk}>
        {riskOf(view)}
      </p>
    </th>
  );
}

export interface TierTableProps extends Choice {
  token: Token;
  /** Of this token. */
  tiers: TierView[];
}

export function TierTable({ token, tiers, chosen, onChoose }: TierTableProps) {
  const group = useId();
  const [isWhole, setWhole] = useState(false);
  return (
    <>
      <table className={styles.comparison}>
        <caption className="unseen">The tiers in {token}</caption>
        <thead>
          <tr>
            <td className={styles.corner}>Amounts in {token}</td>
            {tiers.map((view) => (
              <TierHead key={view.tier} {...{ view, group, chosen, onChoose }} />
            ))}
          </tr>
        </thead>
        {FACTS.map(({ title, facts }) => (
          <tbody key={title}>
            <tr className={styles.group}>
              <th scope="rowgroup" colSpan={tiers.length + 1}>
                {title}
              </th>
            </tr>
            {facts
              .filter(({ isDetail }) => isWhole || !isDetail)
              .map(({ name, meaning, of }) => (
                <tr key={name}>
                  <th scope="row">
                    {name} <Explained what={name}>{meaning}</Explained>
                  </th>
                  {tiers.map((view) => (
                    <td key={view.tier} data-tier={view.tier} data-chosen={view.tier === chosen}>
                      {of(view)}
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        ))}
      </table>
      <button
        type="button"
        className={`quiet ${styles.whole}`}
        aria-expanded={isWhole}
        onClick={() => setWhole(!isWhole)}
      >
        {isWhole ? "Fewer figures" : "All figures"}
      </button>
    </>
  );
}

/** Live. For everybody: it asks for nothing that needs a wallet. */
export function TierComparison({ token, chosen, onChoose }: Choice & { token: Token }) {
  return (
    <Live state={useTiers()} what="the tiers">
      {(tiers) => (
        <TierTable token={token} tiers={tiers.filter((view) => view.token === token)} {...{ chosen, onChoose }} />
      )}
    </Live>
  );
}
