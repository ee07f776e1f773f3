/**
 * The vault itself, for those whose keys it knows: its admin, who configures, and its guardian, who stops. The backend takes
 * no part in it, so this works when the backend is down or stolen.
 */
import { hexToBytes } from "@clarigen/core";
import { type Command, InvalidArgumentError } from "commander";
import { parseBaseUnits } from "../../domain/tokens";
import { type VaultDeployment, vaultCalls } from "../../stacks/deployment";
import { isPrincipal } from "../../stacks/principals";
import type { Cli } from "../cli";
import { misuse } from "../errors";
import { examples } from "../help";
import { callOf, sendOwn } from "../ownCalls";
import { asked, nodeOf } from "../sending";
import { fields } from "../table";

async function vaultOf(cli: Cli): Promise<VaultDeployment> {
  const { network, vaultContract } = await cli.place();
  if (vaultContract) return { network, vaultContract, sbtcContract: "" };
  throw misuse("NO_VAULT", "Which vault? Name it with --vault <address>.<name>: the backend is not asked.");
}

interface Caps {
  stx: { withdrawals: bigint; settlements: bigint };
  sbtc: { withdrawals: bigint; settlements: bigint };
}

const CAP_NAMES = ["stx-withdrawals", "stx-settlements", "sbtc-withdrawals", "sbtc-settlements"];

/** All four, as `npm run deploy` takes them: a closed way out is said by 0, never by silence. */
function capsOf(text: string): Caps {
  const given = new Map(text.split(",").map((pair) => pair.trim().split("=", 2) as [string, string]));
  const [stxOut, stxPaid, sbtcOut, sbtcPaid] = CAP_NAMES.map((name) => {
    const units = parseBaseUnits(given.get(name) ?? "");
    if (units.ok) return units.value;
    throw new InvalidArgumentError(`It is ${CAP_NAMES.map((known) => `${known}=N`).join(",")}, in base units.`);
  }) as [bigint, bigint, bigint, bigint];
  if (given.size !== CAP_NAMES.length) throw new InvalidArgumentError(`It is these four: ${CAP_NAMES.join(", ")}.`);
  return {
    stx: { withdrawals: stxOut, settlements: stxPaid },
    sbtc: { withdrawals: sbtcOut, settlements: sbtcPaid },
  };
}

function publicKeyOf(text: string): Uint8Array {
  const [, hex] = /^(?:0x)?(0[23][0-9a-f]{64})$/i.exec(text) ?? [];
  if (hex) return hexToBytes(hex);
  throw new InvalidArgumentError("It is a compressed public key: 33 bytes of hex.");
}

interface Change {
  admin?: string;
  service?: string;
  guardian?: string;
  authoriser?: Uint8Array;
  caps?: Caps;
}

async function state(cli: Cli) {
  return asked((await nodeOf(cli)).read(vaultCalls(await vaultOf(cli)).getVaultState()));
}

const capsText = ({ withdrawals, settlements }: { withdrawals: { cap: bigint }; settlements: { cap: bigint } }) =>
  `withdrawals ${withdrawals.cap}, settlements ${settlements.cap} base units in any 144 burn blocks`;

async function showState(cli: Cli): Promise<void> {
  const { admin, service, guardian, authoriser, paused, pendingChange, stx, sbtc, sequence } = await state(cli);
  const key = Buffer.from(authoriser).toString("hex");
  const readyAt = pendingChange?.readyAt ?? null;
  const caps = { stx: capsText(stx), sbtc: capsText(sbtc) };
  const answer = { paused, admin, service, guardian, authoriser: key, sequence, changeReadyAt: readyAt, caps };
  cli.out.show(answer, () =>
    fields([
      ["Paused", paused ? "yes" : "no"],
      ["Admin", admin],
      ["Guardian", guardian],
      ["Service", service],
      ["Authoriser", key],
      ["Caps, STX", caps.stx],
      ["Caps, sBTC", caps.sbtc],
      ["A change waits", readyAt === null ? "no" : `may be applied from burn block ${readyAt} on`],
    ]),
  );
}

