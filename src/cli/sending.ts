/**
 * From a call that the backend returned to a transaction on the chain: checked, shown in words, agreed to, signed, kept,
 * sent, and followed until the books have it.
 */
import { randomUUID } from "node:crypto";
import { deserializeTransaction } from "@stacks/transactions";
import { type Command, InvalidArgumentError } from "commander";
import { parseAmount } from "../domain/tokens";
import type { VaultDeployment } from "../stacks/deployment";
import { CHAIN_ID, vaultCalls } from "../stacks/deployment";
import { NodeClient, NodeRefusal, NodeSilent } from "../stacks/node";
import type { UnsignedCall } from "../stacks/unsignedCalls";
import { signCall, type Wallet } from "../stacks/wallet";
import { shownAmount } from "./amounts";
import type { Cli } from "./cli";
import { Failure, misuse } from "./errors";
import { type Followed, Follower } from "./following";
import { type Movement, payerOf, requireAsAsked } from "./review";
import { keyOf, type SentCall, SentCalls } from "./sentCalls";

/** Of every command that requests something of the service. */
export interface RequestOptions {
  idempotencyKey?: string;
}

/** Of every command that sends a transaction. */
export interface SendingOptions extends RequestOptions {
  /** Micro-STX. */
  fee?: bigint;
}

function feeOf(text: string): bigint {
  const fee = parseAmount(text, "STX");
  if (fee.ok) return fee.value;
  throw new InvalidArgumentError(fee.refusal.message);
}

/** Gives a command the options of a request. */
export function requests(command: Command): Command {
  return command.option("--idempotency-key <key>", "repeats an earlier request instead of making a new one");
}

/** Gives a command the options of a request whose answer is sent to the chain. */
export function sends(command: Command): Command {
  return requests(command).option("--fee <STX>", "the network's fee, instead of the node's estimate", feeOf);
}

/** Asks with a key of its own, so that the same can be asked again when no answer came. */
export async function requested<T>(
  { idempotencyKey = randomUUID() }: RequestOptions,
  ask: (idempotencyKey: string) => Promise<T>,
): Promise<T> {
  return ask(idempotencyKey).catch((error) => {
    if (!(error instanceof Failure) || error.kind !== "unreachable") throw error;
    const again = `Run the command again with --idempotency-key ${idempotencyKey}, and nothing happens twice.`;
    throw new Failure(error.kind, error.code, `${error.message} ${again}`, { ...error.facts, idempotencyKey });
  });
}

/** The node, if it is of the network that is meant. */
export async function nodeOf(cli: Cli): Promise<NodeClient> {
  const { network, stacksUrl } = await cli.place();
  const node = new NodeClient(network, stacksUrl);
  const chainId = await asked(node.chainId());
  if (chainId === CHAIN_ID[network]) return node;
  throw misuse(
    "OTHER_NETWORK",
    `The Stacks API at ${stacksUrl} is of chain ${chainId}, and ${network} is ${CHAIN_ID[network]}. Name another with --stacks-url.`,
  );
}

/** What a node answers, its silence told as such. */
export function asked<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error) => {
    throw error instanceof NodeSilent ? new Failure("unreachable", "NODE_UNREACHABLE", error.message) : error;
  });
}

/**
 * The vault that may be signed for. The user names it (locally it follows from settings/Devnet.toml), as a backend that was
 * taken over would name its own; which sBTC it pays with, it says itself.
 */
async function vaultOf(cli: Cli, node: NodeClient): Promise<VaultDeployment> {
  const { network, vaultContract, name } = await cli.place();
  if (!vaultContract) {
    throw misuse(
      "NO_VAULT",
      `Which vault of ${name} do you trust with your money? Name it with --vault or BITHEDGE_VAULT.`,
    );
  }
  const call = vaultCalls({ network, vaultContract, sbtcContract: "" }).getSbtcTokenPrincipal();
  const sbtcContract = await asked(node.read<string | null>(call));
  if (sbtcContract) return { network, vaultContract, sbtcContract };
  throw new Failure("refused", "NOT_LAUNCHED", `The vault ${vaultContract} is not launched yet.`);
}

/** No command pays more without being told to. */
const MOST_FEE_USTX = 1_000_000n;
/** Where the node has no estimate; it relays from 1. */
const FEE_PER_BYTE_USTX = 10n;

export async function signed(node: NodeClient, wallet: Wallet, call: UnsignedCall, { fee }: SendingOptions) {
  const nonce = await asked(node.nextNonce(wallet.address));
  const draft = await signCall(wallet, call, { nonce, fee: 0n });
  const lengthBytes = draft.serializeBytes().length;
  const estimate = fee ?? (await node.estimateFee(draft, lengthBytes)) ?? BigInt(lengthBytes) * FEE_PER_BYTE_USTX;
  if (fee === undefined && estimate > MOST_FEE_USTX) {
    const most = shownAmount(MOST_FEE_USTX, "STX");
    throw misuse(
      "FEE_TOO_HIGH",
      `The network asks for a fee of ${shownAmount(estimate, "STX")}, more than ${most}. Name what you would pay with --fee.`,
    );
  }
  const { balance } = await asked(node.account(wallet.address));
  if (balance < estimate) {
    throw new Failure(
      "refused",
      "NO_MONEY_FOR_FEE",
      `${wallet.address} has ${shownAmount(balance, "STX")}, and the fee is ${shownAmount(estimate, "STX")}.`,
    );
  }
  return { feeUstx: estimate, nonce, transaction: await signCall(wallet, call, { nonce, fee: estimate }) };
}

