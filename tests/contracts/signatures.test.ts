/**
 * Attacks on signed withdrawals and signed terms, by chance: each block has two dozen of them around an honest
 * withdrawal, an honest purchase and a revocation. Attacks always get the refusal that they must, the books move by the honest
 * calls alone, and those go through. The authoriser changes in the middle of each episode.
 */
import { tx } from "@stacks/clarinet-sdk";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { runsOf, tally, trialSeed } from "../trials/trial";
import { AUTHORISER_KEY, OTHER_KEY } from "./authorization";
import { Chain, DONE, errors, NO_CHANGE, publicKeyOf, vaultAt } from "./chain";
import {
  type Attempt,
  anyForgery,
  attemptOf,
  type Call,
  callOf,
  type DrawnForgery,
  FORGERY_NAMES,
  type ForgeryName,
  ownerOf,
  type Signed,
  type Stage,
  signatureOf,
} from "./forgeries";
import { relayInCallersName, relayInItsOwnName } from "./relaying";

const chain = await Chain.open();
const { vault, sbtc, deployer, service, guardian, alice, bob } = chain;
const mallory = chain.simnet.getAccounts().get("wallet_3") as string;
const POOLED = 10n ** 9n;
const ATTACKS_PER_BLOCK = 25;
const BLOCKS_PER_EPISODE = 20;
const ATTACKS_PER_EPISODE = ATTACKS_PER_BLOCK * BLOCKS_PER_EPISODE;
const DELAY_BLOCKS = Number(errors.delayBlocks);
/** A soak takes as long as it is asked to. */
const HOURS_MS = 100 * 3_600_000;

const anyBlock = fc.record({
  withSbtc: fc.tuple(fc.boolean(), fc.boolean()),
  // More than two alterations of one can take off.
  amount: fc.bigInt(200n, 1_000n),
  forgeries: fc.array(anyForgery, { minLength: ATTACKS_PER_BLOCK, maxLength: ATTACKS_PER_BLOCK }),
});
type Block = typeof anyBlock extends fc.Arbitrary<infer T> ? T : never;

interface Step {
  call: Call;
  sender: string;
  /** Null for what must go through. */
  attack: { forgery: DrawnForgery; refusals: bigint[] } | null;
}

const met = new Map<ForgeryName, number>();

async function begin(): Promise<Omit<Stage, "now" | "revoked">> {
  await chain.restart();
  chain.launch();
  const copy = vaultAt(chain.deploy("vault-copy", chain.simnet.getContractSource(vault.identifier) as string));
  chain.launch({ of: copy });
  for (const owner of [alice, bob]) chain.mint(owner, 4n * POOLED);
  for (const token of [null, sbtc.identifier]) {
    for (const at of [vault, copy]) expect(chain.send(at.depositFunds(POOLED, token, 1n), bob).result).toEqual(DONE);
  }
  const [relay, ownRelay] = [relayInCallersName(chain), relayInItsOwnName(chain)];
  const strangers = [bob, mallory, deployer, service, guardian];
  return { chain, copy, relay, ownRelay, strangers, key: AUTHORISER_KEY, otherKeys: [OTHER_KEY, "77".repeat(32)] };
}

/** Another authoriser, after the delay: what the former one signed is worth nothing from then on. */
function rotate(stage: { key: string; otherKeys: string[] }): void {
  const change = vault.scheduleChange({ ...NO_CHANGE, authoriser: publicKeyOf(OTHER_KEY) });
  expect(chain.send(change, deployer).result).toEqual(DONE);
  chain.simnet.mineEmptyBurnBlocks(DELAY_BLOCKS);
  expect(chain.send(vault.applyChange(), bob).result).toEqual(DONE);
  Object.assign(stage, {
    key: OTHER_KEY,
    otherKeys: [stage.key, ...stage.otherKeys.filter((key) => key !== OTHER_KEY)],
  });
}

function honestCalls({ withSbtc, amount }: Block, id: bigint) {
  const [token, other] = withSbtc.map((isSbtc) => (isSbtc ? sbtc.identifier : null)) as [string | null, string | null];
  const expiresAt = chain.nextBlockTime() + 3_600n;
  const policy = { premium: amount, lock: amount, coverage: amount + 100n, releaseAfter: expiresAt, expiresAt };
  return {
    withdrawal: { kind: "withdrawal", terms: chain.withdrawal({ token, amount, id, expiresAt }) },
    policy: { kind: "policy", terms: chain.policy({ token: other, policyId: id, ...policy }) },
    revoked: { kind: "withdrawal", terms: chain.withdrawal({ token: other, amount, id: id + 1n, expiresAt }) },
  } satisfies Record<string, Signed>;
}

