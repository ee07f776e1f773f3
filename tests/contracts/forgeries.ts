/**
 * Attacks on what the authoriser signs: each takes an honest call and makes of it one that somebody would profit by,
 * with the refusal that it must get. All that is random in one comes from its draw.
 */
import type { ContractCall, Response } from "@clarigen/core";
import fc from "fast-check";
import { DOMAIN, highS, type Policy, type Signer, sign, signPolicy, type Withdrawal } from "./authorization";
import { type Chain, errors, type Vault } from "./chain";

/** What is signed, and called for. */
export type Signed = { kind: "withdrawal"; terms: Withdrawal } | { kind: "policy"; terms: Policy };

export type Call = ContractCall<Response<boolean, bigint>>;

export interface Attempt {
  sender: string;
  call: Call;
  /** Only after the honest call: what the chain may take for the same signature would be its one use before. */
  late: boolean;
  refusals: bigint[];
}

/** Where the attacks are played. */
export interface Stage {
  chain: Chain;
  /** Another vault of the same keys and token. */
  copy: Vault;
  relay: Vault;
  ownRelay: Vault;
  key: string;
  /** Keys that signed before, will sign, or never do. */
  otherKeys: string[];
  strangers: string[];
  /** A withdrawal that is revoked before any of the attacks. */
  revoked: Signed;
  /** No later than the block time that they meet. */
  now: bigint;
}

/** Most forgeries begin with the honest signature, which is the same for each of them and dear to make. */
const made = new WeakMap<Signed["terms"], Map<string, Uint8Array>>();

/** Nobody may write to it: it is the next one's too. */
export function signatureOf({ kind, terms }: Signed, { key, domain }: Signer): Uint8Array {
  const signer = `${kind} ${key} ${domain && [domain.name, domain.version, domain.chainId]}`;
  const known = made.get(terms) ?? new Map<string, Uint8Array>();
  const signature =
    known.get(signer) ?? (kind === "withdrawal" ? sign(terms, { key, domain }) : signPolicy(terms, { key, domain }));
  made.set(terms, known.set(signer, signature));
  return signature;
}

export function callOf({ kind, terms }: Signed, signature: Uint8Array, at: Vault): Call {
  const { token, expiresAt } = terms;
  if (kind === "withdrawal") return at.withdrawFunds(terms.amount, token, { id: terms.id, expiresAt }, signature);
  const { policyId, premium, lock, coverage, releaseAfter } = terms;
  return at.payPremium(policyId, premium, token, { lock, coverage, releaseAfter, expiresAt }, signature);
}

export const ownerOf = ({ kind, terms }: Signed) => (kind === "withdrawal" ? terms.withdrawer : terms.buyer);

const anyDraw = fc.record({
  policy: fc.boolean(),
  number: fc.nat(2 ** 20),
  delta: fc.bigInt(1n, 90n),
  bits: fc.uniqueArray(fc.nat(511), { minLength: 1, maxLength: 8 }),
  length: fc.nat(63),
  late: fc.boolean(),
});
type Draw = typeof anyDraw extends fc.Arbitrary<infer T> ? T : never;

const one = <T>(of: T[], number: number): T => of[number % of.length] as T;

/** One field of it changed, in a way that every other check of the vault lets pass. */
function altered(signed: Signed, { chain, strangers }: Stage, { number, delta }: Draw): Signed {
  const { kind, terms } = signed;
  const token = terms.token === null ? chain.sbtc.identifier : null;
  const common = [{ token }, { expiresAt: terms.expiresAt + delta }, { vault: `${chain.deployer}.another-vault` }];
  if (kind === "withdrawal") {
    const { amount, id } = terms;
    const changes = [
      ...common,
      { amount: amount + delta },
      { amount: amount - delta },
      { id: id + delta * 1_000_000n },
    ];
    return { kind, terms: { ...terms, ...one([...changes, { withdrawer: one(strangers, number) }], number >> 4) } };
  }
  const { lock, coverage, premium, policyId, releaseAfter } = terms;
  const money = [{ premium: premium - delta }, { lock: lock - delta }, { coverage: coverage + delta }];
  const changes = [
    ...common,
    ...money,
    { releaseAfter: releaseAfter - delta },
    { policyId: policyId + delta * 1_000_000n },
  ];
  return { kind, terms: { ...terms, ...one([...changes, { buyer: one(strangers, number) }], number >> 4) } };
}

