/** Who sends a deposit, where that is somebody else: an exchange, a contract, several signers. */
import { accept, type Outcome, refuse } from "../../domain/refusal";
import type { WebConfig } from "../config";

const ADDRESS = { mainnet: /^S[PM][0-9A-HJKMNP-TV-Z]{38,39}$/, testnet: /^S[TN][0-9A-HJKMNP-TV-Z]{38,39}$/ };
const CONTRACT_NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,39}$/;

/** Null for oneself. Only the look of an address is judged here; the service knows a mistyped letter. */
export function checkDepositor(depositorText: string, network: WebConfig["network"]): Outcome<string | null> {
  const text = depositorText.trim();
  if (text === "") return accept(null);
  const [address = "", contract, ...more] = text.split(".");
  const isNamed = contract === undefined || CONTRACT_NAME.test(contract);
  if (ADDRESS[network === "mainnet" ? "mainnet" : "testnet"].test(address) && isNamed && more.length === 0) {
    return accept(text);
  }
  return refuse(
    "UNKNOWN_DEPOSITOR",
    `That is no address or contract of ${network === "mainnet" ? "the main network" : "this test network"}. Leave it out to deposit yourself.`,
  );
}
