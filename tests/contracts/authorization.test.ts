/** The authoriser's signature: it holds for one withdrawal of one vault on one chain, and nothing derived from it does. */
import { createHash } from "node:crypto";
import { encodeStructuredDataBytes } from "@stacks/transactions";
import { beforeEach, describe, expect, it } from "vitest";
import { DOMAIN, domainOf, highS, messageOf, OTHER_KEY, sign, type Withdrawal } from "./authorization";
import { Chain, DONE, errors, vaultAt } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, deployer, alice, bob } = chain;

beforeEach(async () => {
  await chain.restart();
  chain.launch();
  chain.mint(bob, 1_000n);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(1_000n, token, 1n), bob);
});

const INVALID = { result: errors.errInvalidSignature, events: [] };

describe("the signed message", () => {
  it.each([null, sbtc.identifier])("hashes as SIP-018 says (token %s)", (token) => {
    const w = chain.withdrawal({ token });
    const bytes = encodeStructuredDataBytes({ message: messageOf(w), domain: domainOf(DOMAIN) });
    const query = vault.getWithdrawalHash(w.withdrawer, w.token, w.amount, { id: w.id, expiresAt: w.expiresAt });
    expect(Buffer.from(chain.read(query)).toString("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  const alterations: { [field in keyof Withdrawal]: (w: Withdrawal) => Withdrawal[field] } = {
    vault: () => `${deployer}.another-vault`,
    withdrawer: () => bob,
    token: (w) => (w.token === null ? sbtc.identifier : null),
    amount: (w) => w.amount - 1n,
    id: (w) => w.id + 1n,
    expiresAt: (w) => w.expiresAt + 1n,
  };
  const fields = Object.keys(alterations) as (keyof Withdrawal)[];

  it.each(fields.flatMap((field) => [null, sbtc.identifier].map((token) => ({ field, token }))))(
    "binds the $field (token $token)",
    ({ field, token }) => {
      const signed = chain.withdrawal({ token });
      const altered = { ...signed, [field]: alterations[field](signed) };
      expect(chain.draw(signed, sign(altered))).toEqual(INVALID);
      if (field !== "vault") expect(chain.draw(altered, sign(signed))).toEqual(INVALID);
      expect(chain.draw(signed, sign(signed)).result).toEqual(DONE);
    },
  );

  it.each([{ name: "bithedge-vaults" }, { version: "1.0.1" }, { chainId: 1n }])("binds the domain: %o", (change) => {
    const w = chain.withdrawal();
    expect(chain.draw(w, sign(w, { domain: { ...DOMAIN, ...change } }))).toEqual(INVALID);
  });
});

describe("a signature is refused", () => {
  it("when another wallet brings it", () => {
    const w = chain.withdrawal();
    for (const sender of [bob, deployer]) expect(chain.draw(w, sign(w), sender)).toEqual(INVALID);
  });

  it("when another key made it", () => {
    const w = chain.withdrawal();
    expect(chain.draw(w, sign(w, { key: OTHER_KEY }))).toEqual(INVALID);
  });

  it("by a second copy of the vault with the same authoriser and token", () => {
    const copy = vaultAt(chain.deploy("vault-copy", chain.simnet.getContractSource(vault.identifier) as string));
    chain.launch({ of: copy });
    chain.send(copy.depositFunds(1_000n, null, 1n), bob);
    const w = chain.withdrawal();
    const authorization = { id: w.id, expiresAt: w.expiresAt };
    const replay = () => chain.send(copy.withdrawFunds(w.amount, null, authorization, sign(w)), alice).result;
    expect(replay()).toEqual(errors.errInvalidSignature);
    expect(chain.draw(w).result).toEqual(DONE);
    expect(replay()).toEqual(errors.errInvalidSignature);
    const own = sign({ ...w, vault: copy.identifier });
    expect(chain.send(copy.withdrawFunds(w.amount, null, authorization, own), alice).result).toEqual(DONE);
  });

  it("with any one of its first 64 bytes changed", () => {
    const w = chain.withdrawal();
    for (let i = 0; i < 64; i++) {
      const bent = Uint8Array.from(sign(w));
      bent[i] = (bent[i] as number) ^ 1;
      expect(chain.draw(w, bent)).toEqual(INVALID);
    }
  });

  it.each([0, 1, 32, 63])("cut to %i bytes", (length) => {
    const w = chain.withdrawal();
    expect(chain.draw(w, sign(w).subarray(0, length))).toEqual(INVALID);
  });

  it.each([0x00, 0x01, 0xff])("when it is 65 bytes of 0x%s", (byte) => {
    expect(chain.draw(chain.withdrawal(), new Uint8Array(65).fill(byte))).toEqual(INVALID);
  });

  it("in the order of other tools: recovery byte first", () => {
    const w = chain.withdrawal();
    const rsv = sign(w);
    expect(chain.draw(w, Uint8Array.from([rsv[64] as number, ...rsv.subarray(0, 64)]))).toEqual(INVALID);
  });
});

describe("the twins of a signature", () => {
  const twins: Record<string, (signature: Uint8Array) => Uint8Array> = {
    "its high-S form": highS,
    "no recovery byte": (signature) => signature.subarray(0, 64),
    "the other recovery byte": (signature) =>
      Uint8Array.from([...signature.subarray(0, 64), (signature[64] as number) ^ 1]),
    "an impossible recovery byte": (signature) => Uint8Array.from([...signature.subarray(0, 64), 255]),
  };

  // Whether a twin verifies differs between the simulated and a real chain; that it pays nothing more does not.
  it.each(Object.entries(twins))("never pay a second time: %s", (_, twinOf) => {
    const before = chain.stxOf(alice);
    const w = chain.withdrawal();
    const twin = twinOf(sign(w));
    expect(chain.draw(w).result).toEqual(DONE);
    expect([errors.errAuthorizationUsed, errors.errInvalidSignature]).toContainEqual(chain.draw(w, twin).result);
    expect(chain.stxOf(alice)).toBe(before + w.amount);
  });

  it.each(Object.entries(twins))("count as the one use of the id: %s", (_, twinOf) => {
    const before = chain.stxOf(alice);
    const w = chain.withdrawal();
    const first = chain.draw(w, twinOf(sign(w))).result;
    const second = chain.draw(w).result;
    expect([first, second].filter((result) => result.isOk)).toEqual([DONE]);
    expect(chain.stxOf(alice)).toBe(before + w.amount);
  });
});

it("an authoriser that is no point of the curve signs nothing", async () => {
  await chain.restart();
  chain.launch({ authoriser: new Uint8Array(33).fill(0xff) });
  chain.send(vault.depositFunds(1_000n, null, 1n), bob);
  expect(chain.draw(chain.withdrawal())).toEqual(INVALID);
});
