/** Signing in: the challenge is read before it is signed, so that a wallet signs nothing but a sign-in of its own. */
import { api } from "../../convex/_generated/api";
import { CHAIN_ID, type Network } from "../stacks/deployment";
import { signMessage, type Wallet } from "../stacks/wallet";
import { Failure } from "./errors";
import type { Place } from "./network";
import { Service } from "./service";
import type { KeptSession } from "./sessions";

/** A challenge is good for five minutes; clocks differ by less than this. */
const LONGEST_MS = 15 * 60_000;

const MESSAGE =
  /^(?<domain>[^\n]{1,200}) asks you to sign in with your Stacks account:\n(?<address>[0-9A-Z]+)\n\nSigning moves no money and costs no fee\.\n\nNetwork: (?<network>[a-z]+)\nChain ID: (?<chainId>\d+)\nNonce: [0-9a-f]{32}\nExpires: (?<expires>[0-9T:.Z-]+)$/;

function refuse(why: string): Failure {
  return new Failure(
    "refused",
    "CHALLENGE_NOT_AS_ASKED",
    `The service asks for a signature that is not a sign-in of yours: ${why}. Nothing was signed.`,
  );
}

/** The domain that asks, if the message is a sign-in of this address on this network and nothing else. */
export function checkChallenge(message: string, asked: { address: string; network: Network; now: number }): string {
  const found = MESSAGE.exec(message)?.groups;
  if (!found) throw refuse("the message is of another form");
  const { domain = "", address, network, chainId, expires = "" } = found;
  if (address !== asked.address) throw refuse(`it names ${address}`);
  if (network !== asked.network || chainId !== CHAIN_ID[asked.network].toString()) {
    throw refuse(`it is of the network ${network} (chain ${chainId}), and you are on ${asked.network}`);
  }
  const left = Date.parse(expires) - asked.now;
  if (!(Math.abs(left) < LONGEST_MS)) throw refuse(`it would be good until ${expires}`);
  return domain;
}

/** What a person is asked before the first signature for a deployment. */
export type Consent = (domain: string) => Promise<void>;

/** @param knownDomain as which the deployment asked before; null: it has not */
export async function signIn(
  wallet: Wallet,
  place: Place,
  { knownDomain, consent }: { knownDomain: string | null; consent: Consent },
): Promise<KeptSession> {
  const service = new Service(place.convexUrl);
  const { address } = wallet;
  const { challenge, message } = await service.action(api.session.requestChallenge, { address });
  const domain = checkChallenge(message, { address, network: place.network, now: Date.now() });
  if (knownDomain !== null && knownDomain !== domain) {
    // Another service's challenge, passed on: the signature would sign in there.
    throw refuse(`it is for "${domain}", and this deployment was "${knownDomain}"`);
  }
  if (knownDomain === null) await consent(domain);
  const { token, expiresAt } = await service.action(api.session.signIn, { challenge, ...signMessage(wallet, message) });
  return { network: place.name, convexUrl: place.convexUrl, domain, address, token, expiresAt };
}
