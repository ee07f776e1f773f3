/**
 * The only writer of the treasury's exits. An operator asks for one; only the guardian that the vault itself names lets it
 * be signed, so that neither an operator nor this deployment's settings alone can send insurance or fees anywhere.
 */
import type { PaginationOptions } from "convex/server";
import { surplusAssignmentEntry } from "../../src/domain/ledger";
import { checkAmount, formatAmount, type Token } from "../../src/domain/tokens";
import { approvalMessage, EXIT_SECONDS, TREASURY_ACCOUNTS, type TreasuryAccount } from "../../src/domain/treasury";
import { isSignedBy } from "../../src/stacks/walletMessage";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { recordAct } from "../audit/model";
import { accepted, paged, refuseWith } from "../functions";
import { accountBalance, applyEntry } from "../ledger/model";
import { treasuryPrincipal, vaultDeployment } from "../settings";
import { requireMirror } from "../sync/model";
import { openWithdrawal, startCancelling, type Withdrawal } from "../withdrawals/model";
import { requireRoomFor } from "../withdrawals/quotes";
import { authoriseWithdrawal } from "../withdrawals/requests";

export type Exit = Doc<"treasuryExits">;

interface Author {
  actor: string;
  reason: string;
}

/** Refuses UNKNOWN_ACCOUNT. */
export function requireTreasuryAccount(text: string): TreasuryAccount {
  const message = `The treasury has no account "${text}". Choose one of: ${TREASURY_ACCOUNTS.join(", ")}.`;
  return TREASURY_ACCOUNTS.find((known) => known === text) ?? refuseWith({ code: "UNKNOWN_ACCOUNT", message });
}

/** Where an account's money may go: refuses NO_RECIPIENT where the deployment names nobody. */
function requireRecipient(account: TreasuryAccount): string {
  const recipient = treasuryPrincipal(account);
  if (recipient !== "") return recipient;
  const message = `Nobody is named to receive ${account}. Set TREASURY_${account.toUpperCase()}_PRINCIPAL.`;
  return refuseWith({ code: "NO_RECIPIENT", message, account });
}

async function requireBalance(ctx: QueryCtx, account: TreasuryAccount, token: Token, amount: bigint) {
  const max = await accountBalance(ctx, { kind: account }, token);
  if (amount <= max) return;
  const shown = `${formatAmount(max, token)} ${token}`;
  const message = `There is ${shown} in ${account} that is free: what stands behind policies is not. Choose that at most.`;
  refuseWith({ code: "EXIT_ABOVE_BALANCE", message, max });
}

/** What the guardian has to sign. */
export function messageOf({ _id: exitId, ...exit }: Exit): string {
  return approvalMessage(vaultDeployment().vaultContract, { exitId, ...exit });
}

/** Nothing is set aside yet: what is there when the guardian approves decides. */
export async function requestExit(
  ctx: MutationCtx,
  asked: Pick<Exit, "account" | "token" | "amount" | "authorizationId">,
  author: Author,
): Promise<Exit> {
  const { account, token, amount } = asked;
  accepted(checkAmount(amount));
  const recipient = requireRecipient(account);
  const { time } = (await requireMirror(ctx)).tip;
  await requireBalance(ctx, account, token, amount);
  const { actor: requestedBy, reason } = author;
  const waiting = { status: "requested" as const, approval: null, expiresAt: time + EXIT_SECONDS };
  const exitId = await ctx.db.insert("treasuryExits", { ...asked, recipient, requestedBy, reason, ...waiting });
  const facts = { exitId, account, token, amount, recipient };
  await recordAct(ctx, { act: "treasury.requestExit", ...author, facts });
  return (await ctx.db.get("treasuryExits", exitId)) as Exit;
}

/** Refuses NO_EXIT. */
export async function requireExit(ctx: QueryCtx, exitId: string): Promise<Exit> {
  const id = ctx.db.normalizeId("treasuryExits", exitId);
  const message = "There is no exit with this id. treasury/exits:list shows those that there are.";
  return (id && (await ctx.db.get("treasuryExits", id))) ?? refuseWith({ code: "NO_EXIT", message });
}

/** Refuses what no signature can help. */
async function requireApprovable(ctx: QueryCtx, { account, recipient, status, expiresAt, requestedBy }: Exit) {
  if (status !== "requested") {
    const message = `This exit is ${status} already. Request another one if more has to leave.`;
    refuseWith({ code: "EXIT_NOT_OPEN", message, status });
  }
  const { tip, guardian } = await requireMirror(ctx);
  if (tip.time >= expiresAt) {
    const message = "This exit was not approved in time. Request it again.";
    refuseWith({ code: "EXIT_EXPIRED", message, expiresAt });
  }
  if (requireRecipient(account) !== recipient) {
    const message = `This deployment names another recipient of ${account} by now. Request the exit again.`;
    refuseWith({ code: "RECIPIENT_CHANGED", message, recipient });
  }
  if (guardian === undefined) {
    const message = "The vault's guardian has not been read from the chain yet. Try again in a minute.";
    return refuseWith({ code: "NOT_SYNCED", message });
  }
  if (guardian === requestedBy) {
    const message =
      "The vault's guardian asked for this exit itself, and nobody approves their own. Let another admin ask.";
    refuseWith({ code: "SELF_APPROVAL", message, guardian });
  }
  return { guardian, now: tip.time };
}

