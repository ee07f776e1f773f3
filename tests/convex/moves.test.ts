/** What a provider does with capital that is in: it arrives under a hold, is assigned, moves between tiers, opts out. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api";
import type { Tier } from "../../src/domain/tiers";
import type { Token } from "../../src/domain/tokens";
import { ALICE, as, type Backend, openBackend, PaperVault, settle, sync } from "./backend";
import { expectBooksToFold } from "./books";

let backend: Backend;
let vault: PaperVault;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  backend = await openBackend();
  vault = new PaperVault();
});

const DAY_BLOCKS = 86_400 / 10;

async function deposited(who: string, amount: bigint, tier: Tier, token: Token = "STX") {
  const { reference } = await as(backend, who).action(api.liquidity.requestCommitCapital, { token, tier, amount });
  vault.deposit(who, token, amount, reference);
  await settle(backend, vault);
}

const withdraw = (who: string, amount: bigint, tier: Tier) =>
  as(backend, who).action(api.liquidity.requestWithdrawal, { token: "STX", tier, amount });

function refusal(code: string, facts: Record<string, unknown> = {}) {
  return expect.objectContaining({ data: expect.objectContaining({ code, ...facts }) });
}

describe("the minimum hold", () => {
  test("a deposit into Aggressive stays a day; what came before it is not kept longer by it", async () => {
    await deposited(ALICE, 5_000_000n, "Aggressive");
    vault.mine(DAY_BLOCKS / 2);
    await deposited(ALICE, 3_000_000n, "Aggressive");
    await expect(withdraw(ALICE, 1n, "Aggressive")).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 0n, binding: "hold" }),
    );
    vault.mine(DAY_BLOCKS / 2 + 360); // ends are rounded up to the hour
    await sync(backend, vault);
    await expect(withdraw(ALICE, 5_000_001n, "Aggressive")).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 5_000_000n, binding: "hold" }),
    );
    await withdraw(ALICE, 5_000_000n, "Aggressive");
    await expectBooksToFold(backend);
  });
});
