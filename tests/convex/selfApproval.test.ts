/**
 * Who may let an exit of the treasury be signed, in every state that one can be in: who asked, what has become of it, whether
 * its time is over, whose key signed, over which payload. One of these states pays; all others change nothing.
 */
import { hashMessage } from "@stacks/encryption";
import { getAddressFromPrivateKey, privateKeyToPublic, signMessageHashRsv } from "@stacks/transactions";
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { applyEntry } from "../../convex/ledger/model";
import { makeEntry } from "../../src/domain/ledger";
import { as } from "./backend";
import { PAYER } from "./earning";
import { of, openOperated, PRINCIPALS, WHO } from "./operating";
import { Scene } from "./withdrawing";

const KEYS = {
  guardian: `${"7".repeat(64)}01`,
  "former guardian": `${"8".repeat(64)}01`,
  admin: `${"9".repeat(64)}01`,
};
const addressOf = (who: keyof typeof KEYS) => getAddressFromPrivateKey(KEYS[who], "testnet");
const GUARDIAN = addressOf("guardian");
/** Both are admins of the deployment; one of them is the vault's guardian too. */
const ADMINS = [WHO.admin, GUARDIAN];
const ASKED = { account: "fees", token: "STX", amount: 100n, reason: "May" };
let scene: Scene;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const backend = await openOperated();
  backend.setEnvironment({ ...PRINCIPALS, ADMIN_PRINCIPALS: ADMINS.join() });
  scene = await Scene.open(backend);
  scene.vault.guardian = GUARDIAN;
  await scene.sent(PAYER, 1_000n);
  await backend.run(async (ctx) => {
    const postings = [
      { account: { kind: "suspense" as const, principal: PAYER }, amount: -1_000n },
      { account: { kind: "fees" as const }, amount: 1_000n },
    ];
    await applyEntry(ctx, makeEntry("test fees", "STX", postings), 0);
  });
});

function signatureOf(message: string, who: keyof typeof KEYS) {
  const messageHash = Buffer.from(hashMessage(message)).toString("hex");
  const privateKey = KEYS[who];
  return {
    publicKey: privateKeyToPublic(privateKey) as string,
    signature: signMessageHashRsv({ messageHash, privateKey }),
  };
}

const request = (admin: string) => as(scene.backend, admin).action(api.administration.requestExit, ASKED);

/** All that an approval could change. */
const standing = async () => [
  await scene.account("fees"),
  await scene.account("reserved/fees"),
  await scene.withdrawals(),
  await scene.backend.run((ctx) => ctx.db.query("treasuryExits").take(9)),
];

const LIVES = ["in time", "over"] as const;
const STATUSES = ["requested", "approved", "cancelled"] as const;
const PAYLOADS = ["its own", "another's"] as const;

interface State {
  asker: string;
  status: (typeof STATUSES)[number];
  life: (typeof LIVES)[number];
  signer: keyof typeof KEYS;
  payload: (typeof PAYLOADS)[number];
}

const STATES: State[] = ADMINS.flatMap((asker) =>
  STATUSES.flatMap((status) =>
    LIVES.flatMap((life) =>
      (Object.keys(KEYS) as (keyof typeof KEYS)[]).flatMap((signer) =>
        PAYLOADS.map((payload) => ({ asker, status, life, signer, payload })),
      ),
    ),
  ),
);

function refusalOf({ asker, status, life, signer, payload }: State): string | null {
  if (status !== "requested") return "EXIT_NOT_OPEN";
  if (life === "over") return "EXIT_EXPIRED";
  if (asker === GUARDIAN) return "SELF_APPROVAL";
  return signer === "guardian" && payload === "its own" ? null : "SIGNATURE_INVALID";
}

test("of all states one lets an exit be signed: asked for by another, open, in time, signed by the guardian for itself", async () => {
  const exits = { [WHO.admin]: await request(WHO.admin), [GUARDIAN]: await request(GUARDIAN) };
  const other = await request(WHO.admin);
  const { time } = (await scene.backend.run((ctx) => ctx.db.query("chainMirror").first()))?.tip ?? { time: 0 };
  const told = new Map<string, number>();
  for (const state of STATES.toSorted(
    (one, two) => Number(refusalOf(one) === null) - Number(refusalOf(two) === null),
  )) {
    const { exitId, message } = exits[state.asker] as typeof other;
    const expiresAt = state.life === "over" ? time : time + 600;
    await scene.backend.run((ctx) => ctx.db.patch("treasuryExits", exitId, { status: state.status, expiresAt }));
    const own = message.replace(
      /Expires: .*/,
      `Expires: ${new Date(expiresAt * 1_000).toISOString()} (block time ${expiresAt})`,
    );
    const proof = signatureOf(state.payload === "its own" ? own : other.message, state.signer);
    const before = await standing();
    const approval = { exitId, ...proof, reason: "May" };
    const refused = await of(scene.backend, "admin")
      .action(api.administration.approveExit, approval)
      .then(
        () => null,
        (error) => error.data?.code ?? String(error),
      );
    expect([state, refused]).toEqual([state, refusalOf(state)]);
    if (refused !== null) expect(await standing()).toEqual(before);
    told.set(String(refused), (told.get(String(refused)) ?? 0) + 1);
  }
  expect(STATES).toHaveLength(72);
  expect(Object.fromEntries(told)).toEqual({
    ...{ EXIT_NOT_OPEN: 48, EXIT_EXPIRED: 12, SELF_APPROVAL: 6, SIGNATURE_INVALID: 5, null: 1 },
  });
  expect(await scene.account("reserved/fees")).toBe(100n);
});

test("nor with the admin key, whoever it says is acting", async () => {
  const { exitId, message } = await request(GUARDIAN);
  const approval = { exitId, ...signatureOf(message, "guardian"), actor: WHO.admin, reason: "May" };
  await expect(scene.backend.mutation(internal.treasury.exits.approve, approval)).rejects.toMatchObject({
    data: { code: "SELF_APPROVAL", guardian: GUARDIAN },
  });
});
