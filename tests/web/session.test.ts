import { expect, test } from "vitest";
import { isSignedBy } from "../../src/stacks/walletMessage";
import { parseConfig } from "../../src/web/config";
import { verdictOf } from "../../src/web/pool/proofWords";
import { keepSession, readSession, remainingMs } from "../../src/web/session/session";
import { parseBalances } from "../../src/web/wallets/balances";
import { localWallet } from "../../src/web/wallets/localKeys";
import { shortAddress } from "../../src/web/wallets/wallet";
import { ALICE, config, memoryStorage } from "./page";

const NOW = 1_800_000_000_000;
const session = { kind: "signedIn" as const, token: "t", address: ALICE.address, expiresAt: NOW + 60_000 };

test("a session survives a reload until shortly before its end, then it is known whose it was", () => {
  const storage = memoryStorage();
  expect(readSession(storage, NOW)).toEqual({ kind: "signedOut" });
  keepSession(storage, session);
  expect(readSession(storage, NOW)).toEqual(session);
  expect(remainingMs(session, NOW)).toBe(45_000);
  expect(readSession(storage, NOW + 45_000)).toEqual({ kind: "expired", address: ALICE.address });
});

test("signing out forgets the token, and so does its end", () => {
  for (const ended of [{ kind: "signedOut" as const }, { kind: "expired" as const, address: ALICE.address }]) {
    const storage = memoryStorage();
    keepSession(storage, session);
    keepSession(storage, ended);
    expect(readSession(storage, NOW)).toEqual({ kind: "signedOut" });
  }
});

test.each(["", "{", "null", '{"token":1}'])("a session stored as %j counts for nothing", (text) => {
  const storage = memoryStorage();
  storage.setItem("bithedge.session", text);
  expect(readSession(storage, NOW)).toEqual({ kind: "signedOut" });
});

test("a local wallet signs messages as the backend checks them", async () => {
  const wallet = localWallet(ALICE, config.stacksApiUrl);
  const message = "Sign in, please:\nünï";
  const claim = { message, ...(await wallet.signMessage(message)), address: ALICE.address };
  expect(isSignedBy(claim, "devnet")).toBe(true);
  expect(isSignedBy({ ...claim, message: `${message}!` }, "devnet")).toBe(false);
});

test("an address is told by its ends", () => {
  expect(shortAddress(ALICE.address)).toBe("ST1SJ…8YPD5");
});

test("balances are what can be spent, of this vault's sBTC only", () => {
  const holding = (balance: string) => ({ balance, total_sent: "0" });
  const answer = {
    stx: { balance: "5000000", locked: "1000000", total_fees_sent: "0" },
    fungible_tokens: { "ST1.other::sbtc-token": holding("9"), [`${config.sbtcContract}::sbtc-token`]: holding("7") },
  };
  expect(parseBalances(answer, config.sbtcContract)).toEqual({ STX: 4_000_000n, sBTC: 7n });
  expect(parseBalances({ ...answer, fungible_tokens: {} }, config.sbtcContract).sBTC).toBe(0n);
  expect(() => parseBalances({ stx: { balance: "1e9" } }, config.sbtcContract)).toThrow();
});

test("a configuration with a mistake is refused by the name of the field", () => {
  expect(parseConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  expect(() => parseConfig({ ...config, vaultContract: "no-address" })).toThrow(/vaultContract/);
  expect(() => parseConfig({ ...config, network: "moonnet" })).toThrow(/network/);
});

test("one token that fails, fails the proof; none is no proof", () => {
  expect(verdictOf([])).toBe("none");
  expect(verdictOf([{ holds: true }, { holds: true }])).toBe("holds");
  expect(verdictOf([{ holds: true }, { holds: false }])).toBe("failed");
});
