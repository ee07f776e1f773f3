/** What buyers do: see what a policy costs and pays, buy one, exercise it. */
import type { Command } from "commander";
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api";
import { TOKEN_OF } from "../../domain/policies";
import {
  amountOf,
  idOf,
  momentOf,
  priceOf,
  shownAmount,
  shownPrice,
  shownTime,
  tierOf,
  underlyingOf,
} from "../amounts";
import type { Cli } from "../cli";
import { Failure } from "../errors";
import { examples } from "../help";
import { requested, type SendingOptions, send, sends } from "../sending";
import { fields } from "../table";
import { policyFacts } from "../views/policies";
import { waitUntil } from "../waiting";
import { type Policy, payoutsOf, type Quote, quoteInWords } from "../words/policies";

interface WishOptions {
  strike: string;
  quantity: string;
  expires: string;
  tier: string;
}
type BuyOptions = WishOptions & SendingOptions & { maxPremium?: string };
type Sold = FunctionReturnType<typeof api.policies.requestPolicy>;

/** What is asked for, exactly; a duration runs from the chain's time on, as its deadlines do. */
async function wishOf(cli: Cli, underlyingText: string, { strike, quantity, expires, tier }: WishOptions) {
  const underlying = underlyingOf(underlyingText);
  const wish = {
    underlying,
    tier: tierOf(tier),
    strikeUsdMicros: priceOf(strike),
    quantity: amountOf(quantity, TOKEN_OF[underlying]),
  };
  // What can't be read is told before anybody is asked.
  momentOf(expires, 0);
  const { asOf } = await (await cli.service()).query(api.liquidity.getSyncStatus, {});
  return { ...wish, expiresAt: Math.floor(momentOf(expires, asOf) / 1_000) * 1_000 };
}

async function showQuote(cli: Cli, underlying: string, options: WishOptions): Promise<void> {
  const wish = await wishOf(cli, underlying, options);
  const quote: Quote = await (await cli.service()).query(api.policies.quotePolicy, wish);
  cli.out.show({ ...quote, payouts: payoutsOf(quote) }, () => quoteInWords(quote).join("\n"));
}

export async function readPolicy(cli: Cli, policyId: bigint): Promise<Policy> {
  return (await cli.service()).query(api.policies.getPolicy, { policyId });
}

/** Waits until the cover stands: the premium's block is final. */
async function covered(cli: Cli, { policyId }: Sold): Promise<Policy> {
  const policy = await waitUntil(cli, {
    what: `policy ${policyId} is active`,
    look: () => readPolicy(cli, policyId),
    holds: ({ status }) => status !== "quoted",
  });
  if (policy.status !== "lapsed") return policy;
  const message = `The premium of policy ${policyId} was not paid in time, so there is no cover. Ask for a new quote.`;
  throw new Failure("failedOnChain", "QUOTE_LAPSED", message, { policyId });
}

/** What is signed may be an earlier quote of the same, or what nobody asked for: only what was shown is paid. */
function requireAsShown({ premium, coverage, policyId }: Sold, { token, ...quote }: Quote, most: bigint): void {
  if (premium <= most && coverage === quote.coverage) return;
  const terms = `${shownAmount(premium, token)} for cover up to ${shownAmount(coverage, token)}`;
  const message = `The terms that are signed are others than those shown: ${terms}. Nothing was paid. If they are your earlier quote, wait until it has lapsed, or accept its premium with --max-premium.`;
  throw new Failure("refused", "TERMS_NOT_AS_SHOWN", message, { policyId });
}

async function buy(cli: Cli, underlyingText: string, { maxPremium, ...options }: BuyOptions): Promise<void> {
  const token = TOKEN_OF[underlyingOf(underlyingText)];
  const limit = maxPremium === undefined ? null : amountOf(maxPremium, token);
  const wish = await wishOf(cli, underlyingText, options);
  const { service, address: signer } = await cli.session();
  await cli.signer(signer);
  const quote: Quote = await service.query(api.policies.quotePolicy, wish);
  for (const line of quoteInWords(quote)) cli.out.progress(line);
  const most = limit ?? quote.premium;
  const sold: Sold = await requested(options, (idempotencyKey) =>
    service.action(api.policies.requestPolicy, { ...wish, maxPremium: most, idempotencyKey }),
  );
  requireAsShown(sold, quote, most);
  const { policyId, premium, coverage, transaction, termsExpireAt } = sold;
  cli.standing = `The quote of policy ${policyId} may be paid until ${shownTime(termsExpireAt)}; buy the same again to do so.`;
  const promise = `It buys policy ${policyId}: cover up to ${shownAmount(coverage, token)} from its block on, and no refund.`;
  const request = { action: "premium" as const, token, amount: premium, signer, promise, ...options };
  const { txId } = await send(cli, transaction, request);
  const policy = cli.options.wait ? await covered(cli, sold) : await readPolicy(cli, policyId);
  cli.out.show({ ...policy, txId }, () => fields([...policyFacts(policy), ["transaction", txId]]));
}

async function exercise(cli: Cli, idText: string): Promise<void> {
  const policyId = idOf(idText);
  const { service } = await cli.session();
  const { underlying, strikeUsdMicros } = await service.query(api.policies.getPolicy, { policyId });
  cli.out.progress(
    `An exercise is for good: the first price of ${underlying} published from now on decides. At ${shownPrice(strikeUsdMicros)} or above the policy pays nothing and ends.`,
  );
  await cli.consent("Exercise?");
  const { exercisedAt } = await service.action(api.policies.exercise, { policyId });
  cli.out.show(
    { policyId, exercisedAt },
    () => `Exercised. \`policy ${policyId} --wait settled\` waits for what it pays.`,
  );
}

function withWish(command: Command): Command {
  return command
    .requiredOption("--strike <usd>", "below this price it pays")
    .requiredOption("--quantity <amount>", "so much is protected, in whole BTC or STX")
    .requiredOption("--expires <when>", "30d, 12h, or a moment such as 2026-01-31T12:00:00Z; block time")
    .requiredOption("--tier <tier>", "whose capital stands behind it: Conservative, Balanced, Aggressive");
}

const WISH = "--strike 7900 --quantity 0.5 --expires 30d --tier Balanced";

export function addBuyingCommands(program: Command, cli: Cli): void {
  withWish(program.command("quote <underlying>"))
    .description("what a policy on BTC or STX would cost now, and what it would pay; needs no wallet")
    .addHelpText("after", examples(`quote BTC ${WISH}`))
    .action((underlying: string, options: WishOptions) => showQuote(cli, underlying, options));
  sends(withWish(program.command("buy <underlying>")))
    .option("--max-premium <amount>", "refuse rather than pay more; without it, what the quote says")
    .description("buys a policy: quote, signed terms, premium; waits until it is covered")
    .addHelpText("after", examples(`buy BTC ${WISH} --wallet wallet_2`))
    .action((underlying: string, options: BuyOptions) => buy(cli, underlying, options));
  program
    .command("exercise <policy-id>")
    .description("exercises a policy of yours, for good; it pays by the first price that is published after")
    .addHelpText("after", examples("exercise 4711 --wallet wallet_2"))
    .action((policyId: string) => exercise(cli, policyId));
}
