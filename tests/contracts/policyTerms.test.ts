/** The authoriser's signature under a policy's terms: it sells that policy to that buyer, once, and is good for nothing else. */
import { createHash } from "node:crypto";
import { encodeStructuredDataBytes } from "@stacks/transactions";
import { beforeEach, describe, expect, it } from "vitest";
import {
  DOMAIN,
  domainOf,
  highS,
  messageOfPolicy,
  OTHER_KEY,
  type Policy,
  sign,
  signPolicy,
  type Withdrawal,
} from "./authorization";
import { Chain, DONE, errors, type Vault, vaultAt } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, deployer, service, alice, bob } = chain;
const POOLED = 1_000n;

beforeEach(async () => {
  await chain.restart();
  chain.launch();
  for (const owner of [alice, bob]) chain.mint(owner, 2n * POOLED);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(POOLED, token, 1n), bob);
});

const INVALID = { result: errors.errInvalidSignature, events: [] };
const termsOf = ({ lock, coverage, releaseAfter, expiresAt }: Policy) => ({ lock, coverage, releaseAfter, expiresAt });

function buyAt(at: Vault, p: Policy, signature: Uint8Array) {
  return chain.send(at.payPremium(p.policyId, p.premium, p.token, termsOf(p), signature), p.buyer);
}

