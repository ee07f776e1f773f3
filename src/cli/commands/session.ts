/** Who is signed in: sign-in, sign-out, whoami. */
import type { Command } from "commander";
import { shownTime } from "../amounts";
import type { Cli } from "../cli";
import { examples } from "../help";
import { isGood } from "../sessions";
import { fields } from "../table";

async function signIn(cli: Cli): Promise<void> {
  const { address, expiresAt, domain } = await cli.signIn(await cli.wallet());
  cli.out.show(
    { address, domain, expiresAt },
    () => `Signed in to ${domain} as ${address} until ${shownTime(expiresAt)}.`,
  );
}

/** Without a wallet: of all addresses of this deployment. */
async function signOut(cli: Cli): Promise<void> {
  const sessions = cli.sessions();
  const wallet = await cli.walletIfAny();
  const known = await sessions.of(await cli.place());
  const ended = known.filter(({ address, token }) => token && (!wallet || address === wallet.address));
  if (ended.length > 0) await sessions.forget(ended);
  const addresses = ended.map(({ address }) => address);
  cli.out.show({ signedOut: addresses }, () =>
    addresses.length > 0 ? `Signed out: ${addresses.join(", ")}.` : "Nobody was signed in here.",
  );
}

async function whoAmI(cli: Cli): Promise<void> {
  const place = await cli.place();
  const wallet = await cli.walletIfAny();
  const known = await cli.sessions().of(place);
  const session = known.find(({ address }) => !wallet || address === wallet.address);
  const isSignedIn = session !== undefined && isGood(session, Date.now());
  const answer = {
    network: place.name,
    convexUrl: place.convexUrl,
    stacksUrl: place.stacksUrl,
    vaultContract: place.vaultContract,
    address: wallet?.address ?? session?.address ?? null,
    signedInUntil: isSignedIn ? session.expiresAt : null,
  };
  cli.out.show(answer, () =>
    fields([
      ["Network", place.name],
      ["Deployment", place.convexUrl],
      ["Stacks API", place.stacksUrl],
      ["Vault", place.vaultContract ?? "not named (--vault)"],
      ["Address", answer.address ?? "none: name a wallet, or sign in"],
      ["Signed in", isSignedIn ? `until ${shownTime(session.expiresAt)}` : "no"],
    ]),
  );
}

export function addSessionCommands(program: Command, cli: Cli): void {
  program
    .command("sign-in")
    .description("signs in with a wallet, by a message that moves no money; the session is kept for later commands")
    .addHelpText("after", examples("sign-in --wallet wallet_1", "--network testnet sign-in --key-file ~/my.key"))
    .action(() => signIn(cli));
  program
    .command("sign-out")
    .description("forgets the session of a wallet, or every session of this deployment")
    .addHelpText("after", examples("sign-out", "sign-out --wallet wallet_1"))
    .action(() => signOut(cli));
  program
    .command("whoami")
    .description("which network, which deployment, which wallet, and whether it is signed in; asks nobody")
    .addHelpText("after", examples("whoami", "whoami --wallet wallet_2 --json"))
    .action(() => whoAmI(cli));
}
