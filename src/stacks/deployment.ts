/** Where the vault stands: what every call, event and signature is bound to. */
import { contractFactory } from "@clarigen/core";
import { STACKS_DEVNET, STACKS_MAINNET, STACKS_TESTNET } from "@stacks/network";
import type { Token } from "../domain/tokens";
import { contracts } from "./bindings";

export const NETWORKS = ["mainnet", "testnet", "devnet"] as const;
export type Network = (typeof NETWORKS)[number];

export interface VaultDeployment {
  network: Network;
  /** `<address>.<name>` of the vault and of the sBTC token that it is launched with. */
  vaultContract: string;
  sbtcContract: string;
}

/** SIP-018's and SIP-005's chain id. */
export const CHAIN_ID: Record<Network, bigint> = {
  mainnet: BigInt(STACKS_MAINNET.chainId),
  testnet: BigInt(STACKS_TESTNET.chainId),
  devnet: BigInt(STACKS_DEVNET.chainId),
};

/** The two kinds of addresses: every network but mainnet shares testnet's. */
export function addressKind(network: Network): "mainnet" | "testnet" {
  return network === "mainnet" ? "mainnet" : "testnet";
}

/** The vault and the test token as one address deploys them under their own names. */
export function localDeployment(deployer: string): VaultDeployment {
  return {
    network: "devnet",
    vaultContract: `${deployer}.${contracts.liquidityVault.contractName}`,
    sbtcContract: `${deployer}.${contracts.sbtcToken.contractName}`,
  };
}

export function vaultCalls(deployment: VaultDeployment) {
  return contractFactory(contracts.liquidityVault, deployment.vaultContract);
}

export function sbtcCalls(deployment: VaultDeployment) {
  return contractFactory(contracts.sbtcToken, deployment.sbtcContract);
}

/** How the vault names a token: null (none) is STX. */
export function tokenArgument(deployment: VaultDeployment, token: Token): string | null {
  return token === "STX" ? null : deployment.sbtcContract;
}
