/** A refusal or failure, shown where it happened and read out. */
import type { Explanation } from "./explain";

export function Problem({ explanation }: { explanation: Explanation | null }) {
  if (!explanation) return null;
  return (
    <p className="problem" role="alert">
      {explanation.message}
      {explanation.code && <code>{explanation.code}</code>}
    </p>
  );
}
