/** The rules by which a tier sells policies of one token: shown, and typed anew by an admin, those that change. */
import type { PolicyRules } from "../../../domain/policies";
import { Card } from "../../ui/Card";
import { useDraft } from "../../ui/useDraft";
import { ActButton } from "../acts/ActButton";
import { ActDialog } from "../acts/ActDialog";
import { mayDo } from "../acts/acts";
import { useOperator } from "../acts/operator";
import { TypedField } from "../acts/TypedField";
import style from "../operations.module.css";
import { Changed } from "./Changed";
import { draftRules, NOTHING_TYPED, type RuleTexts } from "./rulesDraft";
import { RULE_NAMES, RULES, type RuleName, typedRule, unitOf } from "./ruleWords";
import type { TierForm } from "./TermsForm";

interface SetRulesProps extends TierForm<PolicyRules> {
  changes: Partial<PolicyRules>;
  close(): void;
  onDone(): void;
}

function SetRules({ tier, token, present, changes, close, onDone }: SetRulesProps) {
  const { perform } = useOperator();
  const shown = (name: RuleName, value: number | bigint) => `${typedRule(name, value, token)} ${unitOf(name, token)}`;
  return (
    <ActDialog
      act="setTierRules"
      title={`Change rules of ${tier} in ${token}`}
      button="Change the rules"
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("setTierRules", { tier, token, changes, reason });
        return `The rules of ${tier} in ${token} are changed.`;
      }}
    >
      <Changed
        changes={RULE_NAMES.flatMap((name) => {
          const value = changes[name];
          if (value === undefined) return [];
          return [{ name: RULES[name].label, before: shown(name, present[name]), after: shown(name, value) }];
        })}
      />
    </ActDialog>
  );
}

export function RulesForm({ tier, token, present }: TierForm<PolicyRules>) {
  const { roles } = useOperator();
  const [texts, setTexts] = useDraft<RuleTexts>(`operations.rules.${tier}.${token}`, NOTHING_TYPED);
  const { changes, problems } = draftRules(present, texts, token);
  const isWrong = Object.keys(problems).length > 0;
  const isChanged = Object.keys(changes).length > 0;
  const mayEdit = mayDo(roles, "setTierRules");
  return (
    <Card title={`Rules of ${tier} in ${token}`}>
      <div className={style.stack}>
        {mayEdit ? (
          <div className={style.grid}>
            {RULE_NAMES.map((name) => (
              <TypedField
                key={name}
                label={RULES[name].label}
                unit={unitOf(name, token)}
                hint={RULES[name].meaning}
                text={texts[name] ?? typedRule(name, present[name], token)}
                problem={problems[name] ?? null}
                onText={(text) => setTexts({ ...texts, [name]: text })}
              />
            ))}
          </div>
        ) : (
          <dl className={style.facts}>
            {RULE_NAMES.map((name) => (
              <div key={name} style={{ display: "contents" }}>
                <dt>{RULES[name].label}</dt>
                <dd>
                  {typedRule(name, present[name], token)} {unitOf(name, token)}{" "}
                  <span className="hint">{RULES[name].meaning}</span>
                </dd>
              </div>
            ))}
          </dl>
        )}
        <div className={style.row}>
          {mayEdit && (!isChanged || isWrong) ? (
            <span className="hint">{isWrong ? "Mend what is wrong above first." : "Nothing is changed yet."}</span>
          ) : (
            <ActButton act="setTierRules" name="Review rules">
              {(close) => (
                <SetRules {...{ tier, token, present, changes, close }} onDone={() => setTexts(NOTHING_TYPED)} />
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
