/** What everybody may see: tiers, the pool, how far the books are, the proof, prices. None of it needs a wallet. */
import type { Command } from "commander";
import { api } from "../../../convex/_generated/api";
import type { Token } from "../../domain/tokens";
import { ApiError, type Block, stacksApi } from "../../stacks/api";
import { tierOf, tokenOf } from "../amounts";
import type { Cli } from "../cli";
import { Failure, misuse } from "../errors";
import { examples } from "../help";
import { PRICES, readPrices } from "../prices";
import { fields, table } from "../table";
import { readVaultAt } from "../vaultOnChain";
import { POOL, PROOF, syncFacts, TIERS, tierFacts } from "../views/pool";
import { hasRead, waitUntil } from "../waiting";
import { differencesOf, failuresOf, type ProofRow } from "../words/proof";

const NO_PROOF = "No proof yet.";

async function showTiers(cli: Cli): Promise<void> {
  const tiers = await (await cli.service()).query(api.liquidity.getTierStats, {});
  cli.out.show(tiers, () => table(cli.out, tiers, TIERS, "There are no tiers."));
}

async function showTier(cli: Cli, tierText: string, tokenText: string): Promise<void> {
  const [tier, token] = [tierOf(tierText), tokenOf(tokenText)];
  const service = await cli.service();
  // It can't be told while the vault is paused or sync behind; what else there is to know can.
  const availability = service.query(api.liquidity.getTierAvailability, { tier, token }).catch((error) => {
    if (error instanceof Failure && error.kind === "refused") return null;
    throw error;
  });
  const [allStats, allTerms, allRules] = await Promise.all([
    service.query(api.liquidity.getTierStats, {}),
    service.query(api.liquidity.getTierTerms, {}),
    service.query(api.policies.getTierRules, {}),
  ]);
  const stats = allStats.find((row) => row.tierName === tier && row.token === token);
  const terms = allTerms.find((row) => row.tier === tier && row.token === token);
  const rules = allRules.find((row) => row.tier === tier && row.token === token);
  if (!stats || !terms || !rules)
    throw new Failure("unforeseen", "NO_TIER", `The service knows no ${tier} in ${token}.`);
  const known = { stats, terms, rules, availability: await availability };
  cli.out.show(known, () => `${tier}, ${token}\n${fields(tierFacts(known))}`);
}

async function showPool(cli: Cli): Promise<void> {
  const pool = await (await cli.service()).query(api.liquidity.getPoolStats, {});
  cli.out.show(pool, () => table(cli.out, pool, POOL, "The pool is empty."));
}

/** The chain's tip as the Stacks API has it. */
async function tipOf(cli: Cli): Promise<Block> {
  const { stacksUrl } = await cli.place();
  return answered(stacksApi(stacksUrl).latestBlock(), stacksUrl);
}

/** Of the Stacks API, or the failure that it does not answer. */
async function answered<T>(question: Promise<T>, url: string): Promise<T> {
  return question.catch((error) => {
    if (!(error instanceof ApiError)) throw error;
    throw new Failure(
      "unreachable",
      "STACKS_UNREACHABLE",
      `The Stacks API at ${url} does not answer: ${error.message}.`,
      { url },
    );
  });
}

async function showSync(cli: Cli, { wait }: { wait?: boolean }): Promise<void> {
  const service = await cli.service();
  const look = () => service.query(api.liquidity.getSyncStatus, {});
  const tip = wait ? await tipOf(cli) : null;
  const status = tip
    ? await waitUntil(cli, {
        what: "the books have all that the chain has now",
        look,
        holds: (at) => at.halted !== null || (hasRead(at, tip) && at.watermark === at.seen),
      })
    : await look();
  cli.out.show(status, () => fields(syncFacts(status, Date.now())));
  if (status.halted !== null) throw new Failure("checkFailed", "SYNC_HALTED", `Sync is halted: ${status.halted}`);
}

/** What the chain itself says against the proofs, at their blocks. */
async function verified(cli: Cli, proofs: ProofRow[]): Promise<{ vaultContract: string; differences: string[] }> {
  const { stacksUrl, network, vaultContract } = await cli.place();
  if (vaultContract === null) {
    throw misuse(
      "NO_VAULT",
      "Which vault is to be read? Name it with --vault <address>.<name>: the backend is not asked.",
    );
  }
  const chain = stacksApi(stacksUrl);
  const heights = [...new Set(proofs.map(({ blockHeight }) => blockHeight))];
  const differences = await Promise.all(
    heights.map(async (height) => {
      const seen = await answered(readVaultAt(chain, { network, vaultContract }, height), stacksUrl);
      if (seen.length === 0) return [`At block ${height} the vault is not launched.`];
      const here = proofs.filter(({ blockHeight }) => blockHeight === height);
      // A token's proof stays that of an older block as long as nothing happens to it.
      const isElsewhere = (token: Token) => proofs.some((proof) => proof.token === token && !here.includes(proof));
      return differencesOf(
        here,
        seen.filter(({ token }) => !isElsewhere(token)),
      );
    }),
  );
  return { vaultContract, differences: differences.flat() };
}

async function showProof(cli: Cli, { verify }: { verify?: boolean }): Promise<void> {
  const proofs = await (await cli.service()).query(api.liquidity.getProof, {});
  const check = verify ? await verified(cli, proofs) : null;
  const failures = [...failuresOf(proofs), ...(check?.differences ?? [])];
  cli.out.show({ holds: failures.length === 0, proofs, failures, verified: check }, () => {
    const rows = table(cli.out, proofs, PROOF, NO_PROOF);
    if (failures.length > 0) return rows;
    const of = "The vault holds what it counts, and that is what the books owe and what is not final yet.";
    return [rows, of, ...(check ? [`The chain says the same of ${check.vaultContract}.`] : [])].join("\n");
  });
  if (failures.length > 0)
    throw new Failure("checkFailed", "PROOF_FAILED", `The proof does not hold. ${failures.join(" ")}`);
}

async function showPrices(cli: Cli): Promise<void> {
  const prices = await readPrices(cli);
  cli.out.show(prices, () => table(cli.out, prices, PRICES, "No price has been accepted yet."));
}

export function addPoolCommands(program: Command, cli: Cli): void {
  program
    .command("tiers")
    .description("what is in each tier")
    .addHelpText("after", examples("tiers", "tiers --json"))
    .action(() => showTiers(cli));
  program
    .command("tier <tier> <token>")
    .description("what a tier asks of capital, by which rules it writes policies, and the most that one can lock now")
    .addHelpText("after", examples("tier Balanced sBTC"))
    .action((tier: string, token: string) => showTier(cli, tier, token));
  program
    .command("pool")
    .description("what the vault holds and has locked, as of the last event in the books")
    .addHelpText("after", examples("pool"))
    .action(() => showPool(cli));
  program
    .command("sync")
    .description("how far the books are behind the chain; exit code 7 when sync is halted")
    .option("--wait", "until the books have all that the chain has now")
    .addHelpText("after", examples("sync", "sync --wait --timeout 120"))
    .action((options: { wait?: boolean }) => showSync(cli, options));
  program
    .command("proof")
    .description("whether the vault holds what the books owe; exit code 7 when the proof does not hold")
    .option("--verify", "read what is held and counted from the Stacks API and compare: the backend is not believed")
    .addHelpText("after", examples("proof", "proof --verify --json"))
    .action((options: { verify?: boolean }) => showProof(cli, options));
  program
    .command("prices")
    .description("the prices that the backend goes by, and whether they are good")
    .addHelpText("after", examples("prices"))
    .action(() => showPrices(cli));
}
