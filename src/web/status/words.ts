/** What the service's state means for whoever wants to do something, in words. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { readableTime } from "../amounts/words";

export type ServiceStatus = FunctionReturnType<typeof api.status.getStatus>;

/** What a form may be for: putting capital in, taking it out, buying cover. */
export type Act = "commit" | "withdraw" | "policies";

const STOPPED: Record<Act, string> = {
  commit: "Deposits are stopped until an operator has looked into it. Your balances stand; try again later.",
  withdraw: "Withdrawals are stopped until an operator has looked into it. Your balances stand; try again later.",
  policies:
    "New policies are stopped until an operator has looked into it. What is sold is exercised and settled as before.",
};

const PAUSED: Record<Act, string | null> = {
  commit: null,
  withdraw: "The vault is paused by its guardian and pays nothing out. Your balances stand; try again later.",
  policies: "The vault is paused by its guardian: no policy can be bought now.",
};

/** Until when nothing is signed, at the end of a sentence. */
export function untilWhen({ restoringUntil }: Pick<ServiceStatus, "restoringUntil">): string {
  return restoringUntil === null ? "for about an hour" : `until about ${readableTime(restoringUntil)}`;
}

export function hindranceOf(status: ServiceStatus, act: Act): string | null {
  if (status.stopped.some(({ capability }) => capability === act)) return STOPPED[act];
  if (status.launched === false) return "The vault is not launched yet: it takes no money. Try again later.";
  if (status.vaultPaused) return PAUSED[act];
  if (status.isRestoring && act !== "commit") {
    return `The service was restored from a backup and signs nothing ${untilWhen(status)}. Your balances stand.`;
  }
  return null;
}
