/** A tier's terms of one token: shown, and typed anew by an admin. */
import type { Tier, TierTerms } from "../../../domain/tiers";
import type { Token } from "../../../domain/tokens";
import { Card } from "../../ui/Card";
import { useDraft } from "../../ui/useDraft";
import { ActButton } from "../acts/ActButton";
import { ActDialog } from "../acts/ActDialog";
import { mayDo } from "../acts/acts";
import { useOperator } from "../acts/operator";
import { TypedField } from "../acts/TypedField";
import style from "../operations.module.css";
import { Changed } from "./Changed";
import {
  draftTerms,
  NOTHING_TYPED,
  TERM_NAMES,
  TERM_WORDS,
  type TermName,
  type TermTexts,
  typedTerm,
} from "./termsDraft";

export interface TierForm<Present> {
  tier: Tier;
  token: Token;
  present: Present;
}

const unitOf = (name: TermName, token: Token) => (name === "minimumHoldSeconds" ? "" : token);

interface SetTermsProps extends TierForm<TierTerms> {
  terms: TierTerms;
  close(): void;
  onDone(): void;
}

function SetTerms({ tier, token, present, terms, close, onDone }: SetTermsProps) {
  const { perform } = useOperator();
  const changes = TERM_NAMES.filter((name) => terms[name] !== present[name]).map((name) => ({
    name: TERM_WORDS[name].label,
    before: `${typedTerm(name, present, token)} ${unitOf(name, token)}`,
    after: `${typedTerm(name, terms, token)} ${unitOf(name, token)}`,
  }));
  return (
    <ActDialog
      act="setTierTerms"
      title={`Set the terms of ${tier} in ${token}`}
      button="Set the terms"
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("setTierTerms", { tier, token, ...terms, reason });
        return `The terms of ${tier} in ${token} are set.`;
      }}
    >
      <Changed changes={changes} />
    </ActDialog>
  );
}

export function TermsForm({ tier, token, present: row }: TierForm<TierTerms>) {
  const { roles } = useOperator();
  const [texts, setTexts] = useDraft<TermTexts>(`operations.terms.${tier}.${token}`, NOTHING_TYPED);
  const { capacityLimit, minimumPosition, minimumHoldSeconds } = row;
  const present = { capacityLimit, minimumPosition, minimumHoldSeconds };
  const { terms, isChanged, problems } = draftTerms(present, texts, token);
  const isWrong = Object.keys(problems).length > 0;
  const mayEdit = mayDo(roles, "setTierTerms");
  return (
    <Card title={`Terms of ${tier} in ${token}`}>
      <div className={style.stack}>
        {mayEdit ? (
          <div className={style.grid}>
            {TERM_NAMES.map((name) => (
              <TypedField
                key={name}
                label={TERM_WORDS[name].label}
                unit={unitOf(name, token)}
                hint={TERM_WORDS[name].meaning}
                text={texts[name] ?? typedTerm(name, present, token)}
                problem={problems[name] ?? null}
                onText={(text) => setTexts({ ...texts, [name]: text })}
              />
            ))}
          </div>
        ) : (
          <dl className={style.facts}>
            {TERM_NAMES.map((name) => (
              <div key={name} style={{ display: "contents" }}>
                <dt>{TERM_WORDS[name].label}</dt>
                <dd>
                  {typedTerm(name, present, token)} {unitOf(name, token)}
                </dd>
              </div>
            ))}
          </dl>
        )}
        <div className={style.row}>
          {mayEdit && (!isChanged || isWrong) ? (
            <span className="hint">{isWrong ? "Mend what is wrong above first." : "Nothing is changed yet."}</span>
          ) : (
            <ActButton act="setTierTerms" name="Review terms">
              {(close) => (
                <SetTerms {...{ tier, token, present, terms, close }} onDone={() => setTexts(NOTHING_TYPED)} />
              )}
            </ActButton>
          )}
          {Object.values(texts).some((text) => text !== null) && (
            <button type="button" className="quiet" onClick={() => setTexts(NOTHING_TYPED)}>
              As in force
            </button>
          )}
        </div>
      </div>
    </Card>
  );
}
