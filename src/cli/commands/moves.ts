/** What a provider does with capital that is in already: move, collect, accept, and what stands in suspense. No transaction. */
import type { Command } from "commander";
import { api } from "../../../convex/_generated/api";
import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import { amountOf, shownAmount, shownTime, switchOf, tierOf, tokenOf } from "../amounts";
import type { Cli } from "../cli";
import { examples } from "../help";
import { type RequestOptions, requested, requests, type SendingOptions, sends } from "../sending";
import { sendWithdrawal } from "./capital";

interface Asked {
  token: Token;
  amount: bigint;
}

async function move(cli: Cli, asked: Asked & { fromTier: Tier; toTier: Tier }, options: RequestOptions): Promise<void> {
  const { token, amount, fromTier, toTier } = asked;
  const { service } = await cli.session();
  const answer = await requested(options, (idempotencyKey) =>
    service.action(api.liquidity.moveCapital, { ...asked, idempotencyKey }),
  );
  cli.out.show(
    { ...asked, ...answer },
    () =>
      `Moved ${shownAmount(amount, token)} from ${fromTier} to ${toTier}; free to leave from ${shownTime(answer.freeAt)} on.`,
  );
}

async function assign(cli: Cli, asked: Asked & { tier: Tier }, options: RequestOptions): Promise<void> {
  const { token, amount, tier } = asked;
  const { service } = await cli.session();
  const answer = await requested(options, (idempotencyKey) =>
    service.action(api.liquidity.assignSuspense, { ...asked, idempotencyKey }),
  );
  cli.out.show(
    { ...asked, ...answer },
    () =>
      `${shownAmount(amount, token)} of your suspense is in ${tier}; free to leave from ${shownTime(answer.freeAt)} on.`,
  );
}

async function withdrawSuspense(cli: Cli, { token, amount }: Asked, options: SendingOptions): Promise<void> {
  const { service, address } = await cli.session();
  await cli.signer(address);
  const answer = await requested(options, (idempotencyKey) =>
    service.action(api.liquidity.requestSuspenseWithdrawal, { token, amount, idempotencyKey }),
  );
  await sendWithdrawal(cli, answer, { amount, token, signer: address, ...options });
}

async function collect(cli: Cli, asked: { token: Token; tier: Tier }, options: RequestOptions): Promise<void> {
  const { service } = await cli.session();
  const { amount } = await requested(options, (idempotencyKey) =>
    service.action(api.policies.collectYield, { ...asked, idempotencyKey }),
  );
  cli.out.show(
    { ...asked, amount },
    () => `${shownAmount(amount, asked.token)} that your capital in ${asked.tier} has earned is capital now.`,
  );
}

async function accept(cli: Cli, asked: { token: Token; tier: Tier; accepting: boolean }): Promise<void> {
  const { service } = await cli.session();
  await service.action(api.liquidity.setAcceptingPolicies, asked);
  const { token, tier, accepting } = asked;
  cli.out.show(asked, () =>
    accepting
      ? `New policies may be put behind your ${token} in ${tier}.`
      : `No new policies are put behind your ${token} in ${tier}; those that it backs stay.`,
  );
}

function addMove(program: Command, cli: Cli): void {
  requests(program.command("move <amount> <token> <from-tier> <to-tier>"))
    .description("puts free capital into another tier, at once and without a fee")
    .addHelpText("after", examples("move 200 STX Conservative Balanced --wallet wallet_1"))
    .action((amount: string, token: string, fromTier: string, toTier: string, options: RequestOptions) => {
      const known = { token: tokenOf(token), fromTier: tierOf(fromTier), toTier: tierOf(toTier) };
      return move(cli, { ...known, amount: amountOf(amount, known.token) }, options);
    });
}

function addEarnings(program: Command, cli: Cli): void {
  requests(program.command("collect <token> <tier>"))
    .description("makes what a position has earned its free capital")
    .addHelpText("after", examples("collect STX Balanced --wallet wallet_1"))
    .action((token: string, tier: string, options: RequestOptions) =>
      collect(cli, { token: tokenOf(token), tier: tierOf(tier) }, options),
    );
  program
    .command("accept <token> <tier> <on|off>")
    .description("whether new policies may be put behind a position")
    .addHelpText("after", examples("accept STX Balanced off --wallet wallet_1"))
    .action((token: string, tier: string, setting: string) =>
      accept(cli, { token: tokenOf(token), tier: tierOf(tier), accepting: switchOf(setting) }),
    );
}

function addSuspense(program: Command, cli: Cli): void {
  const suspense = program.command("suspense").description("deposits of yours that no commitment claimed");
  requests(suspense.command("assign <amount> <token> <tier>"))
    .description("puts suspense into a tier")
    .addHelpText("after", examples("suspense assign 10 STX Balanced --wallet wallet_1"))
    .action((amount: string, token: string, tier: string, options: RequestOptions) => {
      const known = { token: tokenOf(token), tier: tierOf(tier) };
      return assign(cli, { ...known, amount: amountOf(amount, known.token) }, options);
    });
  sends(suspense.command("withdraw <amount> <token>"))
    .description("has suspense paid out to you")
    .addHelpText("after", examples("suspense withdraw 10 STX --wallet wallet_1"))
    .action((amount: string, text: string, options: SendingOptions) => {
      const token = tokenOf(text);
      return withdrawSuspense(cli, { token, amount: amountOf(amount, token) }, options);
    });
}

export function addMoveCommands(program: Command, cli: Cli): void {
  addMove(program, cli);
  addEarnings(program, cli);
  addSuspense(program, cli);
}
