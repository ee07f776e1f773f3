/** The vault and src/stacks agree: every event that it prints is decoded, and what is signed there is what it checks. */
import { cvToValue, hexToBytes, hexToCV } from "@clarigen/core";
import { beforeAll, expect, it } from "vitest";
import { signPolicyTerms, signWithdrawal } from "../../src/stacks/authorization";
import { localDeployment } from "../../src/stacks/deployment";
import { balanceChange, decodeVaultEvent, type VaultEvent } from "../../src/stacks/vaultEvents";
import { AUTHORISER_KEY } from "./authorization";
import { Chain, DONE, events, NO_CHANGE } from "./chain";

const chain = await Chain.open();
const { vault, deployer, alice, bob, service, guardian } = chain;
const deployment = localDeployment(deployer);

function record({ result }: { result: unknown }): void {
  expect(result).toEqual(DONE);
}

const caps = { stx: { withdrawals: 10n ** 9n, settlements: 10n ** 9n }, sbtc: { withdrawals: 9n, settlements: 9n } };
const bytes = (hex: string) => Uint8Array.from(hexToBytes(hex));

beforeAll(async () => {
  await chain.restart();
  chain.launch();
  const at = chain.nextBlockTime() + 3_600n;
  const terms = { lock: 100n, coverage: 200n, releaseAfter: 0n, expiresAt: at };
  const buy = (policyId: bigint) => {
    const signed = { buyer: alice, policyId, token: "STX" as const, premium: 10n, ...terms };
    const signature = bytes(signPolicyTerms(deployment, signed, AUTHORISER_KEY));
    record(chain.send(vault.payPremium(policyId, 10n, null, terms, signature), alice));
  };
  record(chain.send(vault.depositFunds(1_000n, null, 7n), bob));
  const withdrawal = { withdrawer: alice, token: "STX" as const, amount: 20n, id: 3n, expiresAt: at };
  const authorization = bytes(signWithdrawal(deployment, withdrawal, AUTHORISER_KEY));
  record(chain.send(vault.withdrawFunds(20n, null, { id: 3n, expiresAt: at }, authorization), alice));
  buy(1n);
  buy(2n);
  record(chain.send(vault.lockCollateralAggregate([{ policyId: 1n, amount: 150n }], null), service));
  record(chain.send(vault.settlePolicy(1n, 60n, null), service));
  record(chain.send(vault.releaseCollateralAggregate([2n], null), service));
  chain.simnet.transferSTX(5, vault.identifier, bob);
  record(chain.send(vault.absorbSurplus(null), bob));
  record(chain.send(vault.pause(), guardian));
  record(chain.send(vault.unpause(), deployer));
  record(chain.send(vault.revokeAuthorization(4n), service));
  record(chain.send(vault.lowerCaps(caps), deployer));
  record(chain.send(vault.scheduleChange({ ...NO_CHANGE, service: alice }), deployer));
  record(chain.send(vault.cancelChange(), guardian));
  record(chain.send(vault.scheduleChange({ ...NO_CHANGE, guardian: alice, caps }), deployer));
  chain.simnet.mineEmptyBurnBlocks(144);
  record(chain.send(vault.applyChange(), bob));
});

it("decodes them all, with what they moved", () => {
  const decoded = chain.printed.map((hex) => decodeVaultEvent(hex, deployment.sbtcContract));
  const money = decoded.filter((event): event is Extract<VaultEvent, { token: string }> => "token" in event);
  expect(money.map((event) => [event.kind, balanceChange(event), event.balance, event.locked])).toEqual([
    ["deposit", 1_000n, 1_000n, 0n],
    ["withdrawal", -20n, 980n, 0n],
    ["premium", 10n, 990n, 100n],
    ["premium", 10n, 1_000n, 200n],
    ["lock", 0n, 1_000n, 250n],
    ["settlement", -60n, 940n, 100n],
    ["release", 0n, 940n, 0n],
    ["surplus", 5n, 945n, 0n],
  ]);
  expect(money[2]).toMatchObject({ buyer: alice, policyId: 1n, lock: 100n, coverage: 200n, releaseAfter: 0n });
  expect(money[4]).toMatchObject({ amount: 50n, policies: [{ policyId: 1n, amount: 50n }] });
  expect(money[5]).toMatchObject({ buyer: alice, policyId: 1n, unlocked: 150n });
  expect(money[6]).toMatchObject({ amount: 100n, policies: [{ policyId: 2n, amount: 100n }] });
  const revoked = decoded.filter(({ kind }) => kind === "revocation");
  expect(revoked).toEqual([{ kind: "revocation", sequence: expect.any(BigInt), authorizationId: 4n }]);
});

it("leaves no event of the vault out", () => {
  const seen = chain.printed.map((hex) => cvToValue<{ event: string }>(hexToCV(hex), true).event);
  const names = Object.entries(events).flatMap(([name, value]) => (name.startsWith("event") ? [value] : []));
  expect([...new Set(seen)].sort()).toEqual(names.sort());
});
