/** What happens in a market: to the chain, to prices, and what people ask. */
import { api, internal } from "../../../convex/_generated/api";
import { DEFAULT_RULES } from "../../../src/domain/tiers";
import { ALICE, apply, BOB } from "../../convex/backend";
import { isCallOf, signatureIn } from "../calls";
import { FINALITY } from "../chain";
import { BLOCK_SECONDS, timeOf } from "../contract";
import { standing } from "../happenings";
import { picked } from "../requests";
import type { Outcome } from "../stage";
import { ADMIN, type Call, SERVICE, type SignedTerms, type Tx } from "../transactions";
import { BUYERS, PROVIDERS } from "../wallets";
import type { Of } from "./acts";
import { runJobs } from "./jobs";
import { payAgain, remember } from "./providers";
import { type Accepted, type MarketStage, SIZE, tokenOf } from "./stage";

const MILLION = 1_000_000n;
const part = (amount: bigint, millionths: number) => (amount * BigInt(millionths)) / MILLION;
const providerOf = (who: number) => PROVIDERS[who] ?? ALICE;
const buyerOf = (n: number) => BUYERS[n] ?? BOB;

/** An honest look at the chain. */
export async function look(stage: MarketStage) {
  const { chain, backend } = stage;
  stage.setClock();
  const after = await standing(stage);
  const shown = chain.shown();
  const { events } = chain.at(chain.height);
  stage.tell("look", {
    tip: shown.tip.height,
    time: shown.tip.time,
    events: events.slice(after).map(({ event }) => event.kind),
  });
  await apply(backend, { ...shown, after: BigInt(after), events: events.slice(after) });
  stage.final = Math.max(stage.final, chain.finalHeight);
  stage.tip = chain.height;
  await runJobs(stage);
}

export async function settle(stage: MarketStage) {
  stage.chain.mine(FINALITY);
  await look(stage);
}

export function send(stage: MarketStage, tx: Tx) {
  const { error } = stage.chain.send(tx);
  stage.note(tx.kind, error === null ? { ok: true, value: tx } : { ok: false, data: { code: error } });
  stage.tell(tx.kind, { ...tx, error });
  return error;
}

export async function mine(stage: MarketStage, { blocks }: { blocks: number }) {
  stage.chain.mine(blocks);
  await look(stage);
}

/** Until a time, if it is not past. */
export async function mineTo(stage: MarketStage, time: number) {
  const blocks = Math.ceil((time - timeOf(stage.chain.height)) / BLOCK_SECONDS);
  if (blocks > 0) await mine(stage, { blocks });
}

/** The ends of what was sold: of its terms, and of its cover. */
export async function mineToEnd(stage: MarketStage, { pick, beside, final }: Of<"mine to an end">) {
  const ends = stage.sold
    .flatMap(({ expiresAt, endsAt }) => [Number(expiresAt), endsAt])
    .filter((end) => end > timeOf(stage.chain.finalHeight));
  const end = picked(ends, pick);
  if (end === undefined) return;
  const from = final ? stage.chain.finalHeight : stage.chain.height;
  const blocks = Math.ceil((end - timeOf(from)) / BLOCK_SECONDS) + beside;
  if (blocks > 0) await mine(stage, { blocks });
}

export async function reorganise(stage: MarketStage, { depth, more, kept }: Of<"reorganise">) {
  stage.chain.reorganise(depth, more, (n) => kept === "all" || (kept === "even" && n % 2 === 0));
  stage.tell("reorganise", { depth, more, kept });
  await look(stage);
}

export async function fund(stage: MarketStage, { who, tier, underlying, part: millionths }: Of<"fund">) {
  const token = tokenOf(underlying);
  const provider = providerOf(who);
  const amount = part(SIZE[underlying].quantity, millionths);
  const asked: Outcome<{ reference: bigint; commitmentId: string }> = await stage.ask(
    provider,
    "action",
    api.liquidity.requestCommitCapital,
    {
      token,
      tier,
      amount,
    },
  );
  stage.note("commit", asked);
  if (asked.ok) stage.commitments.push({ ...asked.value, provider });
  if (asked.ok) send(stage, { kind: "deposit", sender: provider, token, amount, reference: asked.value.reference });
}

interface Answer {
  policyId: bigint;
  premium: bigint;
  lock: bigint;
  coverage: bigint;
  termsExpireAt: number;
  transaction: { functionName: string; functionArgs: string[] };
}

