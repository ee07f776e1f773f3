/** For admins, who configure the deployment: tiers, exits of insurance and fees, surplus, breaches; each with a reason. */
import type { Command } from "commander";
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api";
import type { PolicyRules } from "../../domain/policies";
import { parseRate } from "../../domain/rates";
import { DEFAULT_RULES, type Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import { approvalMessage } from "../../domain/treasury";
import { signMessage, type Wallet } from "../../stacks/wallet";
import { amountOf, durationOf, shownAmount, shownTime, tierOf, tokenOf } from "../amounts";
import type { Cli } from "../cli";
import { Failure, misuse } from "../errors";
import { examples } from "../help";
import { send } from "../sending";
import type { Exit } from "../views/operations";
import { walletOf } from "../wallet";
import { type Act, addAct } from "./acts";

const orZero = (text: string, token: Token) => (/^0+(\.0*)?$/.test(text.trim()) ? 0n : amountOf(text, token));

interface Place {
  tier: Tier;
  token: Token;
}

interface TermsOptions {
  capacity: string;
  minimum: string;
  hold: string;
}

const terms: Act<TermsOptions, Place> = {
  usage: "terms <tier> <token>",
  description: "sets a tier's terms, all three at once; what is in the tier stays as it is",
  example: 'admin terms Balanced STX --capacity 12000000 --minimum 1 --hold none --reason "the pool has grown"',
  options: (command) =>
    command
      .requiredOption("--capacity <amount>", "the most capital that it takes; any: no limit")
      .requiredOption("--minimum <amount>", "the smallest position")
      .requiredOption("--hold <duration>", "how long capital stays, such as 1d; none: it may leave at once"),
  async does({ service, reason, typed: [tierText = "", tokenText = ""], options }) {
    const [tier, token] = [tierOf(tierText), tokenOf(tokenText)];
    const { capacity, minimum, hold } = options;
    await (await service()).action(api.administration.setTierTerms, {
      ...{ tier, token, reason },
      capacityLimit: capacity === "any" ? null : orZero(capacity, token),
      minimumPosition: amountOf(minimum, token),
      minimumHoldSeconds: hold === "none" ? 0 : durationOf(hold),
    });
    return { tier, token };
  },
  done: ({ tier, token }) => `The terms of ${tier} in ${token} are set; \`tier ${tier} ${token}\` shows them.`,
};

const RULES = Object.keys(DEFAULT_RULES.Balanced.STX) as (keyof PolicyRules)[];
/** Rules that are no rates. */
const SECONDS: (keyof PolicyRules)[] = ["minSeconds", "maxSeconds"];

function rateOf(name: string, text: string): number {
  const rate = parseRate(text);
  if (rate !== null) return rate;
  throw misuse("NOT_A_RATE", `The rule ${name} is a percentage of at most 4 decimals, such as 12.5%, not "${text}".`);
}

/** "loading=30%" and such, as the service takes them. */
function changesOf(pairs: string[], token: Token): Partial<PolicyRules> {
  const changes = pairs.map((pair) => {
    const [name = "", text = ""] = pair.split(/=(.*)/s);
    const rule = RULES.find((known) => known === name);
    if (!rule) throw misuse("UNKNOWN_RULE", `There is no rule "${name}". Use ${RULES.join(", ")}, as loading=30%.`);
    if (rule === "minimumBacking") return [rule, amountOf(text, token)] as const;
    return [rule, SECONDS.includes(rule) ? durationOf(text) : rateOf(rule, text)] as const;
  });
  return Object.fromEntries(changes) as Partial<PolicyRules>;
}

const rules: Act<object, Place & { changes: Partial<PolicyRules> }> = {
  usage: "rules <tier> <token> <changes...>",
  description: "changes rules by which a tier sells policies: <rule>=<percentage, duration or amount>",
  example: 'admin rules Balanced sBTC loading=30% maxSeconds=30d --reason "a calmer market"',
  async does({ service, reason, typed: [tierText = "", tokenText = "", ...pairs] }) {
    const [tier, token] = [tierOf(tierText), tokenOf(tokenText)];
    const changes = changesOf(pairs, token);
    await (await service()).action(api.administration.setTierRules, { tier, token, changes, reason });
    return { tier, token, changes };
  },
  done: ({ tier, token }) => `The rules of ${tier} in ${token} are changed; \`tier ${tier} ${token}\` shows them.`,
};

const requestExit: Act<object, { exitId: string; message: string; expiresAt: number }> = {
  usage: "request <account> <amount> <token>",
  description: "asks for a payment of insurance or fees to the address that the deployment names",
  example: 'admin exit request fees 0.05 sBTC --reason "May"',
  async does({ service, reason, typed: [account = "", amountText = "", tokenText = ""] }) {
    const token = tokenOf(tokenText);
    const amount = amountOf(amountText, token);
    const exit = await (await service()).action(api.administration.requestExit, { account, token, amount, reason });
    return { ...exit, expiresAt: exit.expiresAt * 1_000 };
  },
  done: ({ exitId, message, expiresAt }) =>
    `Exit ${exitId} waits for the guardian until ${shownTime(expiresAt)}, who signs this message:\n\n${message}\n\nWith the guardian's key: admin exit approve ${exitId} --guardian-key-file <file>`,
};

interface ApprovalOptions {
  guardianKeyFile?: string;
  publicKey?: string;
  signature?: string;
  send?: boolean;
}

const PAGE = 100;

/** The exit of this id, as far back as there are exits. */
async function exitOf(cli: Cli, exitId: string): Promise<Exit> {
  const { service } = await cli.session();
  for (let cursor: string | null = null; ; ) {
    const paginationOpts: { numItems: number; cursor: string | null } = { numItems: PAGE, cursor };
    const listed = await service.query(api.operations.listExits, { paginationOpts });
    const found = listed.page.find((exit) => exit.exitId === exitId);
    if (found) return found;
    if (listed.isDone) throw misuse("NO_EXIT", `There is no exit "${exitId}". \`operations exits\` lists them.`);
    cursor = listed.continueCursor;
  }
}

/** The message that approves this one payment of the vault that the user means, made here: nothing else is signed. */
async function messageOf(cli: Cli, exit: Exit): Promise<string> {
  const { vaultContract } = await cli.place();
  if (vaultContract === null) throw misuse("NO_VAULT", "Which vault is to pay? Name it with --vault <address>.<name>.");
  const message = approvalMessage(vaultContract, exit);
  if (message === exit.message) return message;
  const why = "The service's message for this exit is not the one that approves it for your vault. Nothing was signed.";
  throw new Failure("refused", "MESSAGE_NOT_AS_ASKED", why);
}

async function guardianOf(cli: Cli, file: string | undefined): Promise<Wallet> {
  if (file === undefined) return cli.wallet();
  const place = await cli.place();
  const wallet = await walletOf({ keyFile: file }, { place, env: {}, warn: (text) => cli.out.warn(text) });
  if (wallet) return wallet;
  throw misuse("NO_WALLET", "Whose wallet is the guardian's? Name it with --guardian-key-file <file>.");
}

/** The guardian's: made with its key here, or brought along from where that key is. */
async function approvalOf(cli: Cli, exit: Exit, { publicKey, signature, guardianKeyFile }: ApprovalOptions) {
  if (publicKey !== undefined && signature !== undefined) return { publicKey, signature };
  if (publicKey !== undefined || signature !== undefined) {
    throw misuse("SIGNATURE_INCOMPLETE", "--public-key and --signature belong together.");
  }
  const message = await messageOf(cli, exit);
  const guardian = await guardianOf(cli, guardianKeyFile);
  cli.out.progress(`To sign as ${guardian.address}, a message that moves nothing by itself:\n\n${message}\n`);
  await cli.consent("Sign?");
  return signMessage(guardian, message);
}

type Approved = FunctionReturnType<typeof api.administration.approveExit>;

/** What the vault pays once the call is sent, if the wallet is its recipient and wants it now. */
async function paid(cli: Cli, { token, amount, recipient }: Exit, { transaction, withdrawalId }: Approved) {
  cli.standing = `The withdrawal ${withdrawalId} is authorised for an hour of block time.`;
  const promise = "The vault pays it once, within an hour of block time.";
  return send(cli, transaction, { action: "withdraw", token, amount, signer: recipient, promise });
}

const approveExit: Act<ApprovalOptions, Approved & { exitId: string; txId: string | null }> = {
  usage: "approve <exit-id>",
  description:
    "signs an exit's message as the vault's guardian, so that it may be paid; --json has the recipient's call",
  example: 'admin exit approve <exit-id> --guardian-key-file guardian.key --reason "May"',
  options: (command) =>
    command
      .option("--guardian-key-file <file>", "the guardian's key, if it is not the wallet's")
      .option("--public-key <hex>", "instead: the guardian's public key …")
      .option("--signature <hex>", "… and its signature over the message")
      .option("--send", "have the vault pay at once: the wallet is the exit's recipient"),
  async does({ cli, service, reason, typed: [exitId = ""], options }) {
    const exit = await exitOf(cli, exitId);
    // Whoever can't send is told before anything is signed.
    if (options.send) await cli.signer(exit.recipient);
    const approval = await approvalOf(cli, exit, options);
    const approved = await (await service()).action(api.administration.approveExit, { exitId, ...approval, reason });
    const followed = options.send ? await paid(cli, exit, approved) : null;
    return { ...approved, exitId, txId: followed?.txId ?? null };
  },
  done: ({ exitId, withdrawalId, txId }) =>
    txId
      ? `Exit ${exitId} is paid by ${txId}.`
      : `Exit ${exitId} is approved as withdrawal ${withdrawalId}; its recipient sends the call within an hour of block time.`,
};

const cancelExit: Act<object, { exitId: string }> = {
  usage: "cancel <exit-id>",
  description: "ends an exit; an approved one is revoked, unless its recipient is faster (guardians too)",
  example: 'admin exit cancel <exit-id> --reason "not in May"',
  async does({ service, reason, typed: [exitId = ""] }) {
    await (await service()).action(api.administration.cancelExit, { exitId, reason });
    return { exitId };
  },
  done: ({ exitId }) => `Exit ${exitId} is taken back, unless it was paid before; \`operations exits\` tells.`,
};

const surplus: Act<object, { token: Token; amount: bigint }> = {
  usage: "surplus <amount> <token>",
  description: "puts what somebody sent to the vault directly, and the vault has counted, into insurance",
  example: 'admin surplus 10 STX --reason "sent by mistake, and nobody claims it"',
  async does({ service, reason, typed: [amountText = "", tokenText = ""] }) {
    const token = tokenOf(tokenText);
    const amount = amountOf(amountText, token);
    await (await service()).action(api.administration.assignSurplus, { token, amount, reason });
    return { token, amount };
  },
  done: ({ amount, token }) => `${shownAmount(amount, token)} belong to insurance.`,
};

interface BreachOptions {
  tier?: string;
  idempotencyKey?: string;
}

const breach: Act<BreachOptions, { principal: string; token: Token; amount: bigint; breach: bigint }> = {
  usage: "breach <address> <amount> <token>",
  description: "takes what left the vault without an authorisation off what its taker has: in a tier, or in suspense",
  example: 'admin breach ST… 300 STX --tier Balanced --reason "signed after the backup of 3 May"',
  options: (command) =>
    command
      .option("--tier <tier>", "of its position there; otherwise of its suspense")
      .option("--idempotency-key <key>", "repeats an earlier correction instead of making a new one"),
  async does({ service, reason, typed: [principal = "", amountText = "", tokenText = ""], options }) {
    const token = tokenOf(tokenText);
    const amount = amountOf(amountText, token);
    const { tier, idempotencyKey } = options;
    const asked = { principal, token, amount, reason };
    const corrected = await (await service()).action(api.administration.correctBreach, {
      ...asked,
      ...(tier !== undefined && { tier: tierOf(tier) }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
    return { ...corrected, principal, token, amount };
  },
  done: ({ principal, token, breach: left }) => `${principal} owes ${shownAmount(left, token)} now.`,
};

export function addAdminCommands(program: Command, cli: Cli): void {
  const admin = program
    .command("admin")
    .description("for admins: tiers, exits of insurance and fees, surplus, breaches")
    .addHelpText("after", examples('admin exit request fees 0.05 sBTC --reason "May" --key-file admin.key'));
  const exit = admin.command("exit").description("payments of insurance and fees");
  addAct(admin, cli, terms);
  addAct(admin, cli, rules);
  addAct(admin, cli, surplus);
  addAct(admin, cli, breach);
  addAct(exit, cli, requestExit);
  addAct(exit, cli, approveExit);
  addAct(exit, cli, cancelExit);
}
