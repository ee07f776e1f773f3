/**
 * Decodes what the vault prints. Anything it can't decode exactly is an error: numbers are range-checked, never
 * truncated, because a wrong amount in the books is worse than a stopped sync.
 */
import { cvToValue, hexToCV } from "@clarigen/core";
import { z } from "zod";
import { MAX_AMOUNT, type Token } from "../domain/tokens";
import { contracts } from "./bindings";

const int64 = z.bigint().min(0n).max(MAX_AMOUNT);
const principal = z.string().min(1);

const money = {
  sequence: int64,
  token: principal.nullable(),
  amount: int64,
  balance: int64,
  locked: int64,
};

/** What a batch did: an amount of locked tokens for each policy. */
const policies = z.array(z.object({ policyId: int64, amount: int64 })).max(50);

const {
  eventFundsDeposited,
  eventFundsWithdrawn,
  eventPremiumPaid,
  eventCollateralLocked,
  eventCollateralReleased,
  eventSettlementPaid,
  eventSurplusAbsorbed,
  eventAuthorizationRevoked,
  ...vaultConstants
} = contracts.liquidityVault.constants;

/** Gives a printed tuple the kind that it has in this program, in place of the vault's name for it. */
function named<Kind extends string>(kind: Kind) {
  return <Printed extends { event: string }>({ event: _, ...fields }: Printed) => ({ kind, ...fields });
}

const policyOf = { policyId: int64, buyer: principal };
const moneyEvent = z.union([
  z
    .object({ event: z.literal(eventFundsDeposited), ...money, depositor: principal, reference: int64 })
    .transform(named("deposit")),
  z
    .object({ event: z.literal(eventFundsWithdrawn), ...money, withdrawer: principal, id: int64 })
    .transform(({ id, ...fields }) => named("withdrawal")({ ...fields, authorizationId: id })),
  z
    .object({
      event: z.literal(eventPremiumPaid),
      ...money,
      ...policyOf,
      lock: int64,
      coverage: int64,
      releaseAfter: int64,
    })
    .transform(named("premium")),
  z.object({ event: z.literal(eventCollateralLocked), ...money, policies }).transform(named("lock")),
  z.object({ event: z.literal(eventCollateralReleased), ...money, policies }).transform(named("release")),
  z
    .object({ event: z.literal(eventSettlementPaid), ...money, ...policyOf, unlocked: int64 })
    .transform(named("settlement")),
  z.object({ event: z.literal(eventSurplusAbsorbed), ...money }).transform(named("surplus")),
]);

/** A withdrawal that can't be paid any more. */
const revocationEvent = z
  .object({ event: z.literal(eventAuthorizationRevoked), sequence: int64, id: int64 })
  .transform(({ id, ...fields }) => named("revocation")({ ...fields, authorizationId: id }));

/** They configure the vault; that they happened, and in which order, is all that the books need. */
const controlEvent = z.object({
  event: z.enum([
    vaultConstants.eventVaultLaunched,
    vaultConstants.eventVaultPaused,
    vaultConstants.eventVaultUnpaused,
    vaultConstants.eventChangeScheduled,
    vaultConstants.eventChangeApplied,
    vaultConstants.eventChangeCancelled,
    vaultConstants.eventCapsLowered,
  ]),
  sequence: int64,
});

const printedEvent = z.union([moneyEvent, revocationEvent, controlEvent]);

interface MoneyFields {
  sequence: bigint;
  token: Token;
  amount: bigint;
  /** The contract's counters after the event. */
  balance: bigint;
  locked: bigint;
}

interface PolicyAmount {
  policyId: bigint;
  /** What the event added to the policy's lock, or freed of it. */
  amount: bigint;
}

export type VaultEvent =
  | ({ kind: "deposit"; depositor: string; reference: bigint } & MoneyFields)
  | ({ kind: "withdrawal"; withdrawer: string; authorizationId: bigint } & MoneyFields)
  /** `amount` is the premium; the lock stands behind the policy from here on. `releaseAfter` in unix seconds. */
  | ({
      kind: "premium";
      buyer: string;
      policyId: bigint;
      lock: bigint;
      coverage: bigint;
      releaseAfter: bigint;
    } & MoneyFields)
  /** Locks raised; `amount` is the sum of what was added. */
  | ({ kind: "lock"; policies: PolicyAmount[] } & MoneyFields)
  /** Policies ended without a payment; `amount` is the sum of what was freed. */
  | ({ kind: "release"; policies: PolicyAmount[] } & MoneyFields)
  /** `unlocked` is the policy's whole lock: `amount` of it was paid, the rest is free. */
  | ({ kind: "settlement"; policyId: bigint; buyer: string; unlocked: bigint } & MoneyFields)
  /** Tokens that had been sent to the vault directly are counted from here on. */
  | ({ kind: "surplus" } & MoneyFields)
  /** The id will never be paid; moves no money. */
  | { kind: "revocation"; sequence: bigint; authorizationId: bigint }
  /** Configuration of the vault; moves no money. */
  | { kind: "control"; sequence: bigint; name: string };

/** What an event adds to the vault's balance of its token, base units; negative for what left. */
export function balanceChange(event: VaultEvent): bigint {
  switch (event.kind) {
    case "deposit":
    case "premium":
    case "surplus":
      return event.amount;
    case "withdrawal":
    case "settlement":
      return -event.amount;
    case "lock":
    case "release":
    case "revocation":
    case "control":
      return 0n;
  }
}

/** What an event adds to what the vault has locked of its token, base units; negative for what it frees. */
export function lockChange(event: VaultEvent): bigint {
  switch (event.kind) {
    case "premium":
      return event.lock;
    case "lock":
      return event.amount;
    case "release":
      return -event.amount;
    case "settlement":
      return -event.unlocked;
    case "deposit":
    case "withdrawal":
    case "surplus":
    case "revocation":
    case "control":
      return 0n;
  }
}

export class UndecodableEvent extends Error {
  override name = "UndecodableEvent";
}

/**
 * @param hex the printed value, serialised, as the API gives it (`contract_log.value.hex`)
 * @param sbtcContract the principal of the sBTC token that this vault is launched with
 */
export function decodeVaultEvent(hex: string, sbtcContract: string): VaultEvent {
  let printed: z.infer<typeof printedEvent>;
  try {
    printed = printedEvent.parse(cvToValue(hexToCV(hex), true));
  } catch (error) {
    throw new UndecodableEvent(`The vault printed something unknown (${hex}): ${String(error)}`);
  }
  if ("event" in printed) return { kind: "control", sequence: printed.sequence, name: printed.event };
  if (printed.kind === "revocation") return printed;
  const { token } = printed;
  if (token !== null && token !== sbtcContract) {
    throw new UndecodableEvent(`The vault printed an event of the token ${token}, not of ${sbtcContract}`);
  }
  return { ...printed, token: token === null ? "STX" : "sBTC" };
}
