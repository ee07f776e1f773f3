/** Signs a message as a wallet does (SIP-018's message prefix, RSV). */
import { hashMessage } from "@stacks/encryption";
import { privateKeyToPublic, signMessageHashRsv } from "@stacks/transactions";

export function messageSigner(privateKey: string) {
  return (message: string) => ({
    publicKey: privateKeyToPublic(privateKey) as string,
    signature: signMessageHashRsv({ messageHash: Buffer.from(hashMessage(message)).toString("hex"), privateKey }),
  });
}
