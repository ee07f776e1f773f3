/** Goes on with a transaction that an earlier command has sent. */
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import type { Cli } from "../cli";
import { Failure, misuse } from "../errors";
import { type Followed, Follower } from "../following";
import { examples } from "../help";
import { asked, nodeOf } from "../sending";
import { fields } from "../table";

function idOfTransaction(text: string): string {
  const [, hex] = /^(?:0x)?([0-9a-f]{64})$/.exec(text.trim().toLowerCase()) ?? [];
  if (hex) return `0x${hex}`;
  throw misuse("TXID_NOT_UNDERSTOOD", `The id of a transaction is 64 digits of hex, not "${text}".`);
}

/** An API may not have heard of a transaction that its node has just taken. */
const TRIES = 5;
const PAUSE_MS = 1_000;

async function known(follower: Follower, txId: string): Promise<Followed> {
  for (let tries = 1; ; tries += 1) {
    const followed = await asked(follower.look(txId));
    if (followed.status !== "unknown") return followed;
    if (tries === TRIES) {
      throw new Failure("refused", "UNKNOWN_TRANSACTION", `The Stacks API knows no transaction ${txId}.`, { txId });
    }
    await pause(PAUSE_MS);
  }
}

async function transaction(cli: Cli, txId: string): Promise<void> {
  const { vaultContract } = await cli.place();
  const follower = new Follower(cli, { node: await nodeOf(cli), service: await cli.service(), vaultContract });
  const now = await known(follower, txId);
  const followed = cli.options.wait ? await follower.booked(txId) : now;
  cli.out.show(followed, () =>
    fields([
      ["Transaction", txId],
      ["Status", followed.status],
      ["Block", followed.blockHeight === null ? null : String(followed.blockHeight)],
      ["Vault's event", followed.sequence === null ? null : String(followed.sequence)],
    ]),
  );
}

export function addTransactionCommand(program: Command, cli: Cli): void {
  program
    .command("transaction <txid>")
    .description("waits for a transaction that was sent before, until the books have it")
    .addHelpText("after", examples("transaction 0x<64 digits>", "transaction 0x<64 digits> --no-wait --json"))
    .action((text: string) => transaction(cli, idOfTransaction(text)));
}
