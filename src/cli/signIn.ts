/** Signing in: the challenge is read before it is signed, so that a wallet signs nothing but a sign-in of its own. */
import { api } from "../../convex/_generated/api";
import { readChallenge } from "../domain/challenge";
import type { Network } from "../stacks/deployment";
import { signMessage, type Wallet } from "../stacks/wallet";
import { Failure } from "./errors";
import type { Place } from "./network";
import { Service } from "./service";
import type { KeptSession } from "./sessions";

function refuse(why: string): Failure {
  return new Failure(
    "refused",
    "CHALLENGE_NOT_AS_ASKED",
    `The service asks for a signature that is not a sign-in of yours: ${why}. Nothing was signed.`,
  );
}

/** The domain that asks, if the message is a sign-in of this address on this network and nothing else. */
export function checkChallenge(message: string, asked: { address: string; network: Network; now: number }): string {
  const read = readChallenge(message, asked);
  if (read.ok) return read.value.domain;
  throw new Failure("refused", read.refusal.code, read.refusal.message);
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
