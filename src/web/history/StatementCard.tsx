/** One's statement as a file: asked for with the session, added up here, and only then saved. */
import { useAction } from "convex/react";
import { useRef, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { fileNameOf, type StatementFormat, statementCsv, statementJson } from "../../domain/statementFiles";
import type { Statement } from "../../domain/statements";
import { useAccount } from "../account/AccountProvider";
import { explain } from "../refusals/explain";
import { useSession } from "../session/SessionProvider";
import { Card } from "../ui/Card";
import { Explained } from "../ui/Explained";
import { useDraft } from "../ui/useDraft";
import { readStatement } from "./readStatement";
import { StatementForm, type StatementState } from "./StatementForm";
import { FIRST_DRAFT, type StatementRequest } from "./statementDraft";

const MIME: Record<StatementFormat, string> = { csv: "text/csv;charset=utf-8", json: "application/json" };

/** By way of a link, which is how a browser saves what a page has made. */
function save(statement: Statement, format: StatementFormat): string {
  const text = format === "csv" ? statementCsv(statement) : statementJson(statement);
  const url = URL.createObjectURL(new Blob([text], { type: MIME[format] }));
  const fileName = fileNameOf(statement, format);
  const link = Object.assign(document.createElement("a"), { href: url, download: fileName });
  link.click();
  // The browser may still be reading it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return fileName;
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** @param now ms of the chain */
export function StatementCard({ now }: { now: number }) {
  const { hindrance } = useAccount();
  const { expire } = useSession();
  const getStatement = useAction(api.statements.getStatement);
  const [draft, setDraft] = useDraft("statement", FIRST_DRAFT);
  const [state, setState] = useState<StatementState>({ kind: "idle", problem: null });
  /** Of the reading that is wanted: another one's answers are nothing. */
  const turn = useRef(0);

  const read = async (request: StatementRequest) => {
    const mine = ++turn.current;
    const isWanted = () => turn.current === mine;
    setState({ kind: "reading", lines: 0 });
    try {
      const onLines = (lines: number) => setState({ kind: "reading", lines });
      const statement = await readStatement(getStatement, request, { onLines, isWanted, wait });
      if (statement) setState({ kind: "saved", fileName: save(statement, draft.format), statement });
    } catch (error) {
      const problem = explain(error);
      if (problem.code === "NOT_SIGNED_IN") expire();
      if (isWanted()) setState({ kind: "idle", problem });
    }
  };
  const stop = () => {
    turn.current++;
    setState({ kind: "idle", problem: null });
  };

  return (
    <Card
      title="Statement"
      aside={
        <Explained what="a statement">
          What there was, each movement, and what there is, to the base unit, for the books and the tax office. Each
          line names its entry and its transaction. There are no dollars in it: a statement must not change with the day
          on which it is asked for.
        </Explained>
      }
    >
      <StatementForm
        draft={draft}
        onDraft={(next) => {
          setDraft(next);
          setState((before) => (before.kind === "reading" ? before : { kind: "idle", problem: null }));
        }}
        now={now}
        state={state}
        hindrance={hindrance}
        onRead={(request) => void read(request)}
        onStop={stop}
      />
    </Card>
  );
}