function anotherDomain({ number, delta }: Draw): typeof DOMAIN {
  const changes = [
    { name: "bithedge-vaults" },
    { name: "" },
    { version: `1.0.${delta}` },
    { chainId: DOMAIN.chainId + delta },
    { chainId: 1n },
  ];
  return { ...DOMAIN, ...one(changes, number) };
}

function withBitsFlipped(signature: Uint8Array, bits: number[]): Uint8Array {
  const bent = Uint8Array.from(signature);
  for (const bit of bits) bent[bit >> 3] = (bent[bit >> 3] as number) ^ (1 << (bit & 7));
  return bent;
}

/** Other bytes that may well verify over the same message. */
function twinOf(signature: Uint8Array, { number }: Draw): Uint8Array {
  const bare = signature.subarray(0, 64);
  const recovery = signature[64] as number;
  return one(
    [highS(signature), bare, Uint8Array.from([...bare, recovery ^ 1]), Uint8Array.from([...bare, number % 256])],
    number >> 8,
  );
}

/** A signature of the one kind under the other, with all numbers that they share. */
function ofTheOtherKind({ kind, terms }: Signed): Signed {
  const { vault, token, expiresAt } = terms;
  if (kind === "policy") {
    const { buyer, premium, policyId } = terms;
    return { kind: "withdrawal", terms: { vault, withdrawer: buyer, token, amount: premium, id: policyId, expiresAt } };
  }
  const { withdrawer, amount, id } = terms;
  const numbers = { premium: amount, lock: amount, coverage: amount, policyId: id, releaseAfter: id };
  return { kind: "policy", terms: { vault, buyer: withdrawer, token, expiresAt, ...numbers } };
}

const INVALID = [errors.errInvalidSignature.value];
const usedUp = ({ kind }: Signed) =>
  kind === "withdrawal" ? errors.errAuthorizationUsed.value : errors.errPolicyExists.value;

type Forgery = (signed: Signed, stage: Stage, draw: Draw) => Partial<Attempt> & { call: Call };

