/**
 * For those who run the deployment: what they look at, and what they do, each with a reason that is kept in the trail. The
 * wallet's address has to have a role; the service says which, if it has not.
 */
import type { Command } from "commander";
import { api } from "../../../convex/_generated/api";
import type { Cli } from "../cli";
import { examples } from "../help";
import type { Service } from "../service";
import { fields, table } from "../table";
import {
  BREAKERS,
  CALLS,
  laneFacts,
  type Outbox,
  restoreInWords,
  type Stopped,
  TRANSACTIONS,
} from "../views/operations";

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

async function showBreakers(cli: Cli): Promise<void> {
  const { service } = await cli.session();
  const stopped = await service.query(api.operations.getBreakers, {});
  cli.out.show(stopped, () => breakersText(cli, stopped));
}

function outboxText(cli: Cli, outbox: Outbox): string {
  const { transactions, waiting, failed } = outbox;
  const parts = [fields(laneFacts(outbox))];
  if (transactions.length > 0) parts.push(table(cli.out, transactions, TRANSACTIONS, ""));
  if (waiting.length + failed.length > 0) parts.push(table(cli.out, [...failed, ...waiting], CALLS, ""));
  return parts.join("\n\n");
}

async function showOutbox(cli: Cli): Promise<void> {
  const { service } = await cli.session();
  const outbox = await service.query(api.operations.getOutbox, {});
  cli.out.show(outbox, () => outboxText(cli, outbox));
}

interface Act {
  /** With its arguments, as "trip <capability>". */
  usage: string;
  description: string;
  example: string;
  /** Does it, with what was typed. */
  does: (service: Service, reason: string, ...typed: string[]) => Promise<unknown>;
  /** What is said when it is done. */
  done: (...typed: string[]) => string;
}

const ACTS: Act[] = [
  {
    usage: "trip <capability>",
    description: "stops commit, withdraw, policies, settle or sync (any role)",
    example: 'operations trip withdraw --reason "a key may be stolen"',
    does: (service, reason, capability = "") => service.action(api.operations.tripBreaker, { capability, reason }),
    done: (capability) => `${capability} is stopped.`,
  },
  {
    usage: "reset <capability>",
    description: "lets it go on; what tripped it trips it again, should it persist (operators)",
    example: 'operations reset withdraw --reason "the key is safe"',
    does: (service, reason, capability = "") => service.action(api.operations.resetBreaker, { capability, reason }),
    done: (capability) => `${capability} goes on.`,
  },
  {
    usage: "pause",
    description: "the outbox sends nothing new; what is on its way is watched (any role)",
    example: 'operations pause --reason "fees are mad"',
    does: (service, reason) => service.action(api.operations.pauseOutbox, { reason }),
    done: () => "The outbox sends nothing new until it is resumed.",
  },
  {
    usage: "resume",
    description: "the outbox sends again (operators)",
    example: 'operations resume --reason "fees are sane"',
    does: (service, reason) => service.action(api.operations.resumeOutbox, { reason }),
    done: () => "The outbox sends again.",
  },
];

/** Adds a command that does something, with a reason. */
export function addAct(parent: Command, cli: Cli, { usage, description, example, does, done }: Act): void {
  const command = parent.command(usage).description(description);
  command
    .requiredOption("--reason <text>", "why: kept for good, with your address")
    .addHelpText("after", examples(example))
    .action(async () => {
      const { service } = await cli.session();
      const { reason } = command.opts<{ reason: string }>();
      const result = await does(service, reason, ...command.args);
      cli.out.show({ result: result ?? null }, () => done(...command.args));
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
    .action(() => showRoles(cli));
  for (const parent of [operations, program]) {
    parent
      .command("breakers")
      .description("what is stopped, since when and why (any role)")
      .addHelpText("after", examples("breakers --wallet deployer"))
      .action(() => showBreakers(cli));
    parent
      .command("outbox")
      .description("what the service sends: on its way, waiting, failed (any role)")
      .addHelpText("after", examples("outbox --wallet deployer --json"))
      .action(() => showOutbox(cli));
  }
  for (const act of ACTS) addAct(operations, cli, act);
}
