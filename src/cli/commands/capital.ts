/** A provider's capital on its way in and out: deposit, withdraw, cancel. */
import type { Command } from "commander";
import { api } from "../../../convex/_generated/api";
import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import { amountOf, shownAmount, shownTime, tierOf, tokenOf } from "../amounts";
import type { Cli } from "../cli";
import type { Followed } from "../following";
import { examples } from "../help";
import { requested, type SendingOptions, send, sends } from "../sending";
import type { Service } from "../service";
import { fields } from "../table";

interface DepositOptions extends SendingOptions {
  depositor?: string;
}

/** What the books owe of a token outside of tiers. */
async function suspenseOf(service: Service, token: Token): Promise<bigint> {
  const { suspense } = await service.query(api.liquidity.getProviderPortfolio, {});
  return suspense.find((row) => row.token === token)?.amount ?? 0n;
}

function shownEnd({ txId, status, blockHeight }: Followed, done: string): string {
  const end = status === "booked" ? done : "Sent, and not waited for.";
  return fields([
    ["Done", end],
    ["Transaction", txId],
    ["Block", blockHeight === null ? null : String(blockHeight)],
  ]);
}

/** Somebody else sends it, such as an exchange: all that there is to do here is to say what. */
function showForeign(
  cli: Cli,
  answer: { commitmentId: string; reference: bigint; expiresAt: number; transaction: unknown },
  depositor: string,
) {
  cli.out.show({ ...answer, depositor }, () =>
    fields([
      ["Commitment", answer.commitmentId],
      ["Depositor", `${depositor}: it has to call deposit-funds with the reference`],
      ["Reference", String(answer.reference)],
      ["Room is held until", shownTime(answer.expiresAt)],
    ]),
  );
}

async function deposit(
  cli: Cli,
  asked: { amount: bigint; token: Token; tier: Tier },
  options: DepositOptions,
): Promise<void> {
  const { amount, token, tier } = asked;
  const { depositor } = options;
  const { service, address } = await cli.session();
  const isOwn = depositor === undefined || depositor === address;
  // Before anything is requested: a commitment that can't be signed for would hold room for nothing.
  if (isOwn) await cli.signer(address);
  const before = isOwn ? await suspenseOf(service, token) : 0n;
  const answer = await requested(options, (idempotencyKey) =>
    service.action(api.liquidity.requestCommitCapital, { ...asked, idempotencyKey, ...(depositor && { depositor }) }),
  );
  const { commitmentId, reference, expiresAt, transaction } = answer;
  if (!isOwn) return showForeign(cli, { commitmentId, reference, expiresAt, transaction }, depositor);
  cli.standing = `The commitment ${commitmentId} stands until ${shownTime(expiresAt)}; cancel commitment ${commitmentId} ends it.`;
  const promise = `Once its block is final, it counts as capital in ${tier}.`;
  const followed = await send(cli, transaction, {
    action: "deposit",
    token,
    amount,
    signer: address,
    promise,
    ...options,
  });
  const isBooked = followed.status === "booked";
  const creditedTo = !isBooked ? null : (await suspenseOf(service, token)) >= before + amount ? "suspense" : tier;
  if (creditedTo === "suspense")
    cli.out.warn(`No commitment took this deposit: it stands in your suspense (see portfolio).`);
  cli.out.show({ commitmentId, reference, ...followed, creditedTo }, () =>
    shownEnd(
      followed,
      `${shownAmount(amount, token)} counts as ${creditedTo === "suspense" ? "suspense" : `capital in ${tier}`}.`,
    ),
  );
}

const BINDING: Record<string, string> = {
  available: "all that is free",
  hold: "the tier's minimum hold keeps the rest",
  health: "the rest is needed by the policies that it backs",
  vault: "the vault has no more free",
  outflow: "the vault's outflow cap lets no more through now",
  minimum: "what stays must be at least the tier's smallest position",
};

async function mostOf(cli: Cli, service: Service, { token, tier }: { token: Token; tier: Tier }): Promise<bigint> {
  const { max, binding } = await service.query(api.liquidity.quoteWithdrawal, { token, tier });
  cli.out.progress(`At most ${shownAmount(max, token)} can leave ${tier} now: ${BINDING[binding] ?? binding}.`);
  return max;
}

