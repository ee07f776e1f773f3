/**
 * Decodes what the vault prints. Anything it can't decode exactly is an error: numbers are range-checked, never
 * truncated, because a wrong amount in the books is worse than a stopped sync.
 */
import { cvToValue, hexToCV } from "@clarigen/core";
import { z } from "zod";
import { MAX_AMOUNT, type Token } from "../domain/tokens";

const int64 = z.bigint().min(0n).max(MAX_AMOUNT);
const principal = z.string().min(1);

const money = {
  sequence: int64,
  token: principal.nullable(),
  amount: int64,
  balance: int64,
  locked: int64,
};

const printedEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("funds-deposited"), ...money, depositor: principal, reference: int64 }),
  z.object({ event: z.literal("funds-withdrawn"), ...money, withdrawer: principal, id: int64 }),
  z.object({ event: z.literal("authoriser-changed"), sequence: int64, authoriser: z.instanceof(Uint8Array) }),
  z.object({
    event: z.literal("vault-launched"),
    sequence: int64,
    sbtcToken: principal,
    withdrawalCaps: z.object({ stx: z.bigint(), sbtc: z.bigint() }),
  }),
]);

interface MoneyFields {
  sequence: bigint;
  token: Token;
  amount: bigint;
  /** The contract's counters after the event. */
  balance: bigint;
  locked: bigint;
}

export type VaultEvent =
  | ({ kind: "deposit"; depositor: string; reference: bigint } & MoneyFields)
  | ({ kind: "withdrawal"; withdrawer: string; authorizationId: bigint } & MoneyFields)
  /** Configuration of the vault; moves no money. */
  | { kind: "control"; sequence: bigint; name: string };

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
  if (!("token" in printed)) return { kind: "control", sequence: printed.sequence, name: printed.event };
  const { sequence, amount, balance, locked } = printed;
  if (printed.token !== null && printed.token !== sbtcContract) {
    throw new UndecodableEvent(`The vault printed an event of the token ${printed.token}, not of ${sbtcContract}`);
  }
  const moved = {
    sequence,
    token: printed.token === null ? ("STX" as const) : ("sBTC" as const),
    amount,
    balance,
    locked,
  };
  return printed.event === "funds-deposited"
    ? { kind: "deposit", depositor: printed.depositor, reference: printed.reference, ...moved }
    : { kind: "withdrawal", withdrawer: printed.withdrawer, authorizationId: printed.id, ...moved };
}
