/** Where the dialog of an act lives: above the lists, so that a row that goes with the act doesn't take the answer with it. */
import { createContext, type ReactNode, useContext, useState } from "react";

/** A dialog, told how to close itself. */
export type DialogOf = (close: () => void) => ReactNode;

const OpenContext = createContext<((dialog: DialogOf) => void) | null>(null);

export function useOpenDialog(): (dialog: DialogOf) => void {
  const open = useContext(OpenContext);
  if (!open) throw new Error("useOpenDialog needs ActDialogs above it");
  return open;
}

export function ActDialogs({ children }: { children: ReactNode }) {
  const [dialog, setDialog] = useState<{ of: DialogOf } | null>(null);
  return (
    <OpenContext value={(of) => setDialog({ of })}>
      {children}
      {dialog?.of(() => setDialog(null))}
    </OpenContext>
  );
}