type Calls = ReturnType<typeof vaultCalls>;

async function does(cli: Cli, of: (calls: Calls) => Parameters<typeof callOf>[1], words: string): Promise<void> {
  const vault = await vaultOf(cli);
  const txId = await sendOwn(cli, callOf(vault.network, of(vaultCalls(vault))), words);
  cli.out.show({ txId, vaultContract: vault.vaultContract }, () => words);
}

async function schedule(cli: Cli, { admin, service, guardian, authoriser, caps }: Change): Promise<void> {
  const { network } = await cli.place();
  for (const principal of [admin, service, guardian]) {
    if (principal === undefined || isPrincipal(principal, network)) continue;
    throw misuse("UNKNOWN_ADDRESS", `"${principal}" is no address of ${network}.`);
  }
  const change = {
    admin: admin ?? null,
    service: service ?? null,
    guardian: guardian ?? null,
    authoriser: authoriser ?? null,
    caps: caps ?? null,
  };
  if (Object.values(change).every((part) => part === null)) {
    throw misuse("NOTHING_TO_CHANGE", "Name what changes: --admin, --service, --guardian, --authoriser or --caps.");
  }
  await does(cli, (calls) => calls.scheduleChange(change), "The change waits 144 burn blocks in public view.");
}

const ID = /^\d{1,19}$/;

async function revoke(cli: Cli, id: string): Promise<void> {
  if (!ID.test(id)) throw misuse("NO_ID", `"${id}" is no id of an authorisation: digits.`);
  await does(cli, (calls) => calls.revokeAuthorization(BigInt(id)), `The authorisation ${id} can't be used any more.`);
}

export function addVaultCommands(program: Command, cli: Cli): void {
  const vault = program
    .command("vault")
    .description("the vault's own admin and guardian: pause, keys, caps; the backend takes no part in it")
    .addHelpText("after", examples("vault state", "vault pause --key-file guardian.key"));
  vault
    .command("state")
    .description("who the vault obeys, whether it is paused, its caps, and a change that waits")
    .action(() => showState(cli));
  vault
    .command("pause")
    .description("withdrawals, settlements and premiums stop; deposits and releases go on (guardian or admin)")
    .action(() => does(cli, (calls) => calls.pause(), "The vault pays nobody until its admin lifts the pause."));
  vault
    .command("unpause")
    .description("lifts the pause (admin)")
    .action(() => does(cli, (calls) => calls.unpause(), "The vault pays again."));
  vault
    .command("schedule")
    .description("other keys, or higher caps, after 144 burn blocks; one change at a time waits (admin)")
    .option("--admin <address>", "who configures; takes office by applying the change")
    .option("--service <address>", "whose key locks, releases and settles")
    .option("--guardian <address>", "who may only stop")
    .option("--authoriser <public-key>", "of the key that signs withdrawals and terms", publicKeyOf)
    .option("--caps <caps>", `${CAP_NAMES[0]}=N,… all four, base units`, capsOf)
    .addHelpText("after", examples("vault schedule --authoriser 02… --service ST… --key-file admin.key"))
    .action((change: Change) => schedule(cli, change));
  vault
    .command("apply")
    .description("makes a change that has waited long enough (anyone; a new admin itself)")
    .action(() => does(cli, (calls) => calls.applyChange(), "The change is made."));
  vault
    .command("cancel")
    .description("drops the change that waits (guardian or admin)")
    .action(() => does(cli, (calls) => calls.cancelChange(), "The change that waited is dropped."));
  vault
    .command("lower-caps <caps>")
    .description("lower caps, at once (admin)")
    .addHelpText("after", examples(`vault lower-caps ${CAP_NAMES.map((name) => `${name}=0`).join(",")}`))
    .action((text: string) => {
      const caps = capsOf(text);
      return does(cli, (calls) => calls.lowerCaps(caps), "The caps are lower from this block on.");
    });
  vault
    .command("revoke <id>")
    .description("a withdrawal's authorisation that must never be paid (guardian)")
    .action((id: string) => revoke(cli, id));
}
