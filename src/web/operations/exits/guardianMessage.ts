/** The message that approves exactly this payment of exactly this vault, made here: nothing else is ever signed. */
import { ConvexError } from "convex/values";
import { approvalMessage } from "../../../domain/treasury";
import type { Exit } from "../answers";

/** Refuses MESSAGE_NOT_AS_ASKED where the service's message says something else. */
export function guardianMessage(vaultContract: string, exit: Exit): string {
  const message = approvalMessage(vaultContract, exit);
  if (message === exit.message) return message;
  throw new ConvexError({
    code: "MESSAGE_NOT_AS_ASKED",
    message: "The service's message for this exit is not the one that approves it for your vault. Nothing was signed.",
  });
}
