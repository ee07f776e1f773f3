/**
 * The local stack by hand: its wallets, its market, its chain's time. Each command waits until the backend has seen what it
 * did, so that the next one finds it.
 */
import { type Command, InvalidArgumentError } from "commander";
import { api } from "../../../convex/_generated/api";
import type { Underlying } from "../../domain/policies";
import { amountOf, durationOf, priceOf, shownAmount, shownPrice, shownTime, underlyingOf } from "../amounts";
import type { Cli } from "../cli";
import { examples } from "../help";
import { advanceChain, localPlace, mineBlocks, playNextDay, playSeries, setPrice, type Tip } from "../localControl";
import { addressOf, balancesOf, fund, type Given, type Held } from "../localMoney";
import { localWallets } from "../network";
import { type BelievedPrice, readPrices } from "../prices";
import { replay } from "../replay";
import { type Column, table } from "../table";
import { hasRead, waitUntil } from "../waiting";

/** The market moves a price that was set by a thousandth at most. */
const WOBBLE = 1_000n;

/** The later of this clock and the chain's, which is what the market goes by; ms. */
async function marketTime(cli: Cli): Promise<number> {
  const { asOf } = await (await cli.service()).query(api.liquidity.getSyncStatus, {});
  return Math.max(Date.now(), asOf);
}

function isAbout(price: bigint, set: bigint): boolean {
  const off = price > set ? price - set : set - price;
  return off * WOBBLE <= set;
}

/** Waits until the backend goes by prices that are at least so new. */
async function renewed(cli: Cli, sinceMs: number): Promise<BelievedPrice[]> {
  const isNew = ({ isGood, accepted }: BelievedPrice) => isGood && accepted !== null && accepted.publishedAt >= sinceMs;
  return waitUntil(cli, {
    what: "the backend has prices of this time",
    look: () => readPrices(cli),
    holds: (prices) => prices.length > 0 && prices.every(isNew),
  });
}

/** Waits until the backend goes by a price that was set. */
async function believed(cli: Cli, set: { underlying?: Underlying; usdMicros: bigint; sinceMs: number }): Promise<void> {
  const { underlying, usdMicros, sinceMs } = set;
  const isIt = ({ accepted, ...price }: BelievedPrice) =>
    price.isGood &&
    (underlying === undefined || underlying === price.underlying) &&
    accepted !== null &&
    accepted.publishedAt >= sinceMs &&
    isAbout(accepted.priceUsdMicros, usdMicros);
  await waitUntil(cli, {
    what: `the backend believes ${shownPrice(usdMicros)}`,
    look: () => readPrices(cli),
    holds: (prices) => prices.some(isIt),
  });
}

async function showWallets(cli: Cli): Promise<void> {
  await localPlace(cli);
  const wallets = await localWallets();
  const rows = await Promise.all(
    wallets.map(async ({ name, address }) => ({ name, address, ...(await balancesOf(cli, address)) })),
  );
  const columns: Column<Held>[] = [
    { title: "wallet", of: ({ name }) => name },
    { title: "address", of: ({ address }) => address },
    { title: "holds", align: "right", of: ({ STX }) => shownAmount(STX, "STX") },
    { title: "and", align: "right", of: ({ sBTC }) => shownAmount(sBTC, "sBTC") },
  ];
  cli.out.show(rows, () => table(cli.out, rows, columns, "There are no wallets."));
}

async function giveMoney(cli: Cli, whom: string | undefined, typed: { stx?: string; sbtc?: string }): Promise<void> {
  await localPlace(cli);
  const address = whom === undefined ? (await cli.wallet()).address : await addressOf(cli, whom);
  const given: Given = {
    ...(typed.stx !== undefined && { STX: amountOf(typed.stx, "STX") }),
    ...(typed.sbtc !== undefined && { sBTC: amountOf(typed.sbtc, "sBTC") }),
  };
  const txIds = await fund(cli, address, given);
  const { STX, sBTC } = await balancesOf(cli, address);
  const holds = `${address} holds ${shownAmount(STX, "STX")} and ${shownAmount(sBTC, "sBTC")}.`;
  cli.out.show({ address, txIds, STX, sBTC }, () => holds);
}

async function changePrice(cli: Cli, underlyingText: string, priceText: string): Promise<void> {
  await localPlace(cli);
  const [underlying, usdMicros] = [underlyingOf(underlyingText), priceOf(priceText)];
  const sinceMs = await marketTime(cli);
  await setPrice(cli, underlying, usdMicros);
  if (cli.options.wait) await believed(cli, { underlying, usdMicros, sinceMs });
  const answer = { underlying, priceUsdMicros: usdMicros };
  cli.out.show(answer, () => `${underlying} is at ${shownPrice(usdMicros)}.`);
}

