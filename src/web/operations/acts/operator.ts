/** Who looks at operations, with which roles, and how an act of theirs is done. */
import type { FunctionArgs, FunctionReturnType } from "convex/server";
import { createContext, useContext } from "react";
import type { api } from "../../../../convex/_generated/api";
import type { ACT_FUNCTIONS, ActName, Role } from "./acts";

type Functions = typeof ACT_FUNCTIONS;
export type ActArgs<Name extends ActName> = FunctionArgs<Functions[Name]>;
export type ActResult<Name extends ActName> = FunctionReturnType<Functions[Name]>;
/** A line of the trail. */
export type RecordedAct = FunctionReturnType<typeof api.operations.listActs>["page"][number];

export interface Operator {
  address: string;
  roles: Role[];
  /** Why nothing can be done now; null if it can. */
  hindrance: string | null;
  perform<Name extends ActName>(act: Name, args: ActArgs<Name>): Promise<ActResult<Name>>;
  /** The newest act of this kind in the trail; null if it can't be read. */
  newest(act: ActName): Promise<RecordedAct | null>;
}

export const OperatorContext = createContext<Operator | null>(null);

export function useOperator(): Operator {
  const operator = useContext(OperatorContext);
  if (!operator) throw new Error("useOperator needs an OperatorContext above it");
  return operator;
}