function stepsOf(block: Block, id: bigint, stage: Omit<Stage, "now" | "revoked">) {
  const { revoked, ...honest } = honestCalls(block, id);
  const set = { ...stage, revoked, now: chain.nextBlockTime() };
  const attacks = block.forgeries.map((forgery): { late: boolean; step: Step } => {
    const { call, sender, late, refusals }: Attempt = attemptOf(forgery, honest, set);
    return { late, step: { call, sender, attack: { forgery, refusals } } };
  });
  const honestStep = (signed: Signed): Step => ({
    call: callOf(signed, signatureOf(signed, stage), vault),
    sender: ownerOf(signed),
    attack: null,
  });
  const steps: Step[] = [
    { call: vault.revokeAuthorization(revoked.terms.id), sender: service, attack: null },
    ...attacks.flatMap(({ late, step }) => (late ? [] : [step])),
    honestStep(honest.withdrawal),
    honestStep(honest.policy),
    ...attacks.flatMap(({ late, step }) => (late ? [step] : [])),
  ];
  return { steps, honest };
}

/** What the books and the owner must have after the honest calls, and nothing else. */
function expectedAfter(before: ReturnType<typeof seen>, { withdrawal, policy }: ReturnType<typeof stepsOf>["honest"]) {
  const after = structuredClone(before);
  after.sequence += 3n;
  const paid = after[withdrawal.terms.token === null ? "stx" : "sbtc"];
  paid.balance -= withdrawal.terms.amount;
  paid.alice += withdrawal.terms.amount;
  const sold = after[policy.terms.token === null ? "stx" : "sbtc"];
  sold.balance += policy.terms.premium;
  sold.locked += policy.terms.lock;
  sold.alice -= policy.terms.premium;
  return after;
}

function seen() {
  const { sequence, stx, sbtc: sats } = chain.books();
  return {
    sequence,
    stx: { balance: stx.balance, locked: stx.locked, alice: chain.stxOf(alice) },
    sbtc: { balance: sats.balance, locked: sats.locked, alice: chain.sbtcOf(alice) },
  };
}

function judge(step: Step, result: { type: string; value: unknown }, again: string): void {
  const answer = result.type === "ok" ? "ok" : (result.value as { value: bigint }).value;
  if (step.attack === null) {
    expect(answer, `an honest call, ${again}`).toBe("ok");
    return;
  }
  const { forgery, refusals } = step.attack;
  const told = JSON.stringify(forgery, (_, value) => (typeof value === "bigint" ? `${value}` : value));
  expect(refusals, `${forgery.name}: ${told}, ${again}`).toContain(answer);
  met.set(forgery.name, (met.get(forgery.name) ?? 0) + 1);
}

async function playEpisode(seed: number): Promise<void> {
  const stage = await begin();
  const untouched = chain.read(stage.copy.getVaultState());
  for (const [i, block] of fc.sample(anyBlock, { seed, numRuns: BLOCKS_PER_EPISODE }).entries()) {
    const again = `in block ${i + 1} of: TRIAL_RUNS=${ATTACKS_PER_EPISODE} TRIAL_SEED=${seed}`;
    if (i === BLOCKS_PER_EPISODE / 2) rotate(stage);
    const before = seen();
    const { steps, honest } = stepsOf(block, BigInt(2 * i + 1), stage);
    const results = chain.simnet.mineBlock(steps.map(({ call, sender }) => transactionOf(call, sender)));
    for (const [n, step] of steps.entries())
      judge(step, (results[n] as (typeof results)[number]).result as never, again);
    expect(seen(), again).toEqual(expectedAfter(before, honest));
  }
  expect(chain.read(stage.copy.getVaultState())).toEqual(untouched);
}

const transactionOf = ({ contractAddress, contractName, function: abi, functionArgs }: Call, sender: string) =>
  tx.callPublicFn(`${contractAddress}.${contractName}`, abi.name, functionArgs, sender);

test("no forgery passes, and every honest call does", { timeout: HOURS_MS }, async () => {
  // The SDK prints the events of each block.
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const episodes = Math.ceil(runsOf("signatures") / ATTACKS_PER_EPISODE);
  for (let i = 0; i < episodes; i++) await playEpisode(trialSeed() + i);
  log.mockRestore();
  expect(FORGERY_NAMES.filter((name) => !met.has(name))).toEqual([]);
  const blocks = episodes * BLOCKS_PER_EPISODE;
  const also = { kinds: met.size, honestCalls: 3 * blocks, rotations: episodes };
  tally("signatures", { done: episodes * ATTACKS_PER_EPISODE, also });
});

test("a signature that is too long is no argument of the vault", async () => {
  await chain.restart();
  chain.launch();
  expect(chain.send(vault.depositFunds(POOLED, null, 1n), bob).result).toEqual(DONE);
  const signed: Signed = { kind: "withdrawal", terms: chain.withdrawal() };
  const signature = signatureOf(signed, {});
  const before = seen();
  for (const extra of [1, 64]) {
    const longer = callOf(signed, Uint8Array.from([...signature, ...new Uint8Array(extra)]), vault);
    expect(() => chain.send(longer, alice)).toThrow();
  }
  expect(seen()).toEqual(before);
  expect(chain.draw(signed.terms).result).toEqual(DONE);
});
