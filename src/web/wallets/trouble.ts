/** What wallets throw, read as one of few troubles: each wallet has its own codes and words for the same. */
import { WalletProblem } from "./wallet";

/** EIP-1193's, @stacks/connect's for a closed window, and SIP-030's. */
const REJECTIONS = [4001, -31001, -32000];
const NOT_OFFERED = [-32601, 4200];
const OTHER_ADDRESS = -32001;
const NOT_ALLOWED = [-32002, 4100];

function codeOf(error: unknown): number | null {
  const code = typeof error === "object" && error !== null && "code" in error ? Number(error.code) : Number.NaN;
  return Number.isFinite(code) ? code : null;
}

function wordsOf(error: unknown): string {
  const message = typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";
  return message.trim().slice(0, 200) || "nothing more";
}

/** @param doing what it was asked for: whoever sends by itself may have sent before it failed */
export function walletTrouble(error: unknown, name: string, doing: "asking" | "sending" = "asking"): WalletProblem {
  if (error instanceof WalletProblem) return error;
  const code = codeOf(error);
  const words = wordsOf(error);
  const is = (codes: number[]) => code !== null && codes.includes(code);
  if (is(REJECTIONS) || /reject|cancel|denied|declined|closed/i.test(words)) {
    return new WalletProblem(
      "WALLET_REJECTED",
      `You rejected it in ${name}, or closed its window. Nothing was signed; try again whenever you like.`,
    );
  }
  if (is(NOT_OFFERED)) {
    return new WalletProblem(
      "WALLET_CANNOT",
      `${name} can't do this. Update it, or connect another wallet: Leather and Xverse can.`,
    );
  }
  if (code === OTHER_ADDRESS) {
    return new WalletProblem(
      "OTHER_ACCOUNT",
      `${name} is on another account than the one you signed in with. Switch to it there, then try again.`,
    );
  }
  if (is(NOT_ALLOWED)) {
    return new WalletProblem(
      "WALLET_CANNOT",
      `${name} does not let this page ask, or is locked. Unlock it, sign out here, and connect again.`,
    );
  }
  if (doing === "sending") {
    return new WalletProblem(
      "WALLET_UNCLEAR",
      `${name} failed (it says: ${words}), and did not say whether it has sent the transaction. It is looked for on the chain: see whether it appears under your transactions before you try again.`,
    );
  }
  return new WalletProblem(
    "WALLET_FAILED",
    `${name} failed (it says: ${words}). Try again; if it repeats, unlock or update the wallet, or use another.`,
  );
}
