/** What wallets answer, and what the page makes of it: each trouble has its own words, and nothing of it is lost. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { unsignedDeposit } from "../../../src/stacks/unsignedCalls";
import { walletFromKey } from "../../../src/stacks/wallet";
import { isSignedBy } from "../../../src/stacks/walletMessage";
import { connectedWallet, connectWallet, offeredWallets } from "../../../src/web/wallets/connected";
import { walletTrouble } from "../../../src/web/wallets/trouble";
import { ALICE, config } from "../page";
import { type Behaviour, register, type StandIn, standIn, unregister } from "./standIn";

const account = walletFromKey(ALICE.privateKey, "devnet", "Alice");
if (!account) throw new Error("Alice has no key");
const OFFER = { id: "StandInProvider", name: "Stand-in", url: null };
const call = unsignedDeposit(config, { depositor: ALICE.address, token: "STX", amount: 5n, reference: 7n });

let wallet: StandIn;
/** What reached the node. */
let broadcast: string[];

beforeEach(() => {
  broadcast = [];
  vi.stubGlobal("fetch", async (input: string | URL | Request) => {
    const url = String(input instanceof Request ? input.url : input);
    if (url.includes("/nonces")) return Response.json({ possible_next_nonce: 3 });
    broadcast.push(url);
    return Response.json("ab".repeat(32));
  });
  wallet = standIn({ account, stacksApiUrl: config.stacksApiUrl, network: "devnet" });
  register(globalThis, wallet);
});
afterEach(() => {
  unregister(globalThis);
  vi.unstubAllGlobals();
});

const own = () => connectedWallet(OFFER, ALICE.address, config);

async function send(behaviour: Behaviour) {
  wallet.behaviour = behaviour;
  const steps: string[] = [];
  const terms = { feeUstx: 476n, onHanded: () => steps.push("handed"), onSigned: (txId: string) => steps.push(txId) };
  const error = await own()
    .signAndBroadcast(call, terms)
    .then(
      () => null,
      (thrown: unknown) => thrown,
    );
  return { steps, error };
}

test("a wallet that tells of itself is offered; the well-known ones that are not here can be had", () => {
  const { installed, others } = offeredWallets();
  expect(installed).toEqual([OFFER]);
  expect(others.map(({ name }) => name)).toContain("Leather");
  unregister(globalThis);
  expect(offeredWallets().installed).toEqual([]);
});

test("it shows the Stacks accounts of this network, and asks for it", async () => {
  expect(await connectWallet(OFFER, config)).toEqual([ALICE.address]);
  wallet.behaviour = "shows two accounts";
  expect(await connectWallet(OFFER, config)).toEqual([ALICE.address, wallet.other.address]);
  expect(wallet.asked[0]).toMatchObject({ method: "getAddresses", params: { network: "devnet" } });
});

test.each<[Behaviour, string, RegExp]>([
  ["rejects", "WALLET_REJECTED", /rejected it in Stand-in.*Nothing was signed/],
  ["closes", "WALLET_REJECTED", /closed its window/],
  ["shows another network", "OTHER_NETWORK", /SP\w+, which can't sign in on devnet. Switch the wallet to devnet/],
  ["shows no Stacks account", "NO_ADDRESS", /no Stacks address/],
  ["offers no such method", "WALLET_CANNOT", /Update it, or connect another/],
])("connecting to one that %s", async (behaviour, trouble, words) => {
  wallet.behaviour = behaviour;
  await expect(connectWallet(OFFER, config)).rejects.toMatchObject({ trouble, message: expect.stringMatching(words) });
});

test("one that has gone says how to get it back", async () => {
  unregister(globalThis);
  await expect(connectWallet(OFFER, config)).rejects.toMatchObject({ trouble: "NO_WALLET" });
  await expect(own().signMessage("x")).rejects.toMatchObject({ trouble: "NO_WALLET" });
  expect((await send("signs")).steps).toEqual([]);
});

test.each<Behaviour>(["signs", "tells no public key"])(
  "a message is signed by one that %s, as the service checks it",
  async (behaviour) => {
    wallet.behaviour = behaviour;
    const message = "Sign in, please:\nünï";
    const signed = await own().signMessage(message);
    expect(isSignedBy({ message, address: ALICE.address, ...signed }, "devnet")).toBe(true);
  },
);

test.each<[Behaviour, string, RegExp]>([
  ["rejects", "WALLET_REJECTED", /try again whenever you like/],
  ["signs as another account", "OTHER_ACCOUNT", /signed as ST\w+, and you are here as ST1SJ.*Nothing was accepted/],
  ["answers nonsense", "WALLET_FAILED", /signature that can't be read/],
])("a message, to one that %s", async (behaviour, trouble, words) => {
  wallet.behaviour = behaviour;
  await expect(own().signMessage("x")).rejects.toMatchObject({ trouble, message: expect.stringMatching(words) });
});

test("a call is on record before the wallet has it, and gets its id from the wallet's answer", async () => {
  const { steps, error } = await send("signs");
  expect(error).toBeNull();
  expect(steps).toEqual(["handed", expect.stringMatching(/^0x[0-9a-f]{64}$/)]);
  expect(broadcast).toHaveLength(1);
  expect(wallet.asked.at(-1)).toMatchObject({
    method: "stx_callContract",
    params: {
      ...{ contract: config.vaultContract, functionName: "deposit-funds", functionArgs: call.functionArgs },
      ...{ postConditions: call.postConditions, postConditionMode: "deny", network: "devnet", fee: "476" },
    },
  });
});

test.each<[Behaviour, string, RegExp, number]>([
  ["rejects", "WALLET_REJECTED", /Nothing was signed/, 0],
  ["sends without an answer", "WALLET_UNCLEAR", /looked for on the chain/, 1],
  ["answers nonsense", "WALLET_UNCLEAR", /did not say whether it has sent/, 1],
  ["signs as another account", "OTHER_ACCOUNT", /The chain undoes such a call/, 1],
])("a call, to one that %s", async (behaviour, trouble, words, sent) => {
  const { steps, error } = await send(behaviour);
  expect(error).toMatchObject({ trouble, message: expect.stringMatching(words) });
  expect(steps).toEqual(["handed"]);
  expect(broadcast).toHaveLength(sent);
});

test.each([
  [{ code: -32000, message: "x" }, "WALLET_REJECTED"],
  [new Error("User denied the request"), "WALLET_REJECTED"],
  [{ code: -32001, message: "x" }, "OTHER_ACCOUNT"],
  [{ code: -32002, message: "x" }, "WALLET_CANNOT"],
  [{ code: -32603, message: "boom" }, "WALLET_FAILED"],
  ["odd", "WALLET_FAILED"],
])("%j is %s", (error, trouble) => {
  expect(walletTrouble(error, "Leather").trouble).toBe(trouble);
});
