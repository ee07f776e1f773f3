/**
 * A wallet whose key is in the page's configuration: the funded accounts of the local stack. It needs
 * @stacks/transactions, so it is loaded when something is to be signed, not with the page.
 */
import { hashMessage } from "@stacks/encryption";
import {
  broadcastTransaction,
  hexToCV,
  makeContractCall,
  privateKeyToPublic,
  publicKeyToHex,
  signMessageHashRsv,
} from "@stacks/transactions";
import type { WebConfig } from "../config";
import { BroadcastRejected, type SendingTerms, type UnsignedCall, type Wallet } from "./wallet";

export function localWallet(account: WebConfig["wallets"][number], stacksApiUrl: string): Wallet {
  const { name, address, privateKey } = account;
  const client = { baseUrl: stacksApiUrl };

  return {
    name,
    address,
    asksItsOwner: false,

    async signMessage(message) {
      const messageHash = Array.from(hashMessage(message), (byte) => byte.toString(16).padStart(2, "0")).join("");
      const publicKey = publicKeyToHex(privateKeyToPublic(privateKey));
      return { publicKey, signature: signMessageHashRsv({ messageHash, privateKey }) };
    },

    async signAndBroadcast(call: UnsignedCall, { feeUstx, onSigned }: SendingTerms) {
      const [contractAddress = "", contractName = ""] = call.contractId.split(".");
      const { functionName, postConditions, postConditionMode, network } = call;
      const transaction = await makeContractCall({
        contractAddress,
        contractName,
        functionName,
        functionArgs: call.functionArgs.map((hex) => hexToCV(hex)),
        postConditions,
        postConditionMode,
        fee: feeUstx,
        senderKey: privateKey,
        network,
        client,
      });
      onSigned(`0x${transaction.txid()}`);
      const reply = await broadcastTransaction({ transaction, network, client });
      if ("error" in reply) throw new BroadcastRejected(reply.reason);
    },
  };
}
