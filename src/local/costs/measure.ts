/** What is measured of each public function of the vault: one case for each, in the state that it is usually called in. */
import { TOKENS, type Token } from "../../domain/tokens";
import { contracts } from "../../stacks/bindings";
import { tokenArgument } from "../../stacks/deployment";
import { Bench, type Cost } from "./bench";

export interface Measured extends Cost {
  /** The function's name in the contract, and for a batch how many policies it had. */
  call: string;
  /** null where it makes no difference. */
  token: Token | null;
}

const { functions } = contracts.liquidityVault;

/** Brings the launched vault into the state that the call needs, and makes the call. */
type Call = (bench: Bench) => Cost;
type TokenCall = (bench: Bench, token: Token) => Cost;
type Case = (bench: Bench, name: string) => Promise<Measured[]>;

function once(call: Call): Case {
  return async (bench, name) => {
    await bench.restartLaunched();
    return [{ call: name, token: null, ...call(bench) }];
  };
}

function perToken(call: TokenCall): Case {
  return async (bench, name) => {
    const rows: Measured[] = [];
    for (const token of TOKENS) {
      await bench.restartLaunched();
      rows.push({ call: name, token, ...call(bench, token) });
    }
    return rows;
  };
}

/** What a first policy costs, and what fifty, as many as a batch takes. */
const BATCHES = [1, 50];

function perBatch(call: (bench: Bench, token: Token, policyIds: bigint[]) => Cost): Case {
  return async (bench, name) => {
    const rows: Measured[] = [];
    for (const size of BATCHES) {
      const policyIds = Array.from({ length: size }, (_, i) => BigInt(i + 1));
      const batch: TokenCall = (fresh, token) => {
        for (const policyId of policyIds) fresh.buy(token, policyId);
        return call(fresh, token, policyIds);
      };
      rows.push(...(await perToken(batch)(bench, `${name}, ${size} ${size === 1 ? "policy" : "policies"}`)));
    }
    return rows;
  };
}

const LOWER = { withdrawals: 1_000_000n, settlements: 1_000_000n };
const LOWER_CAPS = { stx: LOWER, sbtc: LOWER };

/** Schedules as much as a change can hold; the guardian is to become the admin. */
const scheduleAll: Call = (bench) => {
  const { guardian: admin, user: service, admin: guardian } = bench;
  const authoriser = new Uint8Array(33).fill(2);
  return bench.send(
    bench.vault.scheduleChange({ admin, service, guardian, authoriser, caps: LOWER_CAPS }),
    bench.admin,
  );
};

/** The bindings' types do not tell which functions are public, so `measureCosts` looks for the one that is missing. */
const CASES: Partial<Record<keyof typeof functions, Case>> = {
  setSbtcTokenPrincipal: async (bench, call) => {
    await bench.restart();
    const launch = bench.vault.setSbtcTokenPrincipal(bench.deployment.sbtcContract);
    return [{ call, token: null, ...bench.send(launch, bench.admin) }];
  },
  depositFunds: perToken((bench, token) => bench.deposit(token)),
  withdrawFunds: perToken((bench, token) => bench.withdraw(token)),
  payPremium: perToken((bench, token) => bench.buy(token, 1n)),
  settlePolicy: perToken((bench, token) => {
    bench.buy(token, 1n);
    return bench.send(bench.vault.settlePolicy(1n, 50n, tokenArgument(bench.deployment, token)), bench.service);
  }),
  lockCollateralAggregate: perBatch((bench, token, policyIds) => {
    const locks = policyIds.map((policyId) => ({ policyId, amount: 150n }));
    return bench.send(
      bench.vault.lockCollateralAggregate(locks, tokenArgument(bench.deployment, token)),
      bench.service,
    );
  }),
  releaseCollateralAggregate: perBatch((bench, token, policyIds) =>
    bench.send(
      bench.vault.releaseCollateralAggregate(policyIds, tokenArgument(bench.deployment, token)),
      bench.service,
    ),
  ),
  absorbSurplus: perToken((bench, token) => {
    bench.give(token);
    return bench.send(bench.vault.absorbSurplus(tokenArgument(bench.deployment, token)), bench.user);
  }),
  revokeAuthorization: once((bench) => bench.send(bench.vault.revokeAuthorization(1n), bench.guardian)),
  pause: once((bench) => bench.send(bench.vault.pause(), bench.guardian)),
  unpause: once((bench) => {
    bench.send(bench.vault.pause(), bench.guardian);
    return bench.send(bench.vault.unpause(), bench.admin);
  }),
  scheduleChange: once(scheduleAll),
  applyChange: once((bench) => {
    scheduleAll(bench);
    bench.passBurnBlocks(Number(contracts.liquidityVault.constants.delayBlocks));
    return bench.send(bench.vault.applyChange(), bench.guardian);
  }),
  cancelChange: once((bench) => {
    scheduleAll(bench);
    return bench.send(bench.vault.cancelChange(), bench.guardian);
  }),
  lowerCaps: once((bench) => {
    scheduleAll(bench);
    return bench.send(bench.vault.lowerCaps(LOWER_CAPS), bench.admin);
  }),
};

/** Measures every public function that the bindings know of. */
export async function measureCosts(root: string): Promise<Measured[]> {
  const bench = await Bench.open(root);
  const rows: Measured[] = [];
  for (const [key, { name, access }] of Object.entries(functions)) {
    if (access !== "public") continue;
    const measure = CASES[key as keyof typeof functions];
    if (!measure) throw new Error(`Nothing measures ${name}: give it a case in src/local/costs/measure.ts.`);
    rows.push(...(await measure(bench, name)));
  }
  return rows;
}
