/** Checks the message that a wallet signs to sign in. */
import { hashMessage } from "@stacks/encryption";
import { getAddressFromPublicKey, publicKeyFromSignatureRsv } from "@stacks/transactions";
import { addressKind, type Network } from "./deployment";

/**
 * Whether `signature` (65 bytes RSV, hex) over `message` was made by `publicKey` (compressed, hex), and that key owns
 * `address`. One key has an address per network and per key form; only the one asked for counts.
 */
export function isSignedBy(
  claim: { message: string; publicKey: string; signature: string; address: string },
  network: Network,
): boolean {
  if (!/^[0-9a-f]{130}$/i.test(claim.signature) || !/^0[23][0-9a-f]{64}$/i.test(claim.publicKey)) {
    return false;
  }
  try {
    const hash = Array.from(hashMessage(claim.message), (byte) => byte.toString(16).padStart(2, "0")).join("");
    return (
      publicKeyFromSignatureRsv(hash, claim.signature) === claim.publicKey.toLowerCase() &&
      getAddressFromPublicKey(claim.publicKey, addressKind(network)) === claim.address
    );
  } catch {
    // No public key recovers from these bytes: nobody signed this.
    return false;
  }
}
