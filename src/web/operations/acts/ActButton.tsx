/** Opens an act's dialog for those who may do it; others are told who may. */
import { type DialogOf, useOpenDialog } from "./ActDialogs";
import { type ActName, mayDo, whoMay } from "./acts";
import { useOperator } from "./operator";

interface ActButtonProps {
  act: ActName;
  /** On the button. */
  name: string;
  /** What it is about, for those who hear the page: "withdraw". */
  about?: string;
  children: DialogOf;
}

export function ActButton({ act, name, about, children }: ActButtonProps) {
  const { roles } = useOperator();
  const open = useOpenDialog();
  if (!mayDo(roles, act)) {
    return (
      <span className="hint">
        {name}: {whoMay(act)} only
      </span>
    );
  }
  return (
    <button type="button" className="quiet" aria-label={about && `${name} ${about}`} onClick={() => open(children)}>
      {name}
    </button>
  );
}