export async function buy(stage: MarketStage, act: Of<"buy"> | Of<"cover">) {
  const { tier, underlying } = act;
  if (act.kind === "buy" && act.isFresh) await price(stage, { ...SAME, underlying });
  const last = stage.lastPrice(underlying);
  const buyer = buyerOf(act.buyer);
  const strikeUsdMicros = part(last?.priceUsdMicros ?? SIZE[underlying].price, act.strike);
  const quantity = part(SIZE[underlying].quantity, act.part) + 1n;
  const endsAt = timeOf(stage.tip) + act.hours * 3_600;
  const terms = { underlying, tier, strikeUsdMicros, quantity, expiresAt: endsAt * 1_000 };
  const asked: Outcome<Answer> = await stage.ask(buyer, "action", api.policies.requestPolicy, terms);
  stage.note("buy", asked);
  stage.tell("buy", { buyer, ...terms, asked });
  if (!asked.ok) return;
  const { policyId, premium, lock, coverage, termsExpireAt, transaction } = asked.value;
  if (stage.sold.some((one) => one.policyId === policyId)) return;
  const signed = { buyer, policyId, token: tokenOf(underlying), premium, lock, coverage };
  const times = { releaseAfter: BigInt(endsAt), expiresAt: BigInt(termsExpireAt / 1_000) };
  const wanted = { underlying, tier, strikeUsdMicros, quantity, endsAt };
  if (!last) throw new Error("A policy was sold without a price");
  const signature = signatureIn(transaction);
  const told = { ...signed, ...times, ...wanted, signature };
  if (!isCallOf(premiumOf(told), transaction)) throw new Error(`Policy ${policyId} is to be paid by another call`);
  stage.sold.push({ ...told, quotedAtUsdMicros: last.priceUsdMicros, exercisedAtMs: null });
}

const SAME = { kind: "price", fault: "none", factor: 1_000_000 } as const;

/** In a calm market with a fresh price, and right away. */
export async function cover(stage: MarketStage, act: Of<"cover">) {
  const { underlying } = act;
  const moves = stage.prices[underlying].slice(-3);
  const isMoving = moves.some(({ priceUsdMicros }) => priceUsdMicros !== moves[0]?.priceUsdMicros);
  if (isMoving) await mine(stage, { blocks: 361 });
  await price(stage, { ...SAME, underlying });
  await buy(stage, act);
  payPremium(stage, { kind: "pay premium", pick: 0 });
  await settle(stage);
}

/** Once more or too late as it may be; the vault decides. */
export function payPremium(stage: MarketStage, { pick }: Of<"pay premium">) {
  const told = picked(stage.sold, pick);
  if (!told) return;
  send(stage, premiumOf(told));
}

/** What the buyer's wallet sends. */
export function premiumOf(told: SignedTerms & { signature: string }): Call<"premium"> {
  const { buyer, policyId, token, premium, lock, coverage, releaseAfter, expiresAt, signature } = told;
  const terms = { policyId, token, premium, lock, coverage, releaseAfter, expiresAt };
  return { kind: "premium", sender: buyer, ...terms, signature, signed: { buyer, ...terms } };
}

export async function exercise(stage: MarketStage, { pick, by }: Of<"exercise">) {
  const told = picked(stage.sold, pick);
  if (!told) return;
  const who = by === 0 ? told.buyer : buyerOf((BUYERS.indexOf(told.buyer as never) + 1) % BUYERS.length);
  const { policyId } = told;
  const asked: Outcome<{ exercisedAt: number }> = await stage.ask(who, "action", api.policies.exercise, {
    policyId,
  });
  stage.note("exercise", asked);
  stage.tell("exercise", { who, policyId, asked });
  if (!asked.ok) return;
  if (who !== told.buyer) throw new Error(`${who} has exercised the policy of ${told.buyer}`);
  if (told.exercisedAtMs !== null && told.exercisedAtMs !== asked.value.exercisedAt)
    throw new Error("An exercise moved");
  if (timeOf(stage.tip) >= told.endsAt && told.exercisedAtMs === null) throw new Error("Exercised after its expiry");
  told.exercisedAtMs = asked.value.exercisedAt;
}

interface Quote {
  source: string;
  priceUsdMicros: bigint;
  publishedAtMs: number;
  confidenceUsdMicros: null;
}

/** What three sources say under a fault, at a time. */
function quotesOf(fault: Of<"price">["fault"], price: bigint, at: number): Quote[] {
  const say = (source: string, priceUsdMicros = price, publishedAtMs = at): Quote => {
    return { source, priceUsdMicros, publishedAtMs, confidenceUsdMicros: null };
  };
  switch (fault) {
    case "none":
      return [say("one"), say("two"), say("three")];
    case "one of three":
      return [say("one"), say("two"), say("three", price * 2n)];
    case "stale":
      return [say("one", price, at - 400_000), say("two", price, at - 400_000)];
    case "alone":
      return [say("one")];
    case "apart":
      return [say("one"), say("two", (price * 13n) / 10n)];
    case "absurd":
      return [say("one", 0n), say("two", 10n ** 17n), say("three", -1n)];
  }
}

