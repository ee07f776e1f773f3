/** The transactions of a deployment: what each step sends, signed, and what it costs. */
import { hexToBytes } from "@clarigen/core";
import {
  type ClarityValue,
  ClarityVersion,
  makeContractCall,
  makeContractDeploy,
  type StacksTransactionWire,
} from "@stacks/transactions";
import { contracts } from "../../stacks/bindings";
import { vaultCalls } from "../../stacks/deployment";
import type { NodeClient } from "../../stacks/node";
import type { DeployOptions } from "./options";
import type { Signer } from "./signer";
import type { Progress, Step } from "./steps";

/** Micro-STX a byte, Clarinet's rate too. A node relays from 1. */
const DEFAULT_FEE_PER_BYTE = 10n;

export interface Priced {
  step: Step;
  nonce: number;
  feeUstx: bigint;
  transaction: StacksTransactionWire;
}

interface Making {
  node: NodeClient;
  signer: Signer;
  options: DeployOptions;
  progress: Progress;
  source: string;
}

export function callOf(
  step: Exclude<Step["kind"], "contract">,
  { deployment, admin }: Progress,
  options: DeployOptions,
) {
  const vault = vaultCalls(deployment);
  switch (step) {
    case "roles": {
      const { service, guardian, caps } = options;
      return vault.scheduleChange({ admin, service, guardian, authoriser: hexToBytes(options.authoriser), caps });
    }
    case "launch":
      return vault.setSbtcTokenPrincipal(deployment.sbtcContract);
  }
}

function sign(step: Step, making: Making, signing: { nonce: number; fee: bigint }): Promise<StacksTransactionWire> {
  const { node, signer, options, progress, source } = making;
  const common = { ...node.target, ...signing, senderKey: signer.privateKey, postConditionMode: "deny" } as const;
  const [, contractName = ""] = progress.deployment.vaultContract.split(".");
  if (step.kind === "contract") {
    const clarityVersion = ClarityVersion[contracts.liquidityVault.clarity_version];
    return makeContractDeploy({ ...common, contractName, codeBody: source, clarityVersion });
  }
  const { contractAddress, function: abi, functionArgs } = callOf(step.kind, progress, options);
  const call = { contractAddress, contractName, functionName: abi.name, functionArgs: functionArgs as ClarityValue[] };
  return makeContractCall({ ...common, ...call, validateWithAbi: false });
}

/** Signed with the fee that the options name, or the node's estimate, or the default by size. */
async function price(step: Step, making: Making, nonce: number): Promise<Priced> {
  const { node, options } = making;
  const draft = await sign(step, making, { nonce, fee: 0n });
  const lengthBytes = draft.serializeBytes().length;
  const feeUstx =
    options.feeUstx ?? (await node.estimateFee(draft, lengthBytes)) ?? BigInt(lengthBytes) * DEFAULT_FEE_PER_BYTE;
  return { step, nonce, feeUstx, transaction: await sign(step, making, { nonce, fee: feeUstx }) };
}

/** Those of the steps, from the first on, that this signer can sign. */
export async function priceOwnSteps(making: Making, firstNonce: number): Promise<Priced[]> {
  const { steps } = making.progress;
  const foreign = steps.findIndex(({ signer }) => signer !== making.signer.address);
  const own = foreign === -1 ? steps : steps.slice(0, foreign);
  return Promise.all(own.map((step, index) => price(step, making, firstNonce + index)));
}