describe("the signed terms", () => {
  it.each([null, sbtc.identifier])("hash as SIP-018 says (token %s)", (token) => {
    const p = chain.policy({ token });
    const bytes = encodeStructuredDataBytes({ message: messageOfPolicy(p), domain: domainOf(DOMAIN) });
    const hash = chain.read(vault.getPolicyHash(p.buyer, p.policyId, p.token, p.premium, termsOf(p)));
    expect(Buffer.from(hash).toString("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  it("fit the vault's buffers at their longest: a contract of 40 letters as vault, buyer and token, the highest numbers", () => {
    const at = (letter: string) => `${deployer}.${letter.repeat(40)}`;
    const copy = vaultAt(chain.deploy("v".repeat(40), chain.simnet.getContractSource(vault.identifier) as string));
    const highest = { policyId: 2n ** 128n - 1n, premium: 2n ** 128n - 1n, lock: 2n ** 128n - 1n };
    const p = { ...chain.policy({ vault: copy.identifier, buyer: at("b"), token: at("t") }), ...highest };
    const bytes = encodeStructuredDataBytes({ message: messageOfPolicy(p), domain: domainOf(DOMAIN) });
    const hash = chain.read(copy.getPolicyHash(p.buyer, p.policyId, p.token, p.premium, termsOf(p)));
    expect(Buffer.from(hash).toString("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  const alterations: { [field in keyof Policy]: (p: Policy) => Policy[field] } = {
    vault: () => `${deployer}.another-vault`,
    buyer: () => bob,
    policyId: (p) => p.policyId + 1n,
    token: (p) => (p.token === null ? sbtc.identifier : null),
    premium: (p) => p.premium - 1n,
    lock: (p) => p.lock - 1n,
    coverage: (p) => p.coverage + 1n,
    releaseAfter: (p) => p.releaseAfter - 1n,
    expiresAt: (p) => p.expiresAt + 1n,
  };
  const fields = Object.keys(alterations) as (keyof Policy)[];

  it.each(fields.flatMap((field) => [null, sbtc.identifier].map((token) => ({ field, token }))))(
    "bind the $field (token $token)",
    ({ field, token }) => {
      const signed = chain.policy({ token });
      const altered = { ...signed, [field]: alterations[field](signed) };
      expect(chain.buy(signed, signPolicy(altered))).toEqual(INVALID);
      if (field !== "vault") expect(chain.buy(altered, signPolicy(signed))).toEqual(INVALID);
      expect(chain.buy(signed, signPolicy(signed)).result).toEqual(DONE);
    },
  );

  // Two fields of one kind that trade places: the numbers alone would be the same.
  const numbers = ["policyId", "premium", "lock", "coverage", "releaseAfter", "expiresAt"] as const;
  const pairs = numbers.flatMap((one, i) => numbers.slice(i + 1).map((other) => ({ one, other })));
  it.each(pairs)("bind $one and $other to their places", ({ one, other }) => {
    const signed = chain.policy();
    const swapped = { ...signed, [one]: signed[other], [other]: signed[one] };
    expect(chain.buy(signed, signPolicy(swapped))).toEqual(INVALID);
  });

  const domains = [{ name: "bithedge-vaults" }, { version: "1.0.1" }, { chainId: 1n }, { chainId: 0x80000001n }];
  it.each(domains)("bind the domain: %o", (change) => {
    const p = chain.policy();
    expect(chain.buy(p, signPolicy(p, { domain: { ...DOMAIN, ...change } }))).toEqual(INVALID);
  });
});

describe("signed terms are refused", () => {
  it("when another wallet brings them", () => {
    const p = chain.policy();
    for (const sender of [bob, deployer, service]) expect(chain.buy(p, signPolicy(p), sender)).toEqual(INVALID);
  });

  it("when another key signed them", () => {
    const p = chain.policy();
    expect(chain.buy(p, signPolicy(p, { key: OTHER_KEY }))).toEqual(INVALID);
  });

  it("by a second copy of the vault with the same authoriser and token", () => {
    const copy = vaultAt(chain.deploy("vault-copy", chain.simnet.getContractSource(vault.identifier) as string));
    chain.launch({ of: copy });
    chain.send(copy.depositFunds(POOLED, null, 1n), bob);
    const p = chain.policy();
    expect(buyAt(copy, p, signPolicy(p)).result).toEqual(errors.errInvalidSignature);
    expect(chain.buy(p).result).toEqual(DONE);
    expect(buyAt(copy, p, signPolicy(p)).result).toEqual(errors.errInvalidSignature);
    expect(buyAt(copy, p, signPolicy({ ...p, vault: copy.identifier })).result).toEqual(DONE);
  });

  it("with any one of the signature's first 64 bytes changed", () => {
    // Every attempt is a block of ten seconds.
    const p = chain.policy({ expiresAt: chain.nextBlockTime() + 3_600n });
    for (let i = 0; i < 64; i++) {
      const bent = Uint8Array.from(signPolicy(p));
      bent[i] = (bent[i] as number) ^ 1;
      expect(chain.buy(p, bent)).toEqual(INVALID);
    }
  });

  it.each([0, 1, 32, 63])("with a signature cut to %i bytes", (length) => {
    const p = chain.policy();
    expect(chain.buy(p, signPolicy(p).subarray(0, length))).toEqual(INVALID);
  });

  it("a second time, by the buyer or by anyone, also when the policy has ended", () => {
    const p = chain.policy();
    expect(chain.buy(p).result).toEqual(DONE);
    const again = { result: errors.errPolicyExists, events: [] };
    expect(chain.buy(p)).toEqual(again);
    expect(chain.buy(p, signPolicy(p), bob)).toEqual(INVALID);
    expect(chain.buy({ ...p, buyer: bob })).toEqual(again);
    expect(chain.send(vault.settlePolicy(p.policyId, 1n, null), service).result).toEqual(DONE);
    expect(chain.buy(p)).toEqual(again);
  });
});

describe("the twins of a signature", () => {
  const withRecovery = (signature: Uint8Array, byte: number) => Uint8Array.from([...signature.subarray(0, 64), byte]);
  const twins: Record<string, (signature: Uint8Array) => Uint8Array> = {
    "its high-S form": highS,
    "no recovery byte": (signature) => signature.subarray(0, 64),
    "the other recovery byte": (signature) => withRecovery(signature, (signature[64] as number) ^ 1),
    "an impossible recovery byte": (signature) => withRecovery(signature, 255),
  };

  // Whether a twin verifies differs between the simulated and a real chain; that it sells nothing more does not.
  it.each(Object.entries(twins))("sell no second policy, whichever comes first: %s", (_, twinOf) => {
    const [p, q] = [chain.policy(), chain.policy({ policyId: 2n })];
    const first = [chain.buy(p, signPolicy(p)).result, chain.buy(p, twinOf(signPolicy(p))).result];
    const second = [chain.buy(q, twinOf(signPolicy(q))).result, chain.buy(q, signPolicy(q)).result];
    for (const results of [first, second]) expect(results.filter((result) => result.isOk)).toEqual([DONE]);
    expect(chain.state().stx).toMatchObject({ balance: POOLED + 20n, locked: 200n });
  });
});

describe("the two kinds of message", () => {
  /** A policy and a withdrawal alike in all that they share, ids and times included. */
  function alike(token: string | null): { p: Policy; w: Withdrawal } {
    const time = chain.nextBlockTime() + 600n;
    const p = { premium: 100n, lock: 100n, coverage: 100n, policyId: 100n, releaseAfter: time, expiresAt: time };
    const w = { withdrawer: alice, amount: 100n, id: 100n, expiresAt: time };
    return { p: chain.policy({ token, ...p }), w: chain.withdrawal({ token, ...w }) };
  }

  it.each([null, sbtc.identifier])(
    "do not stand for each other, though their numbers are equal (token %s)",
    (token) => {
      const { p, w } = alike(token);
      expect(chain.buy(p, sign(w))).toEqual(INVALID);
      expect(chain.draw(w, signPolicy(p))).toEqual(INVALID);
      expect(chain.buy(p).result).toEqual(DONE);
      expect(chain.draw(w).result).toEqual(DONE);
    },
  );
});

it("an authoriser that is no point of the curve sells nothing", async () => {
  await chain.restart();
  chain.launch({ authoriser: new Uint8Array(33).fill(0xff) });
  chain.send(vault.depositFunds(POOLED, null, 1n), bob);
  expect(chain.buy(chain.policy())).toEqual(INVALID);
});
