/**
 * For those who run the deployment: what they look at. The wallet's address has to have a role; the service says which, if it
 * has not.
 */
import type { Command } from "commander";
import { api } from "../../../convex/_generated/api";
import { tokenOf } from "../amounts";
import type { Cli } from "../cli";
import { examples } from "../help";
import { type PageOptions, paginationOf, showPage, withPages } from "../pages";
import type { Service } from "../service";
import { fields, table } from "../table";
import {
  ACTS,
  auditInWords,
  BELIEVED,
  BREAKERS,
  CALLS,
  DELIVERIES,
  EXITS,
  HEALTH_ROWS,
  laneFacts,
  type Outbox,
  PRINCIPALS,
  type PriceStanding,
  restoreInWords,
  type Stopped,
  standingFacts,
  TOLD,
  TRANSACTIONS,
} from "../views/operations";
import { addOperationsActs } from "./operationsActs";

async function showRoles(cli: Cli): Promise<void> {
  const { address, service } = await cli.session();
  const roles = await service.query(api.operations.getMyRoles, {});
  const told = roles.length > 0 ? `is ${roles.join(", ")} of this deployment` : "has no role in this deployment";
  cli.out.show({ address, roles }, () => `${address} ${told}.`);
}

function breakersText(cli: Cli, stopped: Stopped): string {
  const rows = table(cli.out, stopped.breakers, BREAKERS, "Nothing is stopped.");
  return [rows, restoreInWords(stopped) ?? []].flat().join("\n");
}

function outboxText(cli: Cli, outbox: Outbox): string {
  const { transactions, waiting, failed } = outbox;
  const parts = [fields(laneFacts(outbox))];
  if (transactions.length > 0) parts.push(table(cli.out, transactions, TRANSACTIONS, ""));
  if (waiting.length + failed.length > 0) parts.push(table(cli.out, [...failed, ...waiting], CALLS, ""));
  return parts.join("\n\n");
}

function pricesText(cli: Cli, { prices, troubles, failures }: PriceStanding): string {
  const rows = table(cli.out, prices, BELIEVED, "No price has been accepted yet.");
  const failing = failures > 0 ? [`${failures} looks in a row could not be recorded.`] : [];
  return [rows, ...failing, ...troubles].join("\n");
}

/** Looks that need no more than the session, and how each is shown. */
interface Look<Seen> {
  name: string;
  description: string;
  look: (service: Service) => Promise<Seen>;
  text: (cli: Cli, seen: Seen) => string;
}

const BREAKERS_LOOK: Look<Stopped> = {
  name: "breakers",
  description: "what is stopped, since when and why",
  look: (service) => service.query(api.operations.getBreakers, {}),
  text: breakersText,
};
const OUTBOX_LOOK: Look<Outbox> = {
  name: "outbox",
  description: "what the service sends: on its way, waiting, failed",
  look: (service) => service.query(api.operations.getOutbox, {}),
  text: outboxText,
};

function addLook<Seen>(parent: Command, cli: Cli, { name, description, look, text }: Look<Seen>): void {
  const prefix = parent.parent ? `${parent.name()} ` : "";
  parent
    .command(name)
    .description(`${description} (any role)`)
    .addHelpText("after", examples(`${prefix}${name} --wallet deployer`))
    .action(async () => {
      const seen = await look((await cli.session()).service);
      cli.out.show(seen, () => text(cli, seen));
    });
}

function addLooks(operations: Command, cli: Cli): void {
  addLook(operations, cli, BREAKERS_LOOK);
  addLook(operations, cli, OUTBOX_LOOK);
  addLook(operations, cli, {
    name: "sync",
    description: "how sync stands: what it fails by, tip and final block, what waits, whether the vault is paused",
    look: (service) => service.query(api.operations.getSync, {}),
    text: (_, seen) => fields(standingFacts(seen)),
  });
  addLook(operations, cli, {
    name: "prices",
    description: "the prices that are believed, and what is wrong with their sources",
    look: (service) => service.query(api.operations.getPriceSources, {}),
    text: pricesText,
  });
  addLook(operations, cli, {
    name: "audited",
    description: "what the last audit that went through all books found",
    look: (service) => service.query(api.operations.getAuditResult, {}),
    text: (_, seen) => auditInWords(seen),
  });
}

interface StatusOptions extends PageOptions {
  status?: string;
}

function addLists(operations: Command, cli: Cli): void {
  const service = async () => (await cli.session()).service;
  const list = (usage: string, description: string) =>
    withPages(operations.command(usage).description(`${description} (any role)`));
  list("acts", "who did what, when and why, the newest first")
    .option("--act <act>", "only such acts, as breakers.reset")
    .action(async ({ act, ...page }: PageOptions & { act?: string }) => {
      const only = act === undefined ? {} : { act };
      const acts = await (await service()).query(api.operations.listActs, { ...only, ...paginationOf(page) });
      showPage(cli, acts, ACTS, "Nothing was done yet.");
    });
  list("health <token>", "positions that back policies in one state, those that are due first")
    .option("--status <status>", "Healthy, Warning, MarginCall or Liquidating", "MarginCall")
    .action(async (token: string, { status = "", ...page }: StatusOptions) => {
      const asked = { token: tokenOf(token), status, ...paginationOf(page) };
      const rows = await (await service()).query(api.operations.listHealth, asked);
      showPage(cli, rows, HEALTH_ROWS, `No position is ${status}.`);
    });
  list("suspense <token>", "whose deposits no commitment claimed").action(async (token: string, page: PageOptions) => {
    const asked = { token: tokenOf(token), ...paginationOf(page) };
    showPage(cli, await (await service()).query(api.operations.listSuspense, asked), PRINCIPALS, "Nobody has any.");
  });
  list("breaches <token>", "who owes what left the vault unauthorised").action(
    async (token: string, page: PageOptions) => {
      const asked = { token: tokenOf(token), ...paginationOf(page) };
      showPage(cli, await (await service()).query(api.operations.listBreaches, asked), PRINCIPALS, "Nobody owes any.");
    },
  );
  list("notifications", "what anybody was told, the newest first").action(async (page: PageOptions) => {
    const told = await (await service()).query(api.operations.listNotifications, paginationOf(page));
    showPage(cli, told, TOLD, "Nobody was told anything yet.");
  });
  list("deliveries", "what the webhook was told, the newest first")
    .option("--status <status>", "only those that are pending, delivered or failed")
    .action(async ({ status, ...page }: StatusOptions) => {
      const only = status === undefined ? {} : { status };
      const asked = { ...only, ...paginationOf(page) };
      showPage(cli, await (await service()).query(api.operations.listDeliveries, asked), DELIVERIES, "There are none.");
    });
  list("exits", "what was asked to leave insurance and fees, the newest first").action(async (page: PageOptions) => {
    const exits = await (await service()).query(api.operations.listExits, paginationOf(page));
    showPage(cli, exits, EXITS, "Nothing was asked for yet.");
  });
}

export function addOperationsCommands(program: Command, cli: Cli): void {
  const operations = program
    .command("operations")
    .description("for operators, guardians and admins: what is stopped, what is sent, who did what")
    .addHelpText("after", examples("operations breakers --wallet deployer"));
  operations
    .command("roles")
    .description("the roles of your address")
    .addHelpText("after", examples("operations roles --wallet deployer"))
    .action(() => showRoles(cli));
  addLooks(operations, cli);
  addLists(operations, cli);
  addOperationsActs(operations, cli);
  // What is looked at first when something is wrong needs no long name.
  addLook(program, cli, BREAKERS_LOOK);
  addLook(program, cli, OUTBOX_LOOK);
}
