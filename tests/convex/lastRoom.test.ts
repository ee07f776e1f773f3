/** Buyers who ask at the same time for what is left of a tier: some of them get it, exactly, and the others are refused. */
import { beforeEach, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api";
import { availabilityOf } from "../../convex/policies/allocation";
import { ALICE, as, BOB, DEPLOYER } from "./backend";
import { Desk } from "./policyDesk";

const CAROL = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC";
const BUYERS = [
  BOB,
  CAROL,
  DEPLOYER,
  "ST2NEB84ASENDXKYGJPQW86YXQCEFEX2ZQPG87ND",
  "ST2REHHS5J3CERCRBEPMGH7921Q6PYKAADT7JP2VB",
];
const BALANCED = { token: "STX", tier: "Balanced" } as const;

let desk: Desk;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  desk = await Desk.open();
  for (const who of [ALICE, CAROL]) await desk.scene.deposited(who, 100_000_000n, BALANCED);
  await desk.price("STX");
});

const available = () => desk.backend.run((ctx) => availabilityOf(ctx, BALANCED));
const reserved = () =>
  desk.backend.run(async (ctx) => {
    const positions = await ctx.db.query("positions").take(9);
    return positions.reduce((sum, position) => sum + position.reserved, 0n);
  });

test("as many are served as there is room for, and not one more", async () => {
  const room = await available();
  // At the money half of the quantity is locked: five times two fifths of the room.
  const wanted = desk.wanted("STX", "Balanced", { quantity: (room * 4n) / 5n });
  const answers = await Promise.allSettled(BUYERS.map((buyer) => desk.request(wanted, buyer)));
  const sold = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const refused = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason.data] : []));
  expect(sold.map(({ lock }) => lock)).toEqual([(room * 2n) / 5n, (room * 2n) / 5n]);
  expect(await reserved()).toBe(sold.reduce((sum, { lock }) => sum + lock, 0n));
  expect(await available()).toBe(room - (await reserved()));
  for (const refusal of refused) expect(refusal).toMatchObject({ code: "TIER_UNAVAILABLE" });
  expect(refused).toHaveLength(3);
  await desk.expectExact();
});

test("a provider who opts out in the same moment is behind a policy or is not, and never half", async () => {
  const wanted = desk.wanted("STX", "Balanced", { quantity: await available() });
  const optsOut = as(desk.backend, ALICE).action(api.liquidity.setAcceptingPolicies, { ...BALANCED, accepting: false });
  const [asked] = await Promise.allSettled([desk.request(wanted), optsOut]);
  const before = await reserved();
  if (asked.status === "fulfilled") expect(before).toBe(asked.value.lock);
  else expect([before, asked.reason.data.code]).toEqual([0n, "TIER_UNAVAILABLE"]);
  // What it stands behind stays, and no more comes.
  const { positions } = await desk.scene.portfolio(ALICE);
  const mine = positions[0]?.reserved;
  await desk.request(desk.wanted("STX", "Balanced", { quantity: 4_000_000n }), CAROL).catch(() => null);
  expect((await desk.scene.portfolio(ALICE)).positions[0]?.reserved).toBe(mine);
  await desk.expectExact();
});
