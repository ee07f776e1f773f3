/** The end of the demo: a table of gains and losses with their reasons, and the three-way proof against the chain itself. */
import { cvToValue, expectOk } from "@clarigen/core";
import { api } from "../../../convex/_generated/api";
import { formatAmount, TOKENS, type Token } from "../../domain/tokens";
import { sbtcCalls, vaultCalls } from "../../stacks/deployment";
import { decodeVaultEvent, type VaultEvent } from "../../stacks/vaultEvents";
import type { LocalStack } from "../stack";
import { type Cast, everyone, type Scene } from "./cast";
import { isOwed, type Posting, readJournal, sum, unbalanced } from "./journal";
import type { Person } from "./people";
import { say, show, until } from "./say";
import { boughtBy, faultsOf, merged, type Row, reasonsOf, totalOf, type Words } from "./statement";

const PAGE = 50;

/** Everything that counts for one person's gain: the wallet, its fees, and what the books owe. */
export type Means = Record<Token, bigint>;

/** Wallet and books together; fees are the chain's and not the market's, so they are given back. */
async function meansOf(person: Person, { balances }: Scene): Promise<Means> {
  const held = await balances.of(person.wallet.address);
  const fees = await balances.feesOf(person.wallet.address);
  const owed = await person.owed();
  return { STX: held.STX + fees + owed.STX, sBTC: held.sBTC + owed.sBTC };
}

/** By name. */
export async function meansOfAll(cast: Cast, scene: Scene): Promise<Map<string, Means>> {
  const people = everyone(cast);
  return new Map(await Promise.all(people.map(async (one) => [one.name, await meansOf(one, scene)] as const)));
}

/** Every event of the vault, as the chain tells it. */
async function vaultEvents({ urls, deployment }: LocalStack): Promise<VaultEvent[]> {
  const events: VaultEvent[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const route = `/extended/v1/contract/${deployment.vaultContract}/events?limit=${PAGE}&offset=${offset}`;
    const { results } = await (await fetch(urls.stacksApi + route)).json();
    for (const { contract_log } of results) {
      events.push(decodeVaultEvent(contract_log.value.hex, deployment.sbtcContract));
    }
    if (results.length < PAGE) return events;
  }
}

const startsWith =
  (...names: string[]) =>
  (posting: Posting) =>
    names.some((name) => posting.account.startsWith(name));

/** What has no wallet. What insurance has put behind a policy is still insurance's. */
const ACCOUNTS: { name: string; isOwn: (posting: Posting) => boolean; words: Words }[] = [
  {
    name: "Insurance",
    isOwn: startsWith("insurance", "cover"),
    words: { earning: "share of premiums", transfer: "penalties", settlement: "payouts borne" },
  },
  { name: "Fees", isOwn: startsWith("fees"), words: { earning: "share of premiums" } },
  {
    name: "Not earned yet",
    isOwn: startsWith("premium/"),
    words: { premium: "premiums received", earning: "earned by the others" },
  },
];

async function rowsOf(people: Person[], before: Map<string, Means>, scene: Scene, journal: Posting[]) {
  const events = await vaultEvents(scene.stack);
  const rows: Row[] = [];
  for (const person of people) {
    const { name, wallet } = person;
    const [was, is] = [before.get(name), await meansOf(person, scene)];
    for (const token of TOKENS) {
      const own = reasonsOf(journal, token, ({ owner }) => owner?.provider === wallet.address);
      const reasons = merged(own, boughtBy(events, token, wallet.address));
      if (was) rows.push({ name, token, reasons, gain: totalOf(reasons), seen: is[token] - was[token] });
    }
  }
  for (const { name, isOwn, words } of ACCOUNTS) {
    for (const token of TOKENS) {
      const reasons = reasonsOf(journal, token, isOwn, words);
      rows.push({ name, token, reasons, gain: totalOf(reasons), seen: null });
    }
  }
  return rows;
}

const signed = (amount: bigint, token: Token) => `${amount > 0n ? "+" : ""}${formatAmount(amount, token)}`;

function tell({ name, token, reasons, gain }: Row) {
  if (reasons.size === 0) return;
  const why = [...reasons].map(([reason, amount]) => `${reason} ${signed(amount, token)}`).join(", ");
  say(`  ${name.padEnd(15)}${signed(gain, token).padStart(16)} ${token.padEnd(5)} ${why}`);
}

/** What the chain says that the vault holds, and what its contract counts. */
async function onChain({ stack, chain }: Scene) {
  const state = cvToValue(await chain.read(vaultCalls(stack.deployment).getVaultState()));
  const { vaultContract } = stack.deployment;
  const heldSbtc = cvToValue(await chain.read(sbtcCalls(stack.deployment).getBalance(vaultContract)), true);
  return {
    sequence: state.sequence as bigint,
    STX: { held: state.heldStx as bigint, counted: state.stx.balance as bigint, locked: state.stx.locked as bigint },
    sBTC: {
      held: expectOk<bigint>(heldSbtc),
      counted: state.sbtc.balance as bigint,
      locked: state.sbtc.locked as bigint,
    },
  };
}

/** Prints the table and the proof; the last line of the demo. */
export async function verdictOn(cast: Cast, before: Map<string, Means>, scene: Scene): Promise<string> {
  const people = everyone(cast);
  const vault = await onChain(scene);
  const proofs = await until(
    "the books reach the vault's last event",
    () => cast.Ada.convex.query(api.liquidity.getProof, {}),
    (rows) => rows.length === 2 && rows.every(({ sequence, pending }) => sequence === vault.sequence && pending === 0n),
  );
  const journal = await readJournal(scene.operator);
  const rows = await rowsOf(people, before, scene, journal);

  say("\nWhat the week has brought, and why:");
  for (const token of TOKENS) rows.filter((row) => row.token === token).forEach(tell);
  const faults = [...faultsOf(rows), ...unbalanced(journal).map((entryId) => `${entryId} does not balance`)];

  say("\nThe vault:");
  for (const proof of proofs) {
    const { token } = proof;
    const { held, counted, locked } = vault[token];
    const owed = sum(journal.filter((posting) => posting.token === token && isOwed(posting)).map((p) => p.amount));
    say(`  holds ${show(held, token)}, counts ${show(counted, token)}; the books owe ${show(owed, token)}.`);
    const isWhole = proof.holds && held >= counted && counted === owed && proof.booked === owed;
    if (!isWhole) faults.push(`the vault holds ${held} ${token}, counts ${counted}, the books owe ${owed}`);
    if (proof.locks.booked !== locked) faults.push(`${locked} ${token} are locked, by the books ${proof.locks.booked}`);
  }
  if (faults.length > 0) return `PROOF FAILED ${faults.join("; ")}`;
  return `PROOF OK ${TOKENS.map((token) => `${token.toLowerCase()}=${vault[token].counted}`).join(" ")}`;
}
