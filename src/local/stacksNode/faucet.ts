/** The local faucet: an account of its own, so that its nonces disturb nobody's. */
import { createHash } from "node:crypto";
import { getAddressFromPrivateKey, makeSTXTokenTransfer } from "@stacks/transactions";

/** As little a secret as the devnet's mnemonics. */
const FAUCET_KEY = `${createHash("sha256").update("local Stacks faucet").digest("hex")}01`;
const GIFT_USTX = 500_000_000n;
const FEE_USTX = 1000n;

export const FAUCET_ADDRESS = getAddressFromPrivateKey(FAUCET_KEY, "testnet");
export const FAUCET_FUNDS_USTX = 1_000_000_000_000_000n;

/** The signed transfer of a gift, hex without 0x. */
export async function faucetTransfer(recipient: string, nonce: number): Promise<string> {
  const senderKey = FAUCET_KEY;
  const terms = { recipient, amount: GIFT_USTX, fee: FEE_USTX, nonce, senderKey, network: "testnet" } as const;
  return (await makeSTXTokenTransfer(terms)).serialize();
}
