/** How often one caller may ask: who is refused, what they are told, and that nobody else is. */
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { api } from "../../convex/_generated/api";
import { ALICE, as, type Backend, BOB, openBackend, PaperVault, sync } from "./backend";

let backend: Backend;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"] });
  onTestFinished(() => void vi.useRealTimers());
  backend = await openBackend();
  await sync(backend, new PaperVault());
});

const withdraw = (who: string) =>
  as(backend, who).action(api.liquidity.requestWithdrawal, { token: "STX", tier: "Balanced", amount: 5_000_000n });
const codeOf = (error: { data: { code: string } }) => error.data.code;

test("requests that were refused count too; the one too many is told when to come back, and then may", async () => {
  for (let n = 0; n < 200; n += 1)
    expect(codeOf(await withdraw(ALICE).catch((error) => error))).not.toBe("RATE_LIMITED");
  await expect(withdraw(ALICE)).rejects.toMatchObject({
    data: {
      code: "RATE_LIMITED",
      message: `Too many requests from ${ALICE}. Try again in 1 second.`,
      retryAfterMs: 1_000,
    },
  });
  expect(codeOf(await withdraw(BOB).catch((error) => error))).not.toBe("RATE_LIMITED");
  vi.setSystemTime(Date.now() + 1_000);
  expect(codeOf(await withdraw(ALICE).catch((error) => error))).not.toBe("RATE_LIMITED");
  expect(codeOf(await withdraw(ALICE).catch((error) => error))).toBe("RATE_LIMITED");
});

test("each kind of request has a limit of its own, and a stranger can't use up anyone's sign-in", async () => {
  for (let n = 0; n < 200; n += 1) await withdraw(ALICE).catch(() => {});
  expect(codeOf(await withdraw(ALICE).catch((error) => error))).toBe("RATE_LIMITED");
  const commit = { token: "STX", tier: "Balanced", amount: 5_000_000n };
  expect(await as(backend, ALICE).action(api.liquidity.requestCommitCapital, commit)).toHaveProperty("reference");
  for (let n = 0; n < 80; n += 1) {
    const { challenge } = await backend.action(api.session.requestChallenge, { address: ALICE });
    const forged = { challenge, publicKey: "02".padEnd(66, "1"), signature: "0".repeat(130) };
    expect(codeOf(await backend.action(api.session.signIn, forged).catch((error) => error))).toBe("SIGNATURE_INVALID");
  }
});
