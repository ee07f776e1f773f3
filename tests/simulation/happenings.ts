/** What happens to the chain, what sync sees of it, and what operators do, in step with the model. */
import { anyApi } from "convex/server";
import { vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import { signWithdrawal } from "../../src/stacks/authorization";
import { apply, leaseOf } from "../convex/backend";
import { testEnvironment } from "../convex/environment";
import { DEPLOYMENT, paymentOf } from "./calls";
import { FINALITY } from "./chain";
import { BLOCK_SECONDS, timeOf } from "./contract";
import type { Model } from "./model";
import { type Of, picked, provider } from "./requests";
import type { Look, Stage } from "./stage";
import { trickOf } from "./strangers";
import { ADMIN, GUARDIAN, SERVICE, type Tx } from "./transactions";
import { EVERYBODY } from "./wallets";

const OPERATOR = { actor: "Ada", reason: "the simulation asks for it" };
/** An id or a reference that nobody gave out. */
const FOREIGN = 77n;

export function deposit(stage: Stage, { pick, size, from, inToken }: Of<"deposit">) {
  const chosen = picked(stage.model.commitments, pick);
  if (!chosen) return;
  const { amount: agreed, depositor: named, reference } = chosen;
  const sizes = {
    exact: agreed,
    "one less": agreed - 1n,
    "one more": agreed + 1n,
    half: agreed / 2n,
    double: agreed * 2n,
  };
  const depositor = from === "named" ? named : (EVERYBODY[(EVERYBODY.indexOf(named) + 1) % EVERYBODY.length] as string);
  const other = chosen.token === "STX" ? "sBTC" : "STX";
  const amount = sizes[size];
  if (amount <= 0n) return;
  const tx = {
    kind: "deposit",
    sender: depositor,
    token: inToken === "agreed" ? chosen.token : other,
    amount,
    reference,
  } as const;
  stage.chain.send(tx);
  stage.tell("deposit", tx);
}

export function stray(stage: Stage, { who, token, sum }: Of<"stray">) {
  const reference = sum % 2 === 0 ? 0n : FOREIGN;
  const sender = EVERYBODY[(who + 1) % EVERYBODY.length] as string;
  const tx = { kind: "deposit", sender, token, amount: BigInt(sum), reference } as const;
  stage.chain.send(tx);
  stage.tell("stray deposit", tx);
}

/** A wallet sends what it was given, once more or too late as it may be; the vault decides. */
export function pay(stage: Stage, { pick }: Of<"pay">) {
  const chosen = picked(stage.model.withdrawals, pick);
  if (!chosen) return;
  const answer = stage.chain.send(paymentOf(chosen));
  stage.tell("pay", { id: chosen.authorizationId, amount: chosen.amount, error: answer.error });
}

/** Somebody has the authoriser's key. */
export function theft(stage: Stage, { who, token, sum, pick, unknown }: Of<"theft">) {
  const known = unknown ? undefined : picked(stage.model.withdrawals, pick);
  const id = known?.authorizationId ?? FOREIGN + BigInt(sum);
  const expiresAt = 2n ** 62n;
  const withdrawer = known?.provider ?? provider(who);
  const signed = { withdrawer, token, amount: BigInt(sum), id, expiresAt };
  const signature = signWithdrawal(DEPLOYMENT, signed, testEnvironment.AUTHORISER_PRIVATE_KEY);
  const { error } = stage.chain.send({ kind: "withdraw", sender: withdrawer, ...signed, signature, signed });
  stage.tell("theft", { ...signed, error });
}

export function guardian(stage: Stage, { pick, unknown }: Of<"guardian revokes">) {
  const chosen = unknown ? undefined : picked(stage.model.withdrawals, pick);
  const id = chosen?.authorizationId ?? FOREIGN - BigInt(pick);
  stage.chain.send({ kind: "revoke", sender: GUARDIAN, id });
  stage.tell("the guardian revokes", id);
}

/** The outbox's transactions happen: every revocation that the backend owes to the vault. */
export async function service(stage: Stage) {
  const owed = await stage.backend.run((ctx) => ctx.db.query("outboxCalls").take(1_000));
  for (const { call } of owed) {
    if (call.kind === "revoke") stage.chain.send({ kind: "revoke", sender: SERVICE, id: call.authorizationId });
  }
  stage.tell("the service revokes", owed.length);
}

export function mine(stage: Stage, { blocks }: { blocks: number }) {
  stage.chain.mine(blocks);
  stage.tell("mine", blocks);
}

/** Mines until the final block's time is that of a deadline, give or take blocks, and looks. */
export async function mineToDeadline(stage: Stage, { pick, beside }: Of<"mine to a deadline">) {
  const { chain, model } = stage;
  const open = [...model.openWithdrawals("STX"), ...model.openWithdrawals("sBTC")];
  const committed = model.commitments.filter(({ status }) => status === "open");
  const deadline = picked([...committed, ...open], pick)?.expiresAt;
  const blocks = (Number(deadline ?? 0) - timeOf(chain.finalHeight)) / BLOCK_SECONDS + beside;
  if (blocks > 0) mine(stage, { blocks });
  await applied(stage, await observe(stage));
}

/** A look at what is almost final, or just so. */
export async function ripen(stage: Stage, { short }: Of<"ripen">) {
  mine(stage, { blocks: FINALITY - short });
  await applied(stage, await observe(stage));
}

export function reorganise(stage: Stage, { depth, more, kept }: Of<"reorganise">) {
  stage.chain.reorganise(depth, more, (n) => kept === "all" || (kept === "even" && n % 2 === 0));
  stage.tell("reorganise", { depth, more, kept });
}

/** The last sequence that sync saw before and that still stands. */
export async function standing({ backend, chain }: Pick<Stage, "backend" | "chain">): Promise<number> {
  const lease = await leaseOf(backend);
  const from = await backend.query(internal.sync.loop.start, { lease });
  if (from.kind !== "look") throw new Error(`Sync does not look: it is ${from.kind}`);
  const stands = (block: { height: number; hash: string }) => chain.hashAt(block.height) === block.hash;
  if (!from.newest) return Number(from.booked);
  if (stands(from.newest)) return Number(from.newest.sequence);
  const { rungs, floor } = await backend.query(internal.sync.loop.ladder, {});
  return Number(rungs.find(stands)?.sequence ?? floor);
}

/** What an honest look at the chain brings, or the first `most` events of it. */
export async function observe(stage: Stage, most = Number.POSITIVE_INFINITY): Promise<Look> {
  const { chain } = stage;
  vi.setSystemTime(timeOf(chain.height) * 1_000);
  const after = await standing(stage);
  const shown = chain.shown();
  const { events } = chain.at(chain.height);
  const known = events.slice(0, after + most);
  return { observation: { ...shown, after: BigInt(after), events: known.slice(after) }, known };
}

/** The model's side of a look. */
export function take(model: Model, { observation, known }: Look) {
  const { tip, final, paused, accounts, sequence } = observation;
  if (final === null) throw new Error("The simulated chain always has a final block");
  const complete = BigInt(known.length) >= sequence;
  const waiting = known.filter(({ blockHeight }) => blockHeight > final.height);
  const seen = { tip, final, paused, accounts, waiting, upTo: known.length, complete };
  model.look(seen, known.slice(model.booked.length));
  return seen;
}

async function applied(stage: Stage, look: Look) {
  const { tip, events, sequence } = look.observation;
  stage.tell("look", { tip: tip.height, events: events.map(({ event }) => event.sequence), of: sequence });
  await apply(stage.backend, look.observation);
  stage.last = look;
  const { final, complete } = take(stage.model, look);
  stage.steps.push({ kind: "look", tip, final, complete, upTo: stage.model.booked.length });
}

const HOW_MANY = { all: undefined, one: 1, two: 2 };

export async function look(stage: Stage, { events }: Of<"look">) {
  await applied(stage, await observe(stage, HOW_MANY[events]));
}

export async function lookAgain(stage: Stage) {
  if (stage.last) await applied(stage, stage.last);
}

/** A loop that another one has replaced changes nothing, whatever it saw. */
export async function supersededLook(stage: Stage) {
  const { observation } = await observe(stage);
  stage.tell("superseded look", observation.tip.height);
  await stage.backend.mutation(internal.sync.loop.finishCycle, { lease: "another", observation });
}

export async function settle(stage: Stage) {
  stage.chain.mine(FINALITY);
  await applied(stage, await observe(stage));
}

export function pause(stage: Stage, { paused }: Of<"pause">) {
  stage.chain.send({ kind: "pause", sender: ADMIN, paused });
  stage.tell("pause", paused);
}

export function gift(stage: Stage, { token, sum }: Of<"gift">) {
  stage.chain.send({ kind: "gift", sender: ADMIN, token, amount: BigInt(sum) });
  stage.tell("gift", { token, sum });
}

export function absorb(stage: Stage, { token }: Of<"absorb">) {
  stage.chain.send({ kind: "absorb", sender: provider(0), token });
  stage.tell("absorb", token);
}

export async function terms(stage: Stage, { token, tier, capacity, minimum, hold }: Of<"terms">) {
  const capacityLimit = capacity === null ? null : BigInt(capacity);
  const fields = { capacityLimit, minimumPosition: BigInt(minimum), minimumHoldSeconds: hold };
  const args = { token, tier, ...fields, ...OPERATOR };
  stage.tell("terms", { token, tier, ...fields });
  await stage.backend.mutation(internal.tiers.terms.set, args);
  stage.model.terms.set(`${tier} ${token}`, fields);
  stage.steps.push({ kind: "terms", args });
}

export async function trip(stage: Stage, { capability }: Of<"trip">) {
  stage.tell("trip", capability);
  await stage.backend.mutation(internal.breakers.control.tripBreaker, { capability, ...OPERATOR });
  stage.model.tripped.add(capability);
}

export async function reset(stage: Stage, { capability }: Of<"reset">) {
  stage.tell("reset", capability);
  await stage.backend.mutation(internal.breakers.control.resetBreaker, { capability, ...OPERATOR });
  stage.model.tripped.delete(capability);
}

/** Nothing of anybody's without a session. */
export async function stranger(stage: Stage, { token, tier }: Of<"stranger asks">) {
  const asked: [string, "query" | "action", Record<string, unknown>][] = [
    ["requestCommitCapital", "action", { token, tier, amount: 50n }],
    ["requestWithdrawal", "action", { token, tier, amount: 50n }],
    ["requestSuspenseWithdrawal", "action", { token, amount: 50n }],
    ["assignSuspense", "action", { token, tier, amount: 50n }],
    ["moveCapital", "action", { token, fromTier: tier, toTier: "Balanced", amount: 50n }],
    ["setAcceptingPolicies", "action", { token, tier, accepting: false }],
    ["getProviderPortfolio", "query", {}],
    ["quoteWithdrawal", "query", { token, tier }],
  ];
  for (const [name, kind, args] of asked) {
    const outcome = await stage.ask(null, kind, anyApi.liquidity?.[name] as never, args as never);
    if (outcome.ok || outcome.data.code !== "NOT_SIGNED_IN") throw new Error(`${name} answered a stranger`);
  }
}

export async function restore(stage: Stage) {
  stage.tell("restore", null);
  await stage.backend.mutation(internal.breakers.restore.begin, OPERATOR);
  stage.model.restore = "looking";
}

/** Nobody's and nothing's: it aborts, whatever the vault is at. */
export function trick(stage: Stage, { trick: name, who, pick }: Of<"trick">) {
  const chosen = picked(stage.model.withdrawals, pick);
  const { height } = stage.chain;
  const payment = chosen && paymentOf(chosen);
  const tx = trickOf(name, { stranger: provider(who), payment, premium: undefined, policy: undefined, height });
  if (tx) stage.chain.refuses(tx);
  stage.tell("trick", name);
}

/** What may leave changes: lower at once, higher after its delay. */
export function caps(stage: Stage, { how, part }: Of<"caps">) {
  const { error } = stage.chain.send(capsTx(how, (stage.chain.caps.withdrawals * BigInt(part)) / 100n));
  stage.tell("caps", { how, part, error });
}

export function capsTx(how: Of<"caps">["how"], cap: bigint): Tx {
  const sender = ADMIN;
  if (how === "apply") return { kind: "apply change", sender };
  if (how === "cancel") return { kind: "cancel change", sender };
  const kind = how === "lower" ? "lower caps" : "schedule caps";
  return { kind, sender, caps: { withdrawals: cap, settlements: cap } };
}
