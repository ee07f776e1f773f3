/** What providers do beside their deposits: they change their minds, send what nobody expects, and move what they have. */
import { api } from "../../../convex/_generated/api";
import { paymentOf } from "../calls";
import { picked } from "../requests";
import type { Outcome } from "../stage";
import { PROVIDERS } from "../wallets";
import type { Of } from "./acts";
import { send } from "./happenings";
import { type MarketStage, SIZE, tokenOf } from "./stage";

const providerOf = (who: number) => PROVIDERS[who % PROVIDERS.length] as string;

/** Of the size that policies have here. */
export function sumOf(underlying: "BTC" | "STX", millionths: number): bigint {
  return (SIZE[underlying].quantity * BigInt(millionths)) / 1_000_000n;
}

/** What no commitment expects: it is its sender's suspense. */
export function stray(stage: MarketStage, { who, underlying, part, pick }: Of<"stray">) {
  const reference = picked(stage.commitments, pick)?.reference ?? 77n;
  const amount = sumOf(underlying, part) + 1n;
  send(stage, { kind: "deposit", sender: providerOf(who), token: tokenOf(underlying), amount, reference });
}

export async function cancelCommitment(stage: MarketStage, { pick, by }: Of<"cancel commitment">) {
  const chosen = picked(stage.commitments, pick);
  if (!chosen) return;
  const who = providerOf(PROVIDERS.indexOf(chosen.provider) + by);
  const { commitmentId } = chosen;
  const asked = await stage.ask(who, "action", api.liquidity.cancelCommitment, { commitmentId });
  note(stage, "cancel commitment", asked, { who, commitmentId });
  if (by > 0 && asked.ok) throw new Error(`${who} has cancelled another's commitment`);
}

export async function cancelWithdrawal(stage: MarketStage, { pick, by }: Of<"cancel withdrawal">) {
  const chosen = picked(stage.withdrawn, pick);
  if (!chosen) return;
  const who = providerOf(PROVIDERS.indexOf(chosen.provider) + by);
  const { withdrawalId } = chosen;
  const asked = await stage.ask(who, "action", api.liquidity.cancelWithdrawal, { withdrawalId });
  note(stage, "cancel withdrawal", asked, { who, withdrawalId });
  if (by > 0 && asked.ok) throw new Error(`${who} has cancelled another's withdrawal`);
}

/** Once more or too late as it may be; the vault decides. */
export function payAgain(stage: MarketStage, { pick }: Of<"pay withdrawal">) {
  const chosen = picked(stage.withdrawn, pick);
  if (chosen) send(stage, paymentOf(chosen));
}

export async function move(stage: MarketStage, { who, underlying, tier, to, part }: Of<"move">) {
  const provider = providerOf(who);
  const args = { token: tokenOf(underlying), amount: sumOf(underlying, part) + 1n };
  const asked =
    tier === "suspense"
      ? await stage.ask(provider, "action", api.liquidity.assignSuspense, { ...args, tier: to })
      : await stage.ask(provider, "action", api.liquidity.moveCapital, { ...args, fromTier: tier, toTier: to });
  note(stage, tier === "suspense" ? "assign" : "move", asked, { provider, ...args, from: tier, to });
}

interface Authorised {
  withdrawalId: string;
  authorization: { id: bigint; expiresAt: bigint; signature: string };
}

export async function withdrawSuspense(stage: MarketStage, { who, underlying, part, pays }: Of<"withdraw suspense">) {
  const provider = providerOf(who);
  const terms = { token: tokenOf(underlying), amount: sumOf(underlying, part) + 1n };
  const asked: Outcome<Authorised> = await stage.ask(
    provider,
    "action",
    api.liquidity.requestSuspenseWithdrawal,
    terms,
  );
  note(stage, "withdraw suspense", asked, { provider, ...terms });
  if (asked.ok) remember(stage, { provider, ...terms, ...asked.value });
  if (asked.ok && pays) payAgain(stage, { kind: "pay withdrawal", pick: 0 });
}

/** Keeps what was authorised, so that it can be paid, cancelled and tampered with. */
export function remember(
  stage: MarketStage,
  granted: Authorised & { provider: string; token: "STX" | "sBTC"; amount: bigint },
) {
  const { withdrawalId, authorization, provider, token, amount } = granted;
  const { id: authorizationId, expiresAt, signature } = authorization;
  if (stage.withdrawn.some((known) => known.withdrawalId === withdrawalId)) return;
  stage.withdrawn.push({ withdrawalId, provider, token, amount, authorizationId, expiresAt, signature });
}

function note(stage: MarketStage, what: string, asked: Outcome<unknown>, facts: object) {
  stage.note(what, asked);
  stage.tell(what, { ...facts, asked });
}
