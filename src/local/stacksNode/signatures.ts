/** Whether a transaction was signed by the accounts that it names: its origin and, if there is one, its sponsor. */
import {
  AuthType,
  addressFromPublicKeys,
  createStacksPublicKey,
  isSequentialMultiSig,
  isSingleSig,
  nextVerification,
  type PubKeyEncoding,
  type PublicKeyWire,
  type SpendingCondition,
  type StacksTransactionWire,
  StacksWireType,
} from "@stacks/transactions";

/** Half the order of secp256k1: a signature whose s is above it has a twin below, and so a second transaction id. */
const HIGHEST_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

type Proof = { key: PublicKeyWire } | { signature: string; encoding: PubKeyEncoding };

/** The keys and signatures of a condition, in their order. */
function proofsOf(condition: SpendingCondition): Proof[] {
  if (isSingleSig(condition)) return [{ signature: condition.signature.data, encoding: condition.keyEncoding }];
  return condition.fields.map(({ contents, pubKeyEncoding: encoding }) =>
    contents.type === StacksWireType.PublicKey
      ? { key: createStacksPublicKey(contents.data) }
      : { signature: contents.data, encoding },
  );
}

function requireLowS(condition: SpendingCondition): void {
  for (const proof of proofsOf(condition)) {
    if ("signature" in proof && BigInt(`0x${proof.signature.slice(-64)}`) > HIGHEST_S) {
      throw new Error("Signature has a high S");
    }
  }
}

/** The sponsor signs what the origin signed; the library verifies the origin only. */
function verifySponsor(condition: SpendingCondition, originHash: string): void {
  const { hashMode, fee, nonce, signer } = condition;
  let hash = originHash;
  let count = 0;
  const keys = proofsOf(condition).map((proof) => {
    if ("key" in proof) return proof.key;
    const { pubKey, nextSigHash } = nextVerification(
      hash,
      AuthType.Sponsored,
      fee,
      nonce,
      proof.encoding,
      proof.signature,
    );
    if (isSequentialMultiSig(hashMode)) hash = nextSigHash;
    count += 1;
    return pubKey;
  });
  const required = isSingleSig(condition) ? 1 : condition.signaturesRequired;
  if (isSequentialMultiSig(hashMode) ? count !== required : count < required) {
    throw new Error("Incorrect number of signatures");
  }
  // Of an address only its hash counts here, whatever its version.
  if (addressFromPublicKeys(0 as never, hashMode, required, keys).hash160 !== signer) {
    throw new Error("Signer hash does not equal hash of public key(s)");
  }
}

/** @throws of a signature that is not the account's */
export function verifySignatures(wire: StacksTransactionWire): void {
  const { auth } = wire;
  requireLowS(auth.spendingCondition);
  const originHash = wire.verifyOrigin();
  if (auth.authType !== AuthType.Sponsored) return;
  requireLowS(auth.sponsorSpendingCondition);
  verifySponsor(auth.sponsorSpendingCondition, originHash);
}
