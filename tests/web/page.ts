/** Where the pages of these tests run: one vault, one wallet. The key is of no worth. */
import { localDeployment } from "../../src/stacks/deployment";
import type { WebConfig } from "../../src/web/config";

export const DEPLOYER = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM";
export const ALICE = {
  name: "Alice",
  address: "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5",
  privateKey: "7287ba251d44a4d3fd9276c88ce34c5c52a038955511cccaf77e61068649c17801",
};

const { vaultContract, sbtcContract } = localDeployment(DEPLOYER);

export const config: WebConfig = {
  convexUrl: "http://127.0.0.1:1",
  stacksApiUrl: "http://127.0.0.1:2",
  network: "devnet",
  vaultContract,
  sbtcContract,
  explorerUrl: null,
  wallets: [ALICE],
  local: null,
};

/** A tab's storage without a browser. */
export function memoryStorage() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}
