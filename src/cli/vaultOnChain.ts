/** What the vault holds and counts at a block, asked of a Stacks API and of nobody else. */
import { expectOk } from "@clarigen/core";
import { ApiError, type StacksApi } from "../stacks/api";
import { sbtcCalls, type VaultDeployment, vaultCalls } from "../stacks/deployment";
import type { ChainFigures } from "./words/proof";

/** A row a token; none before the vault's launch. */
export async function readVaultAt(
  api: StacksApi,
  deployment: Pick<VaultDeployment, "network" | "vaultContract">,
  blockHeight: number,
): Promise<ChainFigures[]> {
  const block = await api.blockAt(blockHeight);
  if (!block) throw new ApiError(`The Stacks API knows no block ${blockHeight}: it is behind the backend.`);
  const at = block.index_block_hash;
  const named = { ...deployment, sbtcContract: "" };
  const state = await api.readOnly(vaultCalls(named).getVaultState(), at);
  const { sequence, heldStx, stx, sbtc, sbtcToken } = state;
  if (sbtcToken === null) return [];
  // The token that the vault itself was launched with, whatever anybody says that it is.
  const { getBalance } = sbtcCalls({ ...named, sbtcContract: sbtcToken });
  const heldSbtc = expectOk(await api.readOnly(getBalance(deployment.vaultContract), at));
  return [
    { token: "STX", held: heldStx, counted: stx.balance, locked: stx.locked, sequence },
    { token: "sBTC", held: heldSbtc, counted: sbtc.balance, locked: sbtc.locked, sequence },
  ];
}
