/** What signing will do, in sentences: before, if it is not sent, and afterwards. */
import { readableAmount } from "../amounts/typing";
import { readableTime } from "../amounts/words";
import { type Intent, isPaidByOwner } from "./intent";

/** What happens when it is signed, and what after that. */
export function promiseOf(intent: Intent): string {
  switch (intent.action) {
    case "deposit":
      return `Your wallet pays this into the vault. Once its block is final, it counts in your ${intent.tier} position.`;
    case "withdrawal":
      return `The vault pays this out of your ${intent.tier} position to your wallet, and to nobody else.`;
    case "suspenseWithdrawal":
      return "The vault pays this out of your suspense to your wallet, and to nobody else.";
    case "premium":
      return "Your wallet pays the premium, and in the same step the vault locks what stands behind the policy: either both happen or neither. Cover starts in that block. The premium never comes back.";
    case "treasuryExit":
      return `The vault pays this out of ${intent.account} to the wallet that the guardian has approved.`;
  }
}

/** What becomes of the request if nobody signs. */
export function unsentOf(intent: Intent): string {
  switch (intent.action) {
    case "deposit":
      return "If you don't send it, nothing leaves you. The tier keeps the room for you for a day; the same deposit asked for again uses it, and you can cancel it in your portfolio.";
    case "withdrawal":
      return `If you don't send it, the amount returns to your ${intent.tier} position after the hour. Until then the same amount asked for again brings you back here, and you can cancel it in your portfolio.`;
    case "suspenseWithdrawal":
    case "treasuryExit":
      return "If you don't send it, the amount returns after the hour. Until then the same amount asked for again brings you back here.";
    case "premium":
      return "If you don't pay in time, the quote lapses and nothing has happened. The same quote asked for again brings you back here until then.";
  }
}

/** What the chain enforces, whoever made the call. */
export function protectionOf(intent: Intent): string {
  const amount = `${readableAmount(intent.amount, intent.token)} ${intent.token}`;
  const payer = isPaidByOwner(intent) ? "your wallet" : "the vault";
  return `Unless exactly ${amount} leaves ${payer}, and nothing else leaves anyone, the chain undoes the call: post-condition in deny mode.`;
}

/** "9 min 5 s", "45 s". */
function readableSpan(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** How long the vault will take it; times in ms of block time. @param now null: the chain's time is not known */
export function deadlineWords(expiresAt: number, now: number | null): string {
  if (now === null) return `until ${readableTime(expiresAt)}, by the time of the chain's blocks`;
  if (expiresAt <= now) return "It has expired. Close this and ask again.";
  return `${readableSpan(expiresAt - now)} left, by the time of the chain's blocks`;
}
