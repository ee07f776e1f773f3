/** A contract with the vault's own interface that passes each call on, for the tests of who really calls. */
import { getTypeString } from "@clarigen/core";
import { contracts } from "../../src/stacks/bindings";
import { type Chain, type Vault, vaultAt } from "./chain";

export const publicFunctions = Object.entries(contracts.liquidityVault.functions).filter(
  ([, abi]) => abi.access === "public",
);

function deployRelay(chain: Chain, name: string, form: (call: string) => string): Vault {
  const vault = chain.vault.identifier;
  const functions = publicFunctions.map(([, { name, args }]) => {
    const parameters = args.map(
      (arg) => `(${arg.name} ${getTypeString(arg.type).replace("trait_reference", "<sip-010>")})`,
    );
    const call = `(contract-call? '${vault} ${name} ${args.map((arg) => arg.name).join(" ")})`;
    return `(define-public (${name} ${parameters.join(" ")}) ${form(call)})`;
  });
  const source = [`(use-trait sip-010 '${vault}.sip-010)`, ...functions].join("\n");
  return vaultAt(chain.deploy(name, source));
}

/** tx-sender stays who called it. */
export const relayInCallersName = (chain: Chain) => deployRelay(chain, "relay", (call) => call);

/** It is tx-sender itself. */
export const relayInItsOwnName = (chain: Chain) =>
  deployRelay(chain, "own-relay", (call) => `(as-contract? ((with-all-assets-unsafe)) (try! ${call}))`);
