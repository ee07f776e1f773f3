/** What operators, the guardian, the admin and thieves do to a market. */
import { api, internal } from "../../../convex/_generated/api";
import { signWithdrawal } from "../../../src/stacks/authorization";
import { testEnvironment } from "../../convex/environment";
import { DEPLOYMENT, paymentOf } from "../calls";
import { capsTx } from "../happenings";
import { picked } from "../requests";
import { trickOf } from "../strangers";
import { ADMIN, GUARDIAN } from "../transactions";
import { BUYERS, PROVIDERS } from "../wallets";
import type { Of } from "./acts";
import { premiumOf, send } from "./happenings";
import { sumOf } from "./providers";
import { type MarketStage, tokenOf } from "./stage";

const OPERATOR = { actor: "Ada", reason: "the simulation asks for it" };

export async function terms(stage: MarketStage, { tier, underlying, part }: Of<"terms">) {
  const capacityLimit = part === null ? null : sumOf(underlying, part);
  const fields = { capacityLimit, minimumPosition: 1_000n, minimumHoldSeconds: part === 0 ? 7_200 : 0 };
  await stage.backend.mutation(internal.tiers.terms.set, { token: tokenOf(underlying), tier, ...fields, ...OPERATOR });
  stage.tell("terms", { tier, underlying, ...fields });
}

export async function breaker(stage: MarketStage, { capability, trips }: Of<"breaker">) {
  const { tripBreaker, resetBreaker } = internal.breakers.control;
  await stage.backend.mutation(trips ? tripBreaker : resetBreaker, { capability, ...OPERATOR });
  stage.tell(trips ? "trip" : "reset", capability);
}

export async function restore(stage: MarketStage) {
  await stage.backend.mutation(internal.breakers.restore.begin, OPERATOR);
  stage.tell("restore", null);
}

/** Somebody has the authoriser's key, and spends an id that nobody gave out. */
export function theft(stage: MarketStage, { who, underlying, part }: Of<"theft">) {
  const withdrawer = PROVIDERS[who] as string;
  const id = 1_000n + BigInt(stage.story.length);
  const signed = {
    withdrawer,
    token: tokenOf(underlying),
    amount: sumOf(underlying, part) + 1n,
    id,
    expiresAt: 2n ** 62n,
  };
  const signature = signWithdrawal(DEPLOYMENT, signed, testEnvironment.AUTHORISER_PRIVATE_KEY);
  send(stage, { kind: "withdraw", sender: withdrawer, ...signed, signature, signed });
}

/** Makes a breach good out of what its principal has in suspense. */
export async function correct(stage: MarketStage, { who, underlying, part }: Of<"correct">) {
  const principal = PROVIDERS[who] as string;
  const args = { principal, token: tokenOf(underlying), amount: sumOf(underlying, part) + 1n, tier: null, ...OPERATOR };
  const outcome = await stage.attempt(() => stage.backend.mutation(internal.corrections.requests.create, args));
  stage.note("correct", outcome);
  stage.tell("correct", { principal, amount: args.amount, outcome });
}

export function guardian(stage: MarketStage, { pick }: Of<"guardian revokes">) {
  const chosen = picked(stage.withdrawn, pick);
  if (chosen) send(stage, { kind: "revoke", sender: GUARDIAN, id: chosen.authorizationId });
}

export function gift(stage: MarketStage, { underlying, part }: Of<"gift">) {
  const token = tokenOf(underlying);
  send(stage, { kind: "gift", sender: ADMIN, token, amount: sumOf(underlying, part) + 1n });
}

export function absorb(stage: MarketStage, { underlying }: Of<"absorb">) {
  send(stage, { kind: "absorb", sender: BUYERS[0], token: tokenOf(underlying) });
}

export function caps(stage: MarketStage, { how, part }: Of<"caps">) {
  send(stage, capsTx(how, (stage.chain.caps.withdrawals * BigInt(part)) / 100n));
}

/** The cap that the episode began with, as the admin can have it again after the delay. */
export function restoreCaps(stage: MarketStage) {
  send(stage, capsTx("raise", stage.chain.caps.withdrawals));
  stage.chain.mine(145);
  send(stage, capsTx("apply", 0n));
}

/** Nobody's and nothing's: it aborts, whatever the vault is at. */
export function trick(stage: MarketStage, { trick: name, who, pick }: Of<"trick">) {
  const { chain } = stage;
  const [withdrawal, sold] = [picked(stage.withdrawn, pick), picked(stage.sold, pick)];
  const live = [...chain.at(chain.height).state.policies].filter(([, { lock }]) => lock > 0n);
  const tx = trickOf(name, {
    stranger: [...BUYERS, ...PROVIDERS][who] as string,
    payment: withdrawal && paymentOf(withdrawal),
    premium: sold && premiumOf(sold),
    policy: picked(live, pick),
    height: chain.height,
  });
  if (tx) chain.refuses(tx);
  stage.tell("trick", name);
}

/** Nothing of anybody's without a session. */
export async function stranger(stage: MarketStage, { tier, underlying }: Of<"stranger asks">) {
  const token = tokenOf(underlying);
  const asked = [
    await stage.ask(null, "action", api.liquidity.requestWithdrawal, { token, tier, amount: 1n }),
    await stage.ask(null, "action", api.policies.collectYield, { token, tier }),
    await stage.ask(null, "action", api.policies.exercise, { policyId: stage.sold[0]?.policyId ?? 1n }),
  ];
  for (const outcome of asked) {
    if (outcome.ok || outcome.data.code !== "NOT_SIGNED_IN") throw new Error("A stranger was answered");
  }
}
