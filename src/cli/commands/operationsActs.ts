/** What operators, guardians and admins do to a running deployment: stop it, let it go on, look into it. */
import type { Command } from "commander";
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api";
import type { Cli } from "../cli";
import { auditInWords } from "../views/operations";
import { waitUntil } from "../waiting";
import { type Act, addAct } from "./acts";
import { portfolioText } from "./portfolio";

const trip: Act<object, { capability: string }> = {
  usage: "trip <capability>",
  description: "stops commit, withdraw, policies, settle or sync (any role)",
  example: 'operations trip withdraw --reason "a key may be stolen"',
  async does({ service, reason, typed: [capability = ""] }) {
    await (await service()).action(api.operations.tripBreaker, { capability, reason });
    return { capability };
  },
  done: ({ capability }) => `${capability} is stopped.`,
};

const reset: Act<object, { capability: string }> = {
  usage: "reset <capability>",
  description: "lets it go on; what tripped it trips it again, should it persist (operators)",
  example: 'operations reset withdraw --reason "the key is safe"',
  async does({ service, reason, typed: [capability = ""] }) {
    await (await service()).action(api.operations.resetBreaker, { capability, reason });
    return { capability };
  },
  done: ({ capability }) => `${capability} goes on.`,
};

const pause: Act = {
  usage: "pause",
  description: "the outbox sends nothing new; what is on its way is watched (any role)",
  example: 'operations pause --reason "fees are mad"',
  async does({ service, reason }) {
    await (await service()).action(api.operations.pauseOutbox, { reason });
    return { paused: true };
  },
  done: () => "The outbox sends nothing new until it is resumed.",
};

const resume: Act = {
  usage: "resume",
  description: "the outbox sends again (operators)",
  example: 'operations resume --reason "fees are sane"',
  async does({ service, reason }) {
    await (await service()).action(api.operations.resumeOutbox, { reason });
    return { paused: false };
  },
  done: () => "The outbox sends again.",
};

const cancel: Act<object, { key: string }> = {
  usage: "cancel <key>",
  description: "takes a waiting call of the outbox back, for good (operators)",
  example: 'operations cancel <key> --reason "not wanted any more"',
  async does({ service, reason, typed: [key = ""] }) {
    await (await service()).action(api.operations.cancelCall, { key, reason });
    return { key };
  },
  done: ({ key }) => `${key} is never sent.`,
};

const retry: Act<object, { key: string }> = {
  usage: "retry <key>",
  description: "tries a failed call of the outbox once more (operators)",
  example: 'operations retry <key> --reason "its cause is gone"',
  async does({ service, reason, typed: [key = ""] }) {
    await (await service()).action(api.operations.retryCall, { key, reason });
    return { key };
  },
  done: ({ key }) => `${key} waits to be sent again.`,
};

type AuditResult = FunctionReturnType<typeof api.operations.getAuditResult>;

const audit: Act<{ wait?: boolean }, { result: AuditResult }> = {
  usage: "audit",
  description: "audits all books now (operators)",
  example: 'operations audit --reason "after a failed proof" --wait',
  options: (command) => command.option("--wait", "until it has gone through all of them"),
  async does({ cli, service, reason, options: { wait } }) {
    const asked = await service();
    const before = await asked.query(api.operations.getAuditResult, {});
    await asked.action(api.operations.startAudit, { reason });
    if (!wait) return { result: null };
    const result = await waitUntil(cli, {
      what: "the audit is done",
      look: () => asked.query(api.operations.getAuditResult, {}),
      holds: (seen) => seen !== null && seen._id + seen.finishedAt !== `${before?._id}${before?.finishedAt}`,
    });
    return { result };
  },
  done: ({ result }) => (result ? auditInWords(result) : "The audit runs; `operations audited` tells what it found."),
};

const retryDelivery: Act<object, { deliveryId: string }> = {
  usage: "retry-delivery <delivery-id>",
  description: "has a delivery to the webhook that was given up tried again (operators)",
  example: 'operations retry-delivery <delivery-id> --reason "the receiver is back"',
  async does({ service, reason, typed: [deliveryId = ""] }) {
    await (await service()).action(api.operations.retryDelivery, { deliveryId, reason });
    return { deliveryId };
  },
  done: ({ deliveryId }) => `${deliveryId} is tried again.`,
};

type Portfolio = FunctionReturnType<typeof api.operations.readPortfolio>;

export function addOperationsActs(operations: Command, cli: Cli): void {
  const portfolio: Act<object, Portfolio> = {
    usage: "portfolio <address>",
    description: "what a provider sees of its own capital (operators)",
    example: 'operations portfolio ST… --reason "asked for help by its owner"',
    does: async ({ service, reason, typed: [address = ""] }) =>
      (await service()).action(api.operations.readPortfolio, { address, reason }),
    done: (found) => portfolioText(cli, found),
  };
  for (const act of [pause, resume]) addAct(operations, cli, act);
  for (const act of [trip, reset]) addAct(operations, cli, act);
  for (const act of [cancel, retry]) addAct(operations, cli, act);
  addAct(operations, cli, audit);
  addAct(operations, cli, retryDelivery);
  addAct(operations, cli, portfolio);
}
