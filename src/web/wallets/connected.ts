/**
 * People's own wallets, as @stacks/connect speaks to them (SIP-030). It is large, so this is loaded when somebody chooses to
 * connect a wallet, or signs with one. What a wallet answers is read here like any stranger's word.
 */
import { DEFAULT_PROVIDERS, request, type WbipProvider } from "@stacks/connect";
import { hashMessage } from "@stacks/encryption";
import {
  addressFromVersionHash,
  addressHashModeToVersion,
  addressToString,
  deserializeTransaction,
  getAddressFromPublicKey,
  publicKeyFromSignatureRsv,
} from "@stacks/transactions";
import type { WebConfig } from "../config";
import { walletTrouble } from "./trouble";
import { type UnsignedCall, type Wallet, WalletProblem } from "./wallet";

/** A wallet that is in this browser, or could be. */
export interface WalletOffer {
  /** Where it stands on the window, as `XverseProviders.BitcoinProvider`. */
  id: string;
  name: string;
  /** Where to get it. */
  url: string | null;
}

export interface WalletOffers {
  installed: WalletOffer[];
  others: WalletOffer[];
}

type Provider = NonNullable<Exclude<Parameters<typeof request>[0], string>["provider"]>;

function providerOf(id: string): Provider | null {
  const found = id
    .split(".")
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], globalThis);
  return typeof found === "object" && found !== null && "request" in found ? (found as Provider) : null;
}

/** Wallets tell of themselves on the window; the well-known ones are looked for as well. */
export function offeredWallets(): WalletOffers {
  const registries = globalThis as { wbip_providers?: WbipProvider[]; webbtc_stx_providers?: WbipProvider[] };
  const registered = [...(registries.wbip_providers ?? []), ...(registries.webbtc_stx_providers ?? [])];
  const known = new Map([...DEFAULT_PROVIDERS, ...registered].map((provider) => [provider.id, provider]));
  const offers = [...known.values()].map(({ id, name, webUrl }) => ({ id, name, url: webUrl ?? null }));
  const isInstalled = ({ id }: WalletOffer) => providerOf(id) !== null;
  return { installed: offers.filter(isInstalled), others: offers.filter((offer) => !isInstalled(offer)) };
}

function requireProvider({ id, name }: Pick<WalletOffer, "id" | "name">): Provider {
  const provider = providerOf(id);
  if (provider) return provider;
  throw new WalletProblem(
    "NO_WALLET",
    `${name} does not answer in this browser. Switch it on or unlock it, reload the page, and try again.`,
  );
}

const ownKind = ({ network }: WebConfig) => (network === "mainnet" ? "mainnet" : "testnet");

/** Those of a single key: only they can sign in. */
const SIGNERS = { mainnet: "SP", testnet: "ST" };

/** The Stacks addresses of this network among what a wallet shows. */
function ownAddresses(addresses: unknown, offer: WalletOffer, config: WebConfig): string[] {
  const listed = (Array.isArray(addresses) ? addresses : []).map((entry: { address?: unknown }) => entry.address);
  const stacks = listed.filter(
    (address): address is string => typeof address === "string" && /^S[A-Z0-9]+$/.test(address),
  );
  const own = [...new Set(stacks)].filter((address) => address.startsWith(SIGNERS[ownKind(config)]));
  if (own.length > 0) return own;
  const [other] = stacks;
  if (other === undefined) {
    throw new WalletProblem(
      "NO_ADDRESS",
      `${offer.name} shows no Stacks address. Unlock it, choose an account that has one, and connect again.`,
    );
  }
  throw new WalletProblem(
    "OTHER_NETWORK",
    `${offer.name} answers with ${other}, which can't sign in on ${config.network}. Switch the wallet to ${config.network} and to an account with a single key, then connect again.`,
  );
}

/** Asks a wallet for its accounts, which asks its owner. @returns at least one address of this network */
export async function connectWallet(offer: WalletOffer, config: WebConfig): Promise<string[]> {
  const provider = requireProvider(offer);
  // Addresses are kept by the session alone, not by the library beside it.
  const options = { provider, enableLocalStorage: false };
  const { network } = config;
  const answer = await request(options, "getAddresses", { network }).catch((error) => {
    throw walletTrouble(error, offer.name);
  });
  return ownAddresses(answer?.addresses, offer, config);
}

