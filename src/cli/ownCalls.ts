/**
 * Calls that no backend returned: what the vault's admin and guardian send it, and what a stranger may try on the local
 * stack. Shown in words, agreed to, signed, sent, and waited for until a block has them.
 */
import type { ContractCall } from "@clarigen/core";
import { type ClarityValue, cvToHex } from "@stacks/transactions";
import type { UnsignedCall } from "../stacks/unsignedCalls";
import { shownAmount } from "./amounts";
import type { Cli } from "./cli";
import { failedOnChain } from "./following";
import { asked, broadcast, nodeOf, signed } from "./sending";
import { waitUntil } from "./waiting";

const plain = (hex: string) => hex.replace(/^0x/, "");

/** In deny mode without a post-condition: it moves nobody's tokens, or nothing happens. */
export function callOf(network: UnsignedCall["network"], call: ContractCall<unknown>): UnsignedCall {
  const { contractAddress, contractName, function: abi, functionArgs } = call;
  return {
    network,
    contractId: `${contractAddress}.${contractName}`,
    functionName: abi.name,
    functionArgs: (functionArgs as ClarityValue[]).map((argument) => plain(cvToHex(argument))),
    postConditions: [],
    postConditionMode: "deny",
  };
}

/** @param words what signing it does, in a sentence; @returns the transaction's id, once a block has it unless --no-wait */
export async function sendOwn(cli: Cli, call: UnsignedCall, words: string): Promise<string> {
  const wallet = await cli.wallet();
  const node = await nodeOf(cli);
  const { feeUstx, transaction } = await signed(node, wallet, call, {});
  cli.out.progress(`To sign: ${call.functionName} of ${call.contractId}. ${words}`);
  cli.out.progress(`Fee: ${shownAmount(feeUstx, "STX")}, paid by ${wallet.address}, on ${call.network}.`);
  await cli.consent("Sign and send?");
  const txId = `0x${transaction.txid()}`;
  cli.standing = `The transaction ${txId} stands; go on with: npm run cli -- transaction ${txId}`;
  await broadcast(cli, node, { txId, bytes: transaction.serialize() });
  cli.out.progress(`Sent: ${txId}`);
  if (!cli.options.wait) return txId;
  // The node alone is asked: the backend may be what this is done against.
  const seen = await waitUntil(cli, {
    what: "a block has it",
    look: () => asked(node.transaction(txId)),
    holds: (found) => found !== null && found.kind !== "waiting",
  });
  if (seen?.kind === "failed" || seen?.kind === "dropped") throw failedOnChain(txId, seen);
  return txId;
}
