/** What has become of policies and positions: policies, one policy, health, and what one was told. */
import type { Command } from "commander";
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api";
import { HEALTH_STATUSES, type HealthStatus } from "../../domain/health";
import { LAST_STATUSES, POLICY_STATUSES, type PolicyStatus } from "../../domain/policyStatus";
import { idOf, tierOf, tokenOf } from "../amounts";
import type { Cli } from "../cli";
import { Failure, misuse } from "../errors";
import { examples } from "../help";
import { type PageOptions, paginationOf, showPage, withPages } from "../pages";
import { fields } from "../table";
import { HEALTH, NOTIFICATIONS, POLICIES, policyFacts } from "../views/policies";
import { waitUntil } from "../waiting";
import { type Policy, policyInWords } from "../words/policies";

async function listPolicies(cli: Cli, options: PageOptions): Promise<void> {
  const { service } = await cli.session();
  const page = await service.query(api.policies.getMyPolicies, paginationOf(options));
  showPage(cli, page, POLICIES, "You have no policies. `quote` shows what one would cost.");
}

function statusOf<Status extends string>(text: string, statuses: readonly Status[]): Status {
  const status = statuses.find((known) => known === text);
  if (status) return status;
  throw misuse("UNKNOWN_STATUS", `There is no status "${text}". Use ${statuses.join(", ")}.`);
}

/** Ends without a payout, though not at once: nobody need wait for one. */
const PAYS_NOTHING: PolicyStatus[] = ["worthless", "releasing"];
const PAYS: PolicyStatus[] = ["settling", "settled"];

function isPast(seen: PolicyStatus, wanted: PolicyStatus): boolean {
  return LAST_STATUSES.includes(seen) || (PAYS_NOTHING.includes(seen) && PAYS.includes(wanted));
}

/** Waits for a status; one that ended otherwise never gets there. */
async function reached(cli: Cli, status: PolicyStatus, look: () => Promise<Policy>): Promise<Policy> {
  const policy = await waitUntil(cli, {
    what: `the policy is ${status}`,
    look,
    holds: (seen) => seen.status === status || isPast(seen.status, status),
  });
  if (policy.status === status) return policy;
  const message = `The policy has ended as ${policyInWords(policy)}. It never becomes ${status}.`;
  throw new Failure("checkFailed", "POLICY_ENDED", message, { status: policy.status });
}

async function showPolicy(cli: Cli, idText: string, { wait }: { wait?: string }): Promise<void> {
  const policyId = idOf(idText);
  const status = wait === undefined ? null : statusOf(wait, POLICY_STATUSES);
  const service = await cli.service();
  const look = () => service.query(api.policies.getPolicy, { policyId });
  const policy = status === null ? await look() : await reached(cli, status, look);
  cli.out.show(policy, () => fields(policyFacts(policy)));
}

type Positions = FunctionReturnType<typeof api.liquidity.getProviderPortfolio>["positions"];

/** What backs nothing is Healthy, as is what is not there. */
function healthOf(positions: Positions, { token, tier }: Pick<Positions[number], "token" | "tier">): HealthStatus {
  return positions.find((known) => known.token === token && known.tier === tier)?.healthStatus ?? "Healthy";
}

interface HealthOptions extends PageOptions {
  wait?: string;
}

async function listHealth(cli: Cli, tokenText: string, tierText: string, options: HealthOptions): Promise<void> {
  const key = { token: tokenOf(tokenText), tier: tierOf(tierText) };
  const status = options.wait === undefined ? null : statusOf(options.wait, HEALTH_STATUSES);
  const { service } = await cli.session();
  if (status !== null) {
    await waitUntil(cli, {
      what: `the position is ${status}`,
      look: () => service.query(api.liquidity.getProviderPortfolio, {}),
      holds: ({ positions }) => healthOf(positions, key) === status,
    });
  }
  const page = await service.query(api.policies.getHealthHistory, { ...key, ...paginationOf(options) });
  showPage(cli, page, HEALTH, "It has always been Healthy.");
}

async function listNotifications(cli: Cli, options: PageOptions): Promise<void> {
  const { service } = await cli.session();
  const page = await service.query(api.policies.getNotifications, paginationOf(options));
  showPage(cli, page, NOTIFICATIONS, "You were told nothing yet.");
}

export function addPolicyCommands(program: Command, cli: Cli): void {
  withPages(program.command("policies"))
    .description("your policies, the newest first")
    .addHelpText("after", examples("policies --wallet wallet_2"))
    .action((options: PageOptions) => listPolicies(cli, options));
  program
    .command("policy <policy-id>")
    .description("the public facts of a policy: terms, what is locked behind it, what it came to")
    .option("--wait <status>", `until it is that: ${POLICY_STATUSES.join(", ")}`)
    .addHelpText("after", examples("policy 4711", "policy 4711 --wait settled"))
    .action((policyId: string, options: { wait?: string }) => showPolicy(cli, policyId, options));
  withPages(program.command("health <token> <tier>"))
    .description("how the health of your position has changed, the newest change first")
    .option("--wait <status>", `until the position is that: ${HEALTH_STATUSES.join(", ")}`)
    .addHelpText(
      "after",
      examples("health sBTC Balanced --wallet wallet_1", "health sBTC Balanced --wait Healthy --wallet wallet_1"),
    )
    .action((token: string, tier: string, options: HealthOptions) => listHealth(cli, token, tier, options));
  withPages(program.command("notifications"))
    .description("what you were told, the newest first")
    .addHelpText("after", examples("notifications --wallet wallet_1"))
    .action((options: PageOptions) => listNotifications(cli, options));
}