const bare = (hex: unknown) => (typeof hex === "string" ? hex.replace(/^0x/, "").toLowerCase() : "");

/** Who made a signature. No wallet's word is needed for the key: it follows from the signature itself. */
function signerOf(message: string, signature: string, config: WebConfig) {
  const hash = Array.from(hashMessage(message), (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    const publicKey = publicKeyFromSignatureRsv(hash, signature);
    return { publicKey, address: getAddressFromPublicKey(publicKey, ownKind(config)) };
  } catch {
    return null;
  }
}

function otherAccount(name: string, address: string, answered: string, consequence: string): WalletProblem {
  return new WalletProblem(
    "OTHER_ACCOUNT",
    `${name} signed as ${answered}, and you are here as ${address}. ${consequence} Switch the wallet to that account, or sign in as the other one.`,
  );
}

interface CallAnswer {
  txid?: unknown;
  transaction?: unknown;
}

/** The id of what a wallet says it has sent; by its bytes, where it shows them. */
function sentId(
  { txid, transaction }: CallAnswer,
  { name, address }: { name: string; address: string },
  config: WebConfig,
) {
  if (typeof transaction === "string" && transaction !== "") {
    try {
      const read = deserializeTransaction(bare(transaction));
      const { signer, hashMode } = read.auth.spendingCondition;
      const told = addressToString(addressFromVersionHash(addressHashModeToVersion(hashMode, ownKind(config)), signer));
      return { txId: `0x${read.txid()}`, stranger: told === address ? null : told };
    } catch {
      // Not the bytes of a transaction: its id may still be told.
    }
  }
  const id = bare(txid);
  if (/^[0-9a-f]{64}$/.test(id)) return { txId: `0x${id}`, stranger: null };
  throw new WalletProblem(
    "WALLET_UNCLEAR",
    `${name} did not say whether it has sent the transaction. It is looked for on the chain: see whether it appears under your transactions before you try again.`,
  );
}

/** The wallet behind a provider, for one of its addresses. */
export function connectedWallet(offer: Pick<WalletOffer, "id" | "name">, address: string, config: WebConfig): Wallet {
  const { name } = offer;
  return {
    name,
    address,
    asksItsOwner: true,

    async signMessage(message) {
      const provider = requireProvider(offer);
      const answer = await request({ provider }, "stx_signMessage", { message }).catch((error) => {
        throw walletTrouble(error, name);
      });
      const signature = bare(answer?.signature);
      const signer = signerOf(message, signature, config);
      if (!signer) {
        throw new WalletProblem(
          "WALLET_FAILED",
          `${name} answered with a signature that can't be read. Try again; if it repeats, update the wallet or use another.`,
        );
      }
      if (signer.address !== address) throw otherAccount(name, address, signer.address, "Nothing was accepted.");
      return { signature, publicKey: signer.publicKey };
    },

    async signAndBroadcast(call: UnsignedCall, { feeUstx, onHanded, onSigned }) {
      const provider = requireProvider(offer);
      const { contractId, functionName, functionArgs, postConditions, postConditionMode, network } = call;
      const [contractAddress, contractName] = contractId.split(".");
      onHanded();
      const answer = await request({ provider }, "stx_callContract", {
        contract: `${contractAddress}.${contractName}`,
        ...{ functionName, functionArgs, postConditions, postConditionMode, network },
        ...{ address, fee: feeUstx.toString(), sponsored: false },
      }).catch((error) => {
        throw walletTrouble(error, name, "sending");
      });
      const { txId, stranger } = sentId(answer ?? {}, { name, address }, config);
      if (stranger !== null) {
        throw otherAccount(
          name,
          address,
          stranger,
          "The chain undoes such a call: nothing moves but that account's fee.",
        );
      }
      onSigned(txId);
    },
  };
}
