/**
 * Which steps a deployment still needs, told by the chain alone: the contract, its roles and caps, the launch. Whoever
 * runs the command again after an interruption gets the steps that are left.
 */
import { contracts } from "../../stacks/bindings";
import { type Network, type VaultDeployment, vaultCalls } from "../../stacks/deployment";
import type { NodeClient } from "../../stacks/node";
import type { DeployOptions } from "./options";

export interface Step {
  kind: "contract" | "roles" | "launch";
  /** Who must sign it. */
  signer: string;
}

export interface Progress {
  deployment: VaultDeployment;
  /** The admin that the vault has or will have. */
  admin: string;
  steps: Step[];
  /** What the operator should know before going on. */
  warnings: string[];
}

/** What the vault is to be; the admin is whoever it is unless one is named. */
type Wanted = Pick<DeployOptions, "service" | "guardian" | "authoriser" | "caps"> & { admin: string };

async function readState(node: NodeClient, deployment: VaultDeployment) {
  const known = await node.functionsOf(deployment.vaultContract);
  if (known === null) return null;
  const { getVaultState } = contracts.liquidityVault.functions;
  if (!known.includes(getVaultState.name)) throw new Error(`${deployment.vaultContract} is another contract.`);
  return node.read(vaultCalls(deployment).getVaultState());
}
type VaultState = NonNullable<Awaited<ReturnType<typeof readState>>>;

/** The backend holds the service's key, so whoever steals it must not hold what stops or replaces it. */
function separateRoles(wanted: Wanted, network: Network): string[] {
  const shared = (
    [
      ["admin", "service"],
      ["admin", "guardian"],
      ["service", "guardian"],
    ] as const
  ).filter(([one, other]) => wanted[one] === wanted[other]);
  const said = shared.map(([one, other]) => `--${one} and --${other} are the same principal.`);
  if (said.length === 0) return [];
  const why = "Whoever steals the backend's key, or any one of them, could then not be stopped by the others.";
  if (network !== "devnet") throw new Error(`${said.join(" ")} ${why} Name three.`);
  return [`${said.join(" ")} ${why} Elsewhere than on devnet this is refused.`];
}

/** The names of what differs. */
function differences(state: VaultState, wanted: Wanted): string[] {
  const capsOf = ({ withdrawals, settlements }: VaultState["stx"]) => [withdrawals.cap, settlements.cap];
  const wantedCaps = [wanted.caps.stx, wanted.caps.sbtc].flatMap((caps) => [caps.withdrawals, caps.settlements]);
  const pairs: [string, unknown, unknown][] = [
    ["admin", state.admin, wanted.admin],
    ["service", state.service, wanted.service],
    ["guardian", state.guardian, wanted.guardian],
    ["authoriser", Buffer.from(state.authoriser).toString("hex"), wanted.authoriser],
    ["caps", [...capsOf(state.stx), ...capsOf(state.sbtc)].join(), wantedCaps.join()],
  ];
  return pairs.filter(([, has, wants]) => has !== wants).map(([name]) => name);
}

function requireAsLaunched(state: VaultState, wanted: Wanted, { vaultContract, sbtcContract }: VaultDeployment): void {
  if (state.sbtcToken !== sbtcContract) {
    throw new Error(
      `${vaultContract} is launched with ${state.sbtcToken}, not ${sbtcContract}. That can't be changed.`,
    );
  }
  const differing = differences(state, wanted);
  if (differing.length === 0) return;
  const { scheduleChange, applyChange } = contracts.liquidityVault.functions;
  throw new Error(
    `${vaultContract} is launched, with other values of ${differing.join(", ")}. Its admin changes them with ` +
      `${scheduleChange.name} and, ${contracts.liquidityVault.constants.delayBlocks} burn blocks later, ${applyChange.name}.`,
  );
}

async function requireSource(node: NodeClient, vaultContract: string, source: string): Promise<string[]> {
  const deployed = await node.sourceOf(vaultContract);
  if (deployed === source) return [];
  if (deployed === null) return ["The node serves no sources, so the deployed one was not compared with this one."];
  throw new Error(`${vaultContract} was deployed from another source. --vault chooses another name.`);
}

/** The launch pins the token for good, so one that is not there is most likely a mistake. */
async function requireToken(node: NodeClient, sbtcContract: string): Promise<void> {
  const functions = await node.functionsOf(sbtcContract);
  const { transfer, getBalance } = contracts.sbtcToken.functions;
  if (functions?.includes(transfer.name) && functions.includes(getBalance.name)) return;
  throw new Error(
    `${sbtcContract} is no token on this network: ${functions ? "it can't be transferred" : "not found"}.`,
  );
}

export async function remainingSteps(
  node: NodeClient,
  deployment: VaultDeployment,
  options: DeployOptions,
  from: { sender: string; source: string },
): Promise<Progress> {
  const { vaultContract, sbtcContract, network } = deployment;
  const state = await readState(node, deployment);
  const admin = options.admin ?? state?.admin ?? from.sender;
  const wanted: Wanted = { ...options, admin };
  const warnings = separateRoles(wanted, network);
  if (state) warnings.push(...(await requireSource(node, vaultContract, from.source)));
  if (state?.sbtcToken) {
    requireAsLaunched(state, wanted, deployment);
    return { deployment, admin, steps: [], warnings };
  }
  await requireToken(node, sbtcContract);
  const [owner = ""] = vaultContract.split(".");
  if (!state && owner !== from.sender) {
    throw new Error(`${vaultContract} does not exist, and ${from.sender} can't deploy for another account.`);
  }
  const launch: Step = { kind: "launch", signer: admin };
  const roles: Step = { kind: "roles", signer: state?.admin ?? from.sender };
  if (!state) return { deployment, admin, steps: [{ kind: "contract", signer: owner }, roles, launch], warnings };
  const steps = differences(state, wanted).length === 0 ? [launch] : [roles, launch];
  return { deployment, admin, steps, warnings };
}
