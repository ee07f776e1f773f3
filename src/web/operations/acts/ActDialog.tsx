/**
 * Before an act is done: what it does and what it leaves alone, why it is done, and what confirms it. After it: what is true
 * now, and the line that the trail has of it. A refusal is shown at its field, and nothing that was typed is lost.
 */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { LONGEST } from "../../../domain/audit";
import { Problem } from "../../refusals/Problem";
import { Modal } from "../../ui/Modal";
import style from "../operations.module.css";
import { ACTS, type ActName } from "./acts";
import { type RecordedAct, useOperator } from "./operator";
import { Recorded } from "./Recorded";
import { type Refused, refusedBy } from "./refused";
import { TypedField } from "./TypedField";

export interface ActDialogProps {
  act: ActName;
  /** What is about to be done, as "Reset withdraw". */
  title: string;
  /** The button that does it. */
  button: string;
  /** Has to be typed before it can be done, where a click is too light. */
  word?: string;
  /** Facts, and fields of its own. */
  children?: ReactNode;
  /** What of the children's fields keeps it from being done; null: nothing. */
  missing?: string | null;
  /** Does it, and says what is true then. */
  perform(reason: string): Promise<ReactNode>;
  onDone?(): void;
  onClose(): void;
}

type Step =
  | { kind: "typing"; refused: Refused | null }
  | { kind: "doing" }
  | { kind: "done"; told: ReactNode; recorded: RecordedAct | null };

/** Why a reason is none; null: it is one. */
export function reasonProblem(reason: string): string | null {
  if (reason.trim() === "") return "Say why this is done.";
  return reason.length > LONGEST.reason ? `Use at most ${LONGEST.reason} characters.` : null;
}

export function ActDialog(props: ActDialogProps) {
  const { act, title, button, word, children, missing = null, perform, onDone, onClose } = props;
  const { hindrance, newest } = useOperator();
  const [step, setStep] = useState<Step>({ kind: "typing", refused: null });
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [tries, setTries] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const isTried = tries > 0;
  const { does, doesNot, recorded } = ACTS[act];
  const refused = step.kind === "typing" ? step.refused : null;
  const wrongReason = reasonProblem(reason);
  const wrongWord = word !== undefined && typed.trim() !== word ? `Type ${word} to confirm.` : null;
  const isDoing = step.kind === "doing";

  // What is wrong is where one is then: its description is read out with the field.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each try, and each refusal, looks for what is wrong
  useEffect(() => {
    if (isTried) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries, refused]);

  const submit = async () => {
    setTries((last) => last + 1);
    if (wrongReason ?? wrongWord ?? missing ?? hindrance) return;
    setStep({ kind: "doing" });
    try {
      const told = await perform(reason.trim());
      onDone?.();
      setStep({ kind: "done", told, recorded: await newest(act) });
    } catch (error) {
      setStep({ kind: "typing", refused: refusedBy(error) });
    }
  };

  if (step.kind === "done") {
    return (
      <Modal title={title} isOpen onClose={onClose}>
        <div role="status">{step.told}</div>
        <Recorded act={step.recorded} expected={recorded} />
        <div className="actions">
          <button type="button" onClick={onClose}>
            Close
          </button>
        </div>
      </Modal>
    );
  }

  const reasonAtField = refused?.field === "reason" ? refused.message : isTried ? wrongReason : null;
  return (
    <Modal title={title} isOpen onClose={() => !isDoing && onClose()}>
      <dl className={style.deed}>
        <dt>It does</dt>
        <dd>{does}</dd>
        <dt>It does not</dt>
        <dd>{doesNot}</dd>
      </dl>
      <form
        ref={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {children}
        <TypedField
          label="Reason"
          hint={`Kept for good, with your address. ${reason.length} of ${LONGEST.reason} characters.`}
          problem={reasonAtField}
          text={reason}
          isLong
          onText={setReason}
        />
        {word !== undefined && (
          <TypedField
            label={`Type “${word}” to confirm`}
            problem={isTried ? wrongWord : null}
            text={typed}
            onText={setTyped}
          />
        )}
        {isTried && missing && <p className="hint wrong">{missing}</p>}
        <Problem explanation={refused?.field === "reason" ? null : refused} />
        <div className="actions">
          <button type="button" className="quiet" disabled={isDoing} onClick={onClose}>
            Cancel
          </button>
          <button type="submit" disabled={isDoing || hindrance !== null}>
            {hindrance ?? (isDoing ? "Doing it …" : button)}
          </button>
        </div>
      </form>
    </Modal>
  );
}