/** What is about to be signed, in words. */
function show(cli: Cli, movement: Movement, vault: VaultDeployment, feeUstx: bigint, promise: string): void {
  const { token, amount, signer } = movement;
  const payer = payerOf(movement, vault);
  const payee = payer === signer ? vault.vaultContract : signer;
  const { out } = cli;
  out.progress(
    `To sign: exactly ${shownAmount(amount, token)} from ${payer} to ${payee}, and nothing else from anybody.`,
  );
  out.progress(`Fee: ${shownAmount(feeUstx, "STX")}, paid by ${signer}, on ${vault.network}.`);
  out.progress(promise);
}

const REJECTIONS: Record<string, string> = {
  NotEnoughFunds: "The wallet has too little STX for the amount and the fee.",
  BadNonce: "The wallet has sent another transaction in the meantime. Run the command again.",
  ConflictingNonceInMempool:
    "Another transaction of this wallet is still waiting. Run the command again once it is mined.",
  TooMuchChaining: "Too many transactions of this wallet are waiting. Run the command again once some are mined.",
  FeeTooLow: "The network asks for a higher fee. Name it with --fee.",
};

export async function broadcast(
  cli: Cli,
  node: NodeClient,
  { txId, bytes }: Pick<SentCall, "txId" | "bytes">,
): Promise<void> {
  try {
    await node.broadcast(deserializeTransaction(bytes));
  } catch (error) {
    if (error instanceof NodeRefusal) {
      const why = REJECTIONS[error.reason] ?? `It says ${error.reason}.`;
      throw new Failure(
        "failedOnChain",
        "NOT_TAKEN",
        `The node did not take the transaction, so nothing moved. ${why}`,
        { txId, reason: error.reason },
      );
    }
    if (!(error instanceof NodeSilent)) throw error;
    // It may have arrived all the same: whoever follows it finds out.
    cli.out.warn(`${error.message} It is looked for.`);
  }
}

/** What the node refused when it was new was never sent. */
function forgetting(calls: SentCalls, { key }: SentCall): (error: unknown) => Promise<never> {
  return async (error) => {
    await calls.forget(key);
    throw error;
  };
}

export interface Request extends Movement {
  /** What happens once it is signed, in a sentence or two. */
  promise: string;
}

/** The transaction of the same call, if it was signed before and can still count. */
async function earlier(node: NodeClient, kept: SentCall | null): Promise<SentCall | null> {
  if (!kept) return null;
  const seen = await asked(node.transaction(kept.txId));
  return seen?.kind === "failed" || seen?.kind === "dropped" ? null : kept;
}

async function signAnew(
  cli: Cli,
  node: NodeClient,
  vault: VaultDeployment,
  call: UnsignedCall,
  request: Request & SendingOptions,
) {
  const wallet = await cli.wallet();
  const { feeUstx, transaction } = await signed(node, wallet, call, request);
  show(cli, request, vault, feeUstx, request.promise);
  await cli.consent("Sign and send?");
  return { txId: `0x${transaction.txid()}`, bytes: transaction.serialize() };
}

/** Checks, shows, signs and sends a call, or sends again what was signed for the same call. @returns how far it has come */
export async function send(cli: Cli, call: UnsignedCall, request: Request & SendingOptions): Promise<Followed> {
  const node = await nodeOf(cli);
  const vault = await vaultOf(cli, node);
  requireAsAsked(call, request, vault);
  const calls = new SentCalls(cli.sessions().file);
  const key = keyOf(request.signer, node.baseUrl, call);
  const known = await earlier(node, await calls.find(key));
  const sent: SentCall = known ?? { key, ...(await signAnew(cli, node, vault, call, request)) };
  if (!known) await calls.keep(sent);
  const { txId } = sent;
  cli.standing = `The transaction ${txId} stands; go on with: npm run cli -- transaction ${txId}`;
  if (!known) await broadcast(cli, node, sent).catch(forgetting(calls, sent));
  else if ((await asked(node.transaction(txId))) === null) await broadcast(cli, node, sent);
  cli.out.progress(`${known ? "Sent before" : "Sent"}: ${txId}`);
  const follower = new Follower(cli, { node, service: await cli.service(), vaultContract: vault.vaultContract });
  return cli.options.wait ? follower.booked(txId) : { txId, status: "waiting", blockHeight: null, sequence: null };
}
