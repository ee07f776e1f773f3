/** Which texts name someone on a network. */
import { validateStacksAddress } from "@stacks/transactions";
import type { Network } from "./deployment";

/** Single-signature and multi-signature addresses. */
const PREFIXES = { mainnet: ["SP", "SM"], testnet: ["ST", "SN"] };

/** An address or contract principal of this network. */
export function isPrincipal(text: string, network: Network): boolean {
  const [address = "", contract, ...more] = text.split(".");
  const prefixes = PREFIXES[network === "mainnet" ? "mainnet" : "testnet"];
  return (
    prefixes.some((prefix) => address.startsWith(prefix)) &&
    validateStacksAddress(address) &&
    more.length === 0 &&
    (contract === undefined || /^[a-zA-Z][a-zA-Z0-9_-]{0,39}$/.test(contract))
  );
}

/** A person's single-signature address: only these can sign in. */
export function isSignerAddress(text: string, network: Network): boolean {
  return /^S[PT]/.test(text) && !text.includes(".") && isPrincipal(text, network);
}
