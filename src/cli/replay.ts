/** What a thief would try with what another was given to sign: the same call, from a wallet of his own. Locally only. */
import { z } from "zod";
import { requester } from "../stacks/request";
import { contractCall } from "../stacks/waitingCalls";
import type { Cli } from "./cli";
import { misuse } from "./errors";
import { localPlace } from "./localControl";
import { sendOwn } from "./ownCalls";

const shape = z.object({ contract_call: contractCall });

/** Sends the call of another's transaction as the wallet's own. @throws how the contract refuses it */
export async function replay(cli: Cli, txId: string): Promise<void> {
  const { network, stacksUrl } = await localPlace(cli);
  if (!/^(0x)?[0-9a-f]{64}$/i.test(txId)) throw misuse("NO_TRANSACTION", `"${txId}" is no id of a transaction.`);
  const { contract_call: call } = await requester(stacksUrl, {})(shape, `/extended/v1/tx/${txId}`);
  if (!call) throw misuse("NO_CALL", `The transaction ${txId} calls no contract.`);
  const { contract_id: contractId, function_name: functionName, function_args: given = [] } = call;
  const functionArgs = given.map(({ hex }) => hex.replace(/^0x/, ""));
  const own = {
    network,
    contractId,
    functionName,
    functionArgs,
    postConditions: [],
    postConditionMode: "deny" as const,
  };
  const replayed = await sendOwn(cli, own, `It was ${txId} of another.`);
  cli.out.show({ txId: replayed }, () => `The contract took it: ${replayed}.`);
}
