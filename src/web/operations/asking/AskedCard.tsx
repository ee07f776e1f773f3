/** A part of operations that is asked: when it was asked, its answer, or that it is not known. */
import type { ReactNode } from "react";
import { Card } from "../../ui/Card";
import { Placeholder } from "../../ui/Live";
import style from "../operations.module.css";
import { Age } from "./Age";
import { lastAnswer, type Polled } from "./usePolled";

interface AskedCardProps<Data> {
  title: string;
  polled: Polled<Data>;
  /** What is asked, as "the breakers". */
  what: string;
  /** Acts on all of it. */
  actions?: ReactNode;
  children(data: Data): ReactNode;
}

function When({ polled: { asked, isAsking, askAgain } }: { polled: Polled<unknown> }) {
  return (
    <span className={style.when}>
      {asked.kind === "known" && (
        <span>
          asked <Age since={asked.at} />
        </span>
      )}
      <button type="button" className="quiet" disabled={isAsking && asked.kind === "asking"} onClick={askAgain}>
        Ask again
      </button>
    </span>
  );
}

function Unknown<Data>({ polled: { asked }, what }: Pick<AskedCardProps<Data>, "polled" | "what">) {
  if (asked.kind !== "unknown") return null;
  return (
    <p className="problem" role="alert">
      Not known now: {what} can't be read. {asked.problem.message} {asked.problem.next}
      {asked.last && (
        <>
          {" "}
          What is below was true <Age since={asked.last.at} />.
        </>
      )}
      {asked.problem.code && <code>{asked.problem.code}</code>}
    </p>
  );
}

export function AskedCard<Data>({ title, polled, what, actions, children }: AskedCardProps<Data>) {
  const answer = lastAnswer(polled.asked);
  return (
    <Card title={title} aside={<When polled={polled} />}>
      <div className={style.stack}>
        {actions}
        <Unknown polled={polled} what={what} />
        {polled.asked.kind === "asking" && <Placeholder what={what} />}
        {answer && children(answer.data)}
      </div>
    </Card>
  );
}