/** A look at the sources; what they must come to is known beforehand. */
export async function price(stage: MarketStage, { underlying, factor, fault }: Of<"price">) {
  stage.setClock();
  const last = stage.lastPrice(underlying);
  const priceUsdMicros = part(last?.priceUsdMicros ?? SIZE[underlying].price, factor);
  const at = Math.max(Date.now(), (last?.publishedAtMs ?? 0) + 1);
  stage.tell("price", { underlying, priceUsdMicros, at, fault });
  const looks = [{ underlying, quotes: quotesOf(fault, priceUsdMicros, at) }];
  const moved = await stage.backend.mutation(internal.prices.record.recordLook, { looks });
  const isGood = fault === "none" || fault === "one of three";
  if (moved.includes(underlying) !== isGood) throw new Error(`A price with the fault "${fault}" came to ${moved}`);
  if (isGood) stage.prices[underlying].push({ priceUsdMicros, publishedAtMs: at } satisfies Accepted);
  if (isGood || fault === "apart") stage.isTrusted[underlying] = isGood;
  await runJobs(stage);
}

/** The outbox, as far as the vault takes it: of what the backend owes to the vault, what has not happened. */
export async function service(stage: MarketStage, { most }: Of<"service">) {
  const calls = await stage.backend.run((ctx) => ctx.db.query("outboxCalls").take(5_000));
  let left: number = most;
  for (const kind of ["lock", "settle", "release", "revoke"] as const) {
    for (const { call } of calls) {
      if (call.kind !== kind || left === 0) continue;
      const { policies, used } = stage.chain.at(stage.chain.height).state;
      if (call.kind === "revoke") {
        if (!used.has(call.authorizationId)) send(stage, { kind: "revoke", sender: SERVICE, id: call.authorizationId });
        continue;
      }
      const known = policies.get(call.policyId);
      if (!known || known.lock === 0n || (call.kind === "lock" && known.lock >= call.amount)) continue;
      const { token, policyId } = call;
      if (call.kind === "lock")
        send(stage, { kind: "lock", sender: SERVICE, token, locks: [{ policyId, amount: call.amount }] });
      if (call.kind === "settle")
        send(stage, { kind: "settle", sender: SERVICE, token, policyId, amount: call.amount });
      if (call.kind === "release") send(stage, { kind: "release", sender: SERVICE, token, policyIds: [policyId] });
      left -= 1;
    }
  }
}

/** As much as the quote allows, a part of it, or a unit more. */
export async function withdraw(stage: MarketStage, { who, tier, underlying, part: which, pays }: Of<"withdraw">) {
  const token = tokenOf(underlying);
  const provider = providerOf(who);
  const quoted: Outcome<{ max: bigint }> = await stage.ask(provider, "query", api.liquidity.quoteWithdrawal, {
    token,
    tier,
  });
  stage.note("quote", quoted);
  const max = quoted.ok ? quoted.value.max : SIZE[underlying].quantity;
  const amount = which <= 2 ? max + BigInt(which) - 1n : part(max, which);
  if (amount <= 0n) return;
  const asked: Outcome<{ withdrawalId: string; authorization: { id: bigint; expiresAt: bigint; signature: string } }> =
    await stage.ask(provider, "action", api.liquidity.requestWithdrawal, { token, tier, amount });
  stage.note("withdraw", asked);
  stage.tell("withdraw", { provider, token, tier, amount, quoted, asked });
  if (quoted.ok && asked.ok !== amount <= max && (!asked.ok || amount > max)) {
    if (asked.ok || asked.data.code !== "REMAINDER_BELOW_MINIMUM")
      throw new Error(`Quoted ${max}, asked for ${amount}`);
  }
  if (!quoted.ok && asked.ok) throw new Error("A withdrawal that no quote allows");
  if (asked.ok) remember(stage, { provider, token, amount, ...asked.value });
  if (!asked.ok || !pays) return;
  payAgain(stage, { kind: "pay withdrawal", pick: 0 });
}

export async function collect(stage: MarketStage, { who, tier, underlying }: Of<"collect">) {
  const provider = providerOf(who);
  const args = { token: tokenOf(underlying), tier };
  const asked = await stage.ask(provider, "action", api.policies.collectYield, args);
  stage.note("collect", asked);
  stage.tell("collect", { provider, ...args, asked });
}

export async function accepting(stage: MarketStage, { who, tier, underlying, accepting: wanted }: Of<"accepting">) {
  const args = { token: tokenOf(underlying), tier, accepting: wanted };
  const asked = await stage.ask(providerOf(who), "action", api.liquidity.setAcceptingPolicies, args);
  stage.note("accepting", asked);
  stage.tell("accepting", { who, ...args, ok: asked.ok });
}

export function pause(stage: MarketStage, { paused }: Of<"pause">) {
  send(stage, { kind: "pause", sender: ADMIN, paused });
}

export const rulesFor = (tier: keyof typeof DEFAULT_RULES, token: "STX" | "sBTC") => DEFAULT_RULES[tier][token];