/** Unless it says otherwise: by the owner of what was signed, before or after the honest call, and not the signature for it. */
const FORGERIES = {
  "one field called differently": (signed, stage, draw) => {
    const other = altered(signed, stage, draw);
    const sender = ownerOf(other);
    // Which vault is called is no argument: what was signed for another one is tried here.
    const signature = other.terms.vault === signed.terms.vault ? signatureOf(signed, stage) : signatureOf(other, stage);
    return { sender, call: callOf(other, signature, stage.chain.vault) };
  },
  "one field signed differently": (signed, stage, draw) => ({
    call: callOf(signed, signatureOf(altered(signed, stage, draw), stage), stage.chain.vault),
  }),
  "several alterations": (signed, stage, draw) => {
    const other = altered(altered(signed, stage, draw), stage, { ...draw, number: draw.number >> 3 });
    const signer = { key: one([stage.key, ...stage.otherKeys], draw.number), domain: anotherDomain(draw) };
    return { sender: ownerOf(other), call: callOf(other, signatureOf(signed, signer), stage.chain.vault) };
  },
  "another signer": (signed, stage, draw) => ({
    call: callOf(signed, signatureOf(signed, { key: one(stage.otherKeys, draw.number) }), stage.chain.vault),
  }),
  "another domain": (signed, stage, draw) => ({
    call: callOf(signed, signatureOf(signed, { key: stage.key, domain: anotherDomain(draw) }), stage.chain.vault),
  }),
  "flipped bits": (signed, stage, { bits }) => ({
    call: callOf(signed, withBitsFlipped(signatureOf(signed, stage), bits), stage.chain.vault),
  }),
  "cut short": (signed, stage, { length }) => ({
    call: callOf(signed, signatureOf(signed, stage).subarray(0, length), stage.chain.vault),
  }),
  "a twin, by a stranger": (signed, stage, draw) => ({
    sender: one(stage.strangers, draw.number),
    call: callOf(signed, twinOf(signatureOf(signed, stage), draw), stage.chain.vault),
  }),
  "a twin, once more": (signed, stage, draw) => ({
    late: true,
    call: callOf(signed, twinOf(signatureOf(signed, stage), draw), stage.chain.vault),
    refusals: [...INVALID, usedUp(signed)],
  }),
  "the other kind of message": (signed, stage) => ({
    call: callOf(signed, signatureOf(ofTheOtherKind(signed), stage), stage.chain.vault),
  }),
  "as the other kind of message": (signed, stage) => {
    const other = ofTheOtherKind(signed);
    return { call: callOf(other, signatureOf(signed, stage), stage.chain.vault) };
  },
  "another caller": (signed, stage, { number }) => ({
    sender: one(stage.strangers, number),
    call: callOf(signed, signatureOf(signed, stage), stage.chain.vault),
  }),
  "at another vault": (signed, stage) => ({ call: callOf(signed, signatureOf(signed, stage), stage.copy) }),
  "of another vault": (signed, stage) => {
    const own = { ...signed, terms: { ...signed.terms, vault: stage.copy.identifier } } as Signed;
    return { call: callOf(signed, signatureOf(own, stage), stage.chain.vault) };
  },
  "through a relay": (signed, stage) => ({
    call: callOf(signed, signatureOf(signed, stage), stage.relay),
    refusals: [errors.errIndirectCall.value],
  }),
  "by a relay in its own name": (signed, stage) => ({
    call: callOf(signed, signatureOf(signed, stage), stage.ownRelay),
  }),
  "once more": (signed, stage) => ({
    late: true,
    call: callOf(signed, signatureOf(signed, stage), stage.chain.vault),
    refusals: [usedUp(signed)],
  }),
  "new terms under a used id": (signed, stage, { delta }) => {
    const terms = { ...signed.terms, expiresAt: signed.terms.expiresAt + delta };
    const other = { ...signed, terms } as Signed;
    return {
      late: true,
      call: callOf(other, signatureOf(other, stage), stage.chain.vault),
      refusals: [usedUp(signed)],
    };
  },
  "after its revocation": (_, stage) => ({
    sender: ownerOf(stage.revoked),
    call: callOf(stage.revoked, signatureOf(stage.revoked, stage), stage.chain.vault),
    refusals: [errors.errAuthorizationUsed.value],
  }),
  expired: (signed, stage, { delta }) => {
    const other = { ...signed, terms: { ...signed.terms, expiresAt: stage.now - delta + 1n } } as Signed;
    const refusals = [errors.errAuthorizationExpired.value];
    return { call: callOf(other, signatureOf(other, stage), stage.chain.vault), refusals };
  },
} satisfies Record<string, Forgery>;

export type ForgeryName = keyof typeof FORGERIES;
export const FORGERY_NAMES = Object.keys(FORGERIES) as ForgeryName[];

export const anyForgery = fc.record({ name: fc.constantFrom(...FORGERY_NAMES), draw: anyDraw });
export type DrawnForgery = typeof anyForgery extends fc.Arbitrary<infer T> ? T : never;

export function attemptOf({ name, draw }: DrawnForgery, honest: Record<Signed["kind"], Signed>, stage: Stage): Attempt {
  const signed = honest[draw.policy ? "policy" : "withdrawal"];
  return { sender: ownerOf(signed), late: draw.late, refusals: INVALID, ...FORGERIES[name](signed, stage, draw) };
}
