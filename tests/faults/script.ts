/** The story: acts that follow each other, each with amounts that a seed draws. It asks and sends; nothing in it looks. */
import fc from "fast-check";
import type { Scene } from "./scene";

const STX = 1_000_000n;
const HOUR = 3_600;
export const PRICE = 1_500_000n;
export const CALM_PRICE = 1_455_000n;
export const [PROVIDER, BUYER, STRANGER] = [0, 1, 2] as const;
const POLICY = { exercised: 101n, expiring: 102n };

export interface Act {
  name: string;
  /** What goes wrong in it. */
  faults: "chain" | "prices";
  /** Before anything goes wrong: the time and the market of this act. */
  prepare?: (scene: Scene) => Promise<void>;
  perform: (scene: Scene) => Promise<void>;
  /** Of the service, by hand: each act has calls of the outbox under way. */
  revocations: bigint[];
}

export interface Amounts {
  stx: bigint;
  sbtc: bigint;
  stray: bigint;
  withdrawn: bigint;
}

const amounts = fc.record({
  stx: fc.bigInt({ min: 2_000n * STX, max: 9_000n * STX }),
  sbtc: fc.bigInt({ min: 1_000_000n, max: 90_000_000n }),
  stray: fc.bigInt({ min: 10n * STX, max: 90n * STX }),
  withdrawn: fc.bigInt({ min: STX, max: 9n * STX }),
});

export function amountsOf(seed: number): Amounts {
  const [drawn] = fc.sample(amounts, { seed, numRuns: 1 });
  return drawn as Amounts;
}

export function actsOf({ stx, sbtc, stray, withdrawn }: Amounts): Act[] {
  let revoked = 9_000n;
  const revocations = () => [revoked++, revoked++];
  return [
    {
      name: "deposits",
      faults: "chain",
      revocations: revocations(),
      perform: async (scene) => {
        await scene.commit(PROVIDER, "STX", stx, 11n);
        await scene.commit(BUYER, "sBTC", sbtc, 12n);
        await scene.deposit(STRANGER, "STX", stray);
        await scene.deposit(STRANGER, "sBTC", sbtc / 3n);
      },
    },
    {
      name: "withdrawals",
      faults: "chain",
      revocations: revocations(),
      prepare: (scene) => scene.advance(HOUR),
      perform: async (scene) => {
        const paid = await scene.authorise(PROVIDER, withdrawn, 21n, "position");
        const cancelled = await scene.authorise(STRANGER, withdrawn, 22n, "suspense");
        await scene.send(PROVIDER, paid.transaction);
        await scene.cancel(STRANGER, cancelled.withdrawalId);
      },
    },
    {
      name: "policies",
      faults: "chain",
      revocations: revocations(),
      prepare: (scene) => scene.advance(HOUR),
      perform: async (scene) => {
        const expiresAt = (await scene.time()) + 30 * HOUR;
        const exercised = await scene.quote(BUYER, { policyId: POLICY.exercised, strikeUsdMicros: PRICE, expiresAt });
        const far = { policyId: POLICY.expiring, strikeUsdMicros: (PRICE * 7n) / 10n, expiresAt };
        const expiring = await scene.quote(STRANGER, far);
        await scene.send(BUYER, exercised.transaction);
        await scene.send(STRANGER, expiring.transaction);
      },
    },
    {
      name: "prices",
      faults: "prices",
      revocations: revocations(),
      // So far that the last price is too old for anything.
      perform: async (scene) => {
        await scene.advance(HOUR);
        await scene.stage.market.setPrice("STX", CALM_PRICE);
        await scene.deposit(STRANGER, "STX", stray);
      },
    },
    {
      name: "exercise",
      faults: "chain",
      revocations: revocations(),
      prepare: async (scene) => {
        await scene.advance(HOUR);
        await scene.atRest();
        await scene.exercise(BUYER, POLICY.exercised);
        await scene.stage.market.setPrice("STX", (PRICE * 9n) / 10n);
      },
      // The first price behind the request decides; its settlement is paid by the outbox.
      perform: (scene) => scene.advance(HOUR),
    },
    {
      name: "expiry",
      faults: "chain",
      revocations: revocations(),
      perform: async (scene) => {
        await scene.advance(30 * HOUR);
        await scene.deposit(STRANGER, "STX", stray);
      },
    },
  ];
}