async function play(cli: Cli, series: string): Promise<void> {
  await localPlace(cli);
  const sinceMs = await marketTime(cli);
  const { date, priceUsdMicros } = await playSeries(cli, series);
  if (cli.options.wait) await believed(cli, { usdMicros: priceUsdMicros, sinceMs });
  const told = `The market plays ${series} from ${date} on, at ${shownPrice(priceUsdMicros)}. \`local next-day\` goes on.`;
  cli.out.show({ series, date, priceUsdMicros }, () => told);
}

async function nextDay(cli: Cli): Promise<void> {
  await localPlace(cli);
  const sinceMs = await marketTime(cli);
  const day = await playNextDay(cli);
  if (day && cli.options.wait) await believed(cli, { usdMicros: day.priceUsdMicros, sinceMs });
  const none = "No recorded day is left: its last price stays. `local play <series>` begins one.";
  cli.out.show({ day }, () => (day ? `${day.date}: ${shownPrice(day.priceUsdMicros)}.` : none));
}

function showTip(cli: Cli, { height, burn_block_height: burnHeight, block_time }: Tip): void {
  const answer = { height, burnHeight, blockTime: block_time * 1_000 };
  const told = `The chain is at block ${height} (burn block ${burnHeight}), ${shownTime(block_time * 1_000)}.`;
  cli.out.show(answer, () => told);
}

/** Waits until the backend has seen that block. */
async function seen(cli: Cli, tip: Tip): Promise<void> {
  const service = await cli.service();
  await waitUntil(cli, {
    what: "the backend has seen the chain's new tip",
    look: () => service.query(api.liquidity.getSyncStatus, {}),
    holds: (status) => hasRead(status, tip),
  });
}

async function advance(cli: Cli, durationText: string): Promise<void> {
  await localPlace(cli);
  const tip = await advanceChain(cli, durationOf(durationText));
  if (cli.options.wait) {
    await seen(cli, tip);
    await renewed(cli, tip.block_time * 1_000);
  }
  showTip(cli, tip);
}

async function mine(cli: Cli, blocks: { blocks: number; burnBlocks: number }): Promise<void> {
  await localPlace(cli);
  const tip = await mineBlocks(cli, blocks);
  if (cli.options.wait) await seen(cli, tip);
  showTip(cli, tip);
}

function countOf(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : -1;
  if (count >= 0) return count;
  throw new InvalidArgumentError("It is a number of blocks from 0 to 9999.");
}

export function addLocalCommands(program: Command, cli: Cli): void {
  const local = program
    .command("local")
    .description("the stack of `npm start` by hand: its wallets, its prices, its time; on no other network")
    .addHelpText("after", examples("local wallets", "local price BTC 48000", "local advance 1d"));
  local
    .command("wallets")
    .description("the wallets whose keys are public, and what they hold")
    .action(() => showWallets(cli));
  local
    .command("fund [address]")
    .description(
      "gives an address, a local wallet by its name, or yourself STX and sBTC; without amounts, as faucets do",
    )
    .option("--stx <amount>", "so many STX")
    .option("--sbtc <amount>", "so many sBTC")
    .addHelpText("after", examples("local fund wallet_1", "local fund ST… --stx 100000 --sbtc 2.7"))
    .action((address: string | undefined, options: { stx?: string; sbtc?: string }) =>
      giveMoney(cli, address, options),
    );
  local
    .command("price <underlying> <usd>")
    .description("sets the market's price of BTC or STX, and waits until the backend believes it")
    .addHelpText("after", examples("local price BTC 48000", "local price STX 1.65"))
    .action((underlying: string, usd: string) => changePrice(cli, underlying, usd));
  local
    .command("play <series>")
    .description("plays recorded daily closes: btc-usd-2020-03 or stx-usd-2021-05")
    .addHelpText("after", examples("local play btc-usd-2020-03"))
    .action((series: string) => play(cli, series));
  local
    .command("next-day")
    .description("the next recorded price of the series that is played; time does not move")
    .addHelpText("after", examples("local next-day"))
    .action(() => nextDay(cli));
  local
    .command("advance <duration>")
    .description("lets the chain's time run ahead, and waits until the backend has seen it and has prices of then")
    .addHelpText(
      "after",
      `\nNot on a stack that was started with STACKS_CONTROL=0.\n${examples("local advance 1d", "local advance 90m")}`,
    )
    .action((duration: string) => advance(cli, duration));
  local
    .command("mine")
    .description("mines at once, burn blocks first")
    .option("--blocks <count>", "blocks of the chain", countOf, 1)
    .option("--burn-blocks <count>", "burn blocks, which make what is below them final", countOf, 0)
    .addHelpText(
      "after",
      `\nNot on a stack that was started with STACKS_CONTROL=0.\n${examples("local mine --burn-blocks 2")}`,
    )
    .action((options: { blocks: number; burnBlocks: number }) => mine(cli, options));
  local
    .command("replay <transaction>")
    .description("sends the call of another's transaction from your wallet, to see what the contract says to a thief")
    .addHelpText("after", examples("local replay 0x… --wallet wallet_3"))
    .action((txId: string) => replay(cli, txId));
}
