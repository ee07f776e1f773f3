/** How a policy stands, in a word or two. */
import type { PolicyStatus } from "../../domain/policyStatus";
import { Badge } from "../ui/Badge";
import { STATUS_NAMES, TONES } from "./words";

export function StatusBadge({ status }: { status: PolicyStatus }) {
  return <Badge tone={TONES[status]}>{STATUS_NAMES[status]}</Badge>;
}
