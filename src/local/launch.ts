/** Launches the vault on a local chain, once, as its admin would: roles, sBTC token, caps; and funds the wallets. */
import { cvToValue, hexToBytes } from "@clarigen/core";
import { privateKeyToPublic } from "@stacks/transactions";
import { sbtcCalls, type VaultDeployment, vaultCalls } from "../stacks/deployment";
import type { Wallet } from "../stacks/wallet";
import type { ChainClient } from "./chainClient";

/** Base units that may leave in any window of 144 burn blocks: 2 million STX and 100 sBTC, each way out. */
const CAPS = {
  stx: { withdrawals: 2_000_000_000_000n, settlements: 2_000_000_000_000n },
  sbtc: { withdrawals: 10_000_000_000n, settlements: 10_000_000_000n },
};
/** 10 sBTC each. */
const FUNDED_SATS = 1_000_000_000n;
/** 1,000 STX for the service, which pays the fees of what it sends. */
const SERVICE_USTX = 1_000_000_000n;

export interface LaunchKeys {
  admin: Wallet;
  authoriserPrivateKey: string;
  /** The address of the service. */
  service: string;
  funded: Wallet[];
}

/** Returns the vault's service: on a chain that was launched before, perhaps another than these keys name. */
export async function launchVault(
  chain: ChainClient,
  deployment: VaultDeployment,
  { admin, authoriserPrivateKey, service, funded }: LaunchKeys,
): Promise<string> {
  const vault = vaultCalls(deployment);
  if (cvToValue(await chain.read(vault.getSbtcTokenPrincipal())) !== null) {
    return cvToValue(await chain.read(vault.getBackendPrincipal()));
  }
  const authoriser = hexToBytes(privateKeyToPublic(authoriserPrivateKey) as string);
  // Chained by their nonces, so that one block can take them all. The launch comes last: as long as it has not
  // happened, a start that was interrupted begins again.
  const roles = { admin: null, service, guardian: null, authoriser, caps: CAPS };
  const sent = [await chain.call(admin, vault.scheduleChange(roles))];
  sent.push(await chain.transferStx(admin, service, SERVICE_USTX));
  for (const { address } of funded) {
    const held = cvToValue<bigint>(await chain.read(sbtcCalls(deployment).getBalance(address)));
    if (held < FUNDED_SATS) sent.push(await chain.call(admin, sbtcCalls(deployment).mint(FUNDED_SATS, address)));
  }
  sent.push(await chain.call(admin, vault.setSbtcTokenPrincipal(deployment.sbtcContract)));
  await Promise.all(sent.map((txId) => chain.succeeded(txId)));
  return service;
}
