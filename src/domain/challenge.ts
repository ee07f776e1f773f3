/**
 * What a sign-in looks like to whoever is to sign it: the message is read before it is signed, so that a wallet signs nothing
 * but a sign-in of its own.
 */
import { accept, type Outcome, refuse } from "./refusal";

/** A challenge is good for five minutes; clocks differ by less than this. */
const LONGEST_MS = 15 * 60_000;

const MESSAGE =
  /^(?<domain>[^\n]{1,200}) asks you to sign in with your Stacks account:\n(?<address>[0-9A-Z]+)\n\nSigning moves no money and costs no fee\.\n\nNetwork: (?<network>[a-z]+)\nChain ID: (?<chainId>\d+)\nNonce: [0-9a-f]{32}\nExpires: (?<expires>[0-9T:.Z-]+)$/;

/** SIP-005's, by network. */
export const CHAIN_IDS = { mainnet: 1n, testnet: 0x80000000n, devnet: 0x80000000n } as const;

export interface ChallengeFacts {
  /** Who asks. */
  domain: string;
  address: string;
  network: string;
  /** Ms. */
  expiresAt: number;
}

function refuseAs(why: string) {
  return refuse(
    "CHALLENGE_NOT_AS_ASKED",
    `The service asks for a signature that is not a sign-in of yours: ${why}. Nothing was signed.`,
  );
}

/**
 * What the message says, if it is a sign-in of this address on this network and nothing else.
 * @param asked `now` in ms
 */
export function readChallenge(
  message: string,
  asked: { address: string; network: keyof typeof CHAIN_IDS; now: number },
): Outcome<ChallengeFacts> {
  const found = MESSAGE.exec(message)?.groups;
  if (!found) return refuseAs("the message is of another form");
  const { domain = "", address = "", network = "", chainId, expires = "" } = found;
  if (address !== asked.address) return refuseAs(`it names ${address}`);
  if (network !== asked.network || chainId !== CHAIN_IDS[asked.network].toString()) {
    return refuseAs(`it is of the network ${network} (chain ${chainId}), and you are on ${asked.network}`);
  }
  const expiresAt = Date.parse(expires);
  if (!(Math.abs(expiresAt - asked.now) < LONGEST_MS)) return refuseAs(`it would be good until ${expires}`);
  return accept({ domain, address, network, expiresAt });
}