/** Sends a withdrawal that is authorised: from a tier or from suspense. */
export async function sendWithdrawal(
  cli: Cli,
  answer: { withdrawalId: string; authorization: { expiresAt: bigint }; transaction: Parameters<typeof send>[1] },
  { amount, token, signer, ...options }: { amount: bigint; token: Token; signer: string } & SendingOptions,
): Promise<void> {
  const { withdrawalId, transaction } = answer;
  const until = shownTime(Number(answer.authorization.expiresAt) * 1_000);
  const back = `if it is not sent, the amount returns after ${until}, or by: cancel withdrawal ${withdrawalId}`;
  cli.standing = `The withdrawal ${withdrawalId} is authorised; ${back}.`;
  const promise = `The amount is reserved and authorised until ${until}; ${back}.`;
  const followed = await send(cli, transaction, { action: "withdraw", token, amount, signer, promise, ...options });
  cli.out.show({ withdrawalId, amount, token, ...followed }, () =>
    shownEnd(followed, `${shownAmount(amount, token)} is paid to ${signer}.`),
  );
}

async function withdraw(
  cli: Cli,
  text: string,
  from: { token: Token; tier: Tier },
  options: SendingOptions,
): Promise<void> {
  const typed = text === "max" ? null : amountOf(text, from.token);
  const { service, address } = await cli.session();
  await cli.signer(address);
  const amount = typed ?? (await mostOf(cli, service, from));
  const answer = await requested(options, (idempotencyKey) =>
    service.action(api.liquidity.requestWithdrawal, { ...from, amount, idempotencyKey }),
  );
  await sendWithdrawal(cli, answer, { amount, token: from.token, signer: address, ...options });
}

async function cancelCommitment(cli: Cli, commitmentId: string): Promise<void> {
  const { service } = await cli.session();
  await service.action(api.liquidity.cancelCommitment, { commitmentId });
  cli.out.show(
    { commitmentId, status: "cancelled" },
    () => `The commitment ${commitmentId} is cancelled; its room is given back.`,
  );
}

const CANCELLED: Record<string, string> = {
  cancelling: "is being cancelled: its amount returns once the vault has revoked it, unless it was paid before",
  paid: "was paid already",
  revoked: "is revoked; its amount has returned",
  expired: "has expired; its amount has returned",
};

async function cancelWithdrawal(cli: Cli, withdrawalId: string): Promise<void> {
  const { service } = await cli.session();
  const { status } = await service.action(api.liquidity.cancelWithdrawal, { withdrawalId });
  cli.out.show(
    { withdrawalId, status },
    () => `The withdrawal ${withdrawalId} ${CANCELLED[status] ?? `is ${status}`}.`,
  );
}

function addDeposit(program: Command, cli: Cli): void {
  sends(program.command("deposit <amount> <token> <tier>"))
    .description("puts capital into a tier, and waits until it counts")
    .option("--depositor <principal>", "who will send it instead of you; prints what that one has to send")
    .addHelpText(
      "after",
      examples("deposit 5 STX Balanced --wallet wallet_1", "deposit 0.25 sBTC Conservative --wallet wallet_1 --json"),
    )
    .action((amount: string, token: string, tier: string, options: DepositOptions) => {
      const known = { token: tokenOf(token), tier: tierOf(tier) };
      return deposit(cli, { ...known, amount: amountOf(amount, known.token) }, options);
    });
}

function addWithdraw(program: Command, cli: Cli): void {
  sends(program.command("withdraw <amount> <token> <tier>"))
    .description(
      'takes capital out of a tier; the amount "max" is all that can leave now, and says what keeps the rest',
    )
    .addHelpText(
      "after",
      examples("withdraw 2.5 STX Balanced --wallet wallet_1", "withdraw max sBTC Conservative --wallet wallet_1"),
    )
    .action((amount: string, token: string, tier: string, options: SendingOptions) =>
      withdraw(cli, amount, { token: tokenOf(token), tier: tierOf(tier) }, options),
    );
}

export function addCapitalCommands(program: Command, cli: Cli): void {
  addDeposit(program, cli);
  addWithdraw(program, cli);
  const cancel = program.command("cancel").description("takes back a commitment or a withdrawal that is not done yet");
  cancel
    .command("commitment <id>")
    .description("gives back the room that a commitment holds")
    .addHelpText("after", examples("cancel commitment <id from portfolio> --wallet wallet_1"))
    .action((id: string) => cancelCommitment(cli, id));
  cancel
    .command("withdrawal <id>")
    .description("has the vault revoke a withdrawal that is not paid yet, and says what became of it")
    .addHelpText("after", examples("cancel withdrawal <id from withdraw> --wallet wallet_1"))
    .action((id: string) => cancelWithdrawal(cli, id));
}