/** Refuses while another payment of the same account to the same recipient is open. */
async function requireNoneOpen(ctx: QueryCtx, source: Withdrawal["source"], { recipient: provider, token }: Exit) {
  const open = await openWithdrawal(ctx, { provider, token, source });
  if (!open) return;
  const message =
    "Another exit of this account is authorised and not paid yet. Cancel it, or wait until it is paid or expires.";
  refuseWith({ code: "EXIT_OPEN", message, authorizationId: open.authorizationId });
}

/** Sets the amount aside and signs its authorisation, if the guardian has signed the exit's message. */
export async function approveExit(
  ctx: MutationCtx,
  exit: Exit,
  { publicKey, signature, ...author }: Author & { publicKey: string; signature: string },
): Promise<Withdrawal> {
  const { _id: exitId, account, token, amount, recipient: provider, authorizationId } = exit;
  const { guardian, now } = await requireApprovable(ctx, exit);
  const claim = { message: messageOf(exit), publicKey, signature, address: guardian };
  if (!isSignedBy(claim, vaultDeployment().network)) {
    const message = `This is not the signature of the vault's guardian, ${guardian}, over this exit's message.`;
    refuseWith({ code: "SIGNATURE_INVALID", message, guardian });
  }
  const source = { kind: "account" as const, account };
  await requireNoneOpen(ctx, source, exit);
  await requireBalance(ctx, account, token, amount);
  await requireRoomFor(ctx, token, amount);
  const withdrawal = await authoriseWithdrawal(ctx, { provider, token, amount, source, authorizationId }, now);
  const approval = { guardian, publicKey, signature, at: now, withdrawalId: withdrawal._id };
  await ctx.db.patch("treasuryExits", exitId, { status: "approved", approval });
  const facts = { exitId, account, token, amount, recipient: provider, guardian };
  await recordAct(ctx, { act: "treasury.approveExit", ...author, facts });
  return withdrawal;
}

/** Takes an exit back: at once while it is not approved, else as a withdrawal is. */
export async function cancelExit(ctx: MutationCtx, exit: Exit, author: Author): Promise<void> {
  await recordAct(ctx, { act: "treasury.cancelExit", ...author, facts: { exitId: exit._id, status: exit.status } });
  if (exit.status === "requested") await ctx.db.patch("treasuryExits", exit._id, { status: "cancelled" });
  const withdrawal = exit.approval && (await ctx.db.get("withdrawals", exit.approval.withdrawalId));
  if (withdrawal) await startCancelling(ctx, withdrawal);
}

/** A page of exits, the newest first, each with what has become of its payment. */
export async function listExits(ctx: QueryCtx, page: PaginationOptions) {
  const listed = await paged(ctx.db.query("treasuryExits").order("desc"), page);
  const shown = listed.page.map(async (exit) => {
    const { _id: exitId, _creationTime, ...fields } = exit;
    const withdrawal = exit.approval && (await ctx.db.get("withdrawals", exit.approval.withdrawalId));
    return { exitId, ...fields, message: messageOf(exit), payment: withdrawal?.status ?? null };
  });
  return { ...listed, page: await Promise.all(shown) };
}

/** Puts tokens that were sent to the vault directly, and are nobody's, into insurance. */
export async function assignSurplus(ctx: MutationCtx, token: Token, amount: bigint, author: Author): Promise<void> {
  accepted(checkAmount(amount));
  const { vaultContract } = vaultDeployment();
  const at = (await requireMirror(ctx)).tip.time;
  const max = await accountBalance(ctx, { kind: "suspense", principal: vaultContract }, token);
  if (amount > max) {
    const message = `${formatAmount(max, token)} ${token} of the vault's own surplus are in the books. Assign that at most.`;
    refuseWith({ code: "ASSIGNMENT_ABOVE_SUSPENSE", message, max });
  }
  const id = await ctx.db.insert("surplusAssignments", { token, amount, ...author, at });
  await applyEntry(ctx, surplusAssignmentEntry(id, token, { vault: vaultContract, amount }), at);
  await recordAct(ctx, { act: "treasury.assignSurplus", ...author, facts: { token, amount } });
}
