/**
 * The same history without its noise, told to an empty backend: the requests that were granted, and the final chain as it
 * became final. No orphans, nothing pending, nothing refused or repeated. Both backends must end with the same books.
 */
import { expect } from "vitest";
import { internal } from "../../convex/_generated/api";
import { TOKENS } from "../../src/domain/tokens";
import { apply, type Backend } from "../convex/backend";
import type { Place } from "./model";
import type { Stage, Step } from "./stage";

/** Ids of the first backend's documents, and of those that stand for them in the second. */
type Ids = Map<string, string>;

function withKey(key: string | undefined) {
  return key === undefined ? {} : { idempotencyKey: key };
}

const originOf = (place: Place) =>
  place === "suspense" ? { kind: "suspense" as const } : { kind: "position" as const, tier: place };

/** Grants again what was granted, under the same numbers. */
async function grantAgain(backend: Backend, ids: Ids, { what, request, granted }: Step & { kind: "granted" }) {
  // biome-ignore lint/suspicious/noExplicitAny: `what` says which request it is.
  const { key, place, from, id, ...fields } = request as any;
  const { number } = granted;
  if (what === "commit") {
    const args = { ...fields, ...withKey(key), reference: number };
    ids.set(granted.id, (await backend.mutation(internal.commitments.requests.create, args)).commitmentId);
  }
  if (what === "withdraw") {
    const args = { ...fields, ...withKey(key), from: originOf(place), authorizationId: number };
    ids.set(granted.id, (await backend.mutation(internal.withdrawals.requests.authorise, args)).withdrawalId);
  }
  if (what === "move") {
    await backend.mutation(internal.moves.requests.create, { ...fields, ...withKey(key), from });
  }
  if (what === "accepting") await backend.mutation(internal.positions.requests.setAccepting, fields);
  if (what === "cancel commitment") {
    const { provider, commitmentId } = fields;
    await backend.mutation(internal.commitments.requests.cancel, {
      provider,
      commitmentId: ids.get(commitmentId) as never,
    });
  }
  if (what === "cancel withdrawal") {
    const { provider, withdrawalId } = fields;
    await backend.mutation(internal.withdrawals.requests.cancel, {
      provider,
      withdrawalId: ids.get(withdrawalId) as never,
    });
  }
}

async function showAgain(
  backend: Backend,
  stage: Stage,
  booked: number,
  { tip, final, complete, upTo }: Step & { kind: "look" },
) {
  const events = stage.model.booked.slice(booked, upTo);
  const accounts = TOKENS.map((token) => {
    const last = stage.model.booked
      .slice(0, upTo)
      .filter(({ event }) => "token" in event && event.token === token)
      .at(-1);
    const balance = last && "token" in last.event ? last.event.balance : 0n;
    return {
      token,
      held: balance,
      balance,
      locked: 0n,
      withdrawalCap: 2n ** 62n,
      usedByWindow: 0n,
      drainedAt: 0n,
      settlementCap: 2n ** 62n,
    };
  });
  const sequence = BigInt(complete ? upTo : upTo + 1);
  await apply(backend, { tip, final, sequence, paused: false, accounts, after: BigInt(booked), events });
}

/** Everything that must not depend on the noise. */
function booksOf(backend: Backend) {
  return backend.run(async (ctx) => {
    const positions = await ctx.db.query("positions").take(100);
    const isMoving = ({ balance }: { balance: bigint }) => balance !== 0n;
    return {
      positions: positions
        .map(({ _id, _creationTime, asOf, hold, ...position }) => ({
          ...position,
          hold: hold.map((lot) => `${lot.until} ${lot.amount}`).sort(),
        }))
        .map((position) => ({ name: `${position.provider} ${position.tier} ${position.token}`, ...position }))
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
      accounts: (await ctx.db.query("accounts").take(1_000))
        .filter(isMoving)
        .map(({ name, token, balance }) => `${name} ${token} ${balance}`)
        .sort(),
      tiers: (await ctx.db.query("tierMetrics").take(10))
        .map(({ _id, _creationTime, ...row }) => Object.entries(row).join())
        .sort(),
      held: (await ctx.db.query("tierCapacity").take(10))
        .filter(({ held }) => held > 0n)
        .map(({ tier, token, held }) => `${tier} ${token} ${held}`)
        .sort(),
      authorised: (await ctx.db.query("authorisedTotals").take(10))
        .filter(({ amount }) => amount > 0n)
        .map(({ token, amount }) => `${token} ${amount}`)
        .sort(),
      commitments: (await ctx.db.query("commitments").take(1_000))
        .map(({ reference, status }) => `${reference} ${status}`)
        .sort(),
      withdrawals: (await ctx.db.query("withdrawals").take(1_000))
        .map(({ authorizationId, status }) => `${authorizationId} ${status}`)
        .sort(),
      entries: (await ctx.db.query("entries").take(2_000))
        .map(({ entryId, at }) => `${entryId.replace(/^(move|assignment):.*/, "$1")} ${at}`)
        .sort(),
    };
  });
}

/** To be asked of an episode without a breach: after one, a deposit that was orphaned may have let a withdrawal go. */
export async function expectCleanReplay(stage: Stage, fresh: Backend) {
  const ids: Ids = new Map();
  let booked = 0;
  for (const step of stage.steps) {
    if (step.kind === "terms") await fresh.mutation(internal.tiers.terms.set, step.args);
    if (step.kind === "granted") await grantAgain(fresh, ids, step);
    if (step.kind === "look") {
      await showAgain(fresh, stage, booked, step);
      booked = step.upTo;
    }
  }
  expect(await booksOf(fresh)).toEqual(await booksOf(stage.backend));
}
