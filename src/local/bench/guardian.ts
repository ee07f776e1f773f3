/** The guardian of the bench's vault, who approves what leaves its treasury. */
import { hashMessage } from "@stacks/encryption";
import {
  getAddressFromPrivateKey,
  privateKeyToPublic,
  randomPrivateKey,
  signMessageHashRsv,
} from "@stacks/transactions";

const privateKey = randomPrivateKey();
export const GUARDIAN = getAddressFromPrivateKey(privateKey, "testnet");

/** As its wallet signs a message. */
export function approvalOf(message: string) {
  const messageHash = Buffer.from(hashMessage(message)).toString("hex");
  return {
    publicKey: privateKeyToPublic(privateKey) as string,
    signature: signMessageHashRsv({ messageHash, privateKey }),
  };
}
