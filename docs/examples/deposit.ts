/**
 * A deposit by a program of your own: sign in, ask, check what came back, sign, send, and wait until it counts. It needs
 * Convex's client and @stacks packages, and nothing of this project but, if you like, its types.
 */
import { hashMessage } from "@stacks/encryption";
import {
  broadcastTransaction,
  fetchNonce,
  getAddressFromPrivateKey,
  hexToCV,
  makeContractCall,
  Pc,
  postConditionToHex,
  privateKeyToPublic,
  signMessageHashRsv,
} from "@stacks/transactions";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { anyApi } from "convex/server";
import type { api as Api } from "../../convex/_generated/api";

const api = anyApi as unknown as typeof Api;

const { CONVEX_PORT = "3210", STACKS_API_PORT = "3999", PRIVATE_KEY: senderKey = "" } = process.env;
const convexUrl = `http://127.0.0.1:${CONVEX_PORT}`;
const baseUrl = `http://127.0.0.1:${STACKS_API_PORT}`;
/** The vault that you mean: from a place that you trust, not from the backend. */
const VAULT = process.env.VAULT_CONTRACT ?? "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.liquidity-vault";
const AMOUNT = 2_000_000n;

// 1. Sign in: the wallet signs a message, and the session lasts 12 hours.
const address = getAddressFromPrivateKey(senderKey, "testnet");
const convex = new ConvexHttpClient(convexUrl);
const { challenge, message } = await convex.action(api.session.requestChallenge, { address });
if (!message.includes(address)) throw new Error("This challenge is for somebody else.");
const messageHash = Buffer.from(hashMessage(message)).toString("hex");
const signature = signMessageHashRsv({ messageHash, privateKey: senderKey });
const publicKey = privateKeyToPublic(senderKey) as string;
const { token } = await convex.action(api.session.signIn, { challenge, publicKey, signature });
convex.setAuth(token);

// 2. A live query tells of each change by itself.
const live = new ConvexClient(convexUrl);
live.setAuth(async () => token);
const counted = new Promise<void>((resolve) => {
  live.onUpdate(api.liquidity.getProviderPortfolio, {}, ({ positions }) => {
    for (const { tier, token, available } of positions) {
      console.log(`${tier}: ${available} base units of ${token} are available`);
      if (token === "STX" && tier === "Conservative" && available >= AMOUNT) resolve();
    }
  });
});

// 3. Ask. The key makes a repeated request the same request.
const wish = { token: "STX", amount: AMOUNT, tier: "Conservative", idempotencyKey: `deposit-${Date.now()}` };
const { transaction } = await convex.action(api.liquidity.requestCommitCapital, wish);

// 4. Check before signing: the vault you mean, the function you mean, and that exactly this leaves you and nothing else.
const leaves = postConditionToHex(Pc.principal(address).willSendEq(AMOUNT).ustx());
const isAsAsked =
  transaction.contractId === VAULT &&
  transaction.functionName === "deposit-funds" &&
  transaction.postConditionMode === "deny" &&
  transaction.postConditions.join() === leaves;
if (!isAsAsked) throw new Error(`This is not the deposit that was asked for: ${JSON.stringify(transaction)}`);

// 5. Sign and send.
const [contractAddress = "", contractName = ""] = transaction.contractId.split(".");
const signed = await makeContractCall({
  contractAddress,
  contractName,
  functionName: transaction.functionName,
  functionArgs: transaction.functionArgs.map((hex) => hexToCV(hex)),
  postConditions: transaction.postConditions,
  postConditionMode: transaction.postConditionMode,
  nonce: await fetchNonce({ address, network: "devnet", client: { baseUrl } }),
  senderKey,
  network: "devnet",
  client: { baseUrl },
});
const reply = await broadcastTransaction({ transaction: signed, network: "devnet", client: { baseUrl } });
if ("error" in reply) throw new Error(`The node refused it: ${reply.reason}`);
console.log(`Sent ${reply.txid}`);

// 6. Only a final event of the vault makes it count.
await counted;
await live.close();
console.log("It counts.");
