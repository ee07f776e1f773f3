/**
 * Every way to present one key at sign-in: each of its four addresses, at each network, with either form of the key, and a
 * challenge that is new, spent, expired, of another network or of nobody. One cell a network opens a session.
 */
import { hashMessage } from "@stacks/encryption";
import { getAddressFromPublicKey, privateKeyToPublic, signMessageHashRsv } from "@stacks/transactions";
import { SignJWT } from "jose";
import { afterEach, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api";
import { type Backend, openBackend } from "./backend";
import { testEnvironment } from "./environment";

const PRIVATE_KEY = "5".repeat(64);
const KEYS = {
  compressed: privateKeyToPublic(`${PRIVATE_KEY}01`) as string,
  uncompressed: privateKeyToPublic(PRIVATE_KEY) as string,
};
const FORMS = ["compressed", "uncompressed"] as const;
const NETWORKS = ["mainnet", "testnet", "devnet"] as const;
type Network = (typeof NETWORKS)[number];
const ADDRESSES = (["mainnet", "testnet"] as const).flatMap((kind) =>
  FORMS.map((form) => ({ kind, form, address: getAddressFromPublicKey(KEYS[form], kind) })),
);
const NONCES = ["new", "spent", "expired", "of another network", "forged"] as const;
type Nonce = (typeof NONCES)[number];
const kindOf = (network: Network) => (network === "mainnet" ? "mainnet" : "testnet");

afterEach(() => {
  vi.useRealTimers();
});

/** As `session.requestChallenge` makes them, for addresses that it refuses too. */
async function challengeFor(address: string, network: Network, nonce: Nonce) {
  const issuedFor = nonce === "of another network" ? (NETWORKS.find((other) => other !== network) as Network) : network;
  const secret = nonce === "forged" ? "somebody else's secret, as long as ours" : testEnvironment.AUTH_CHALLENGE_SECRET;
  const [jti, exp] = [`${address} ${network} ${nonce}`, Math.floor(Date.now() / 1_000) + 300];
  const challenge = await new SignJWT({ network: issuedFor })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(address)
    .setAudience(testEnvironment.AUTH_DOMAIN)
    .setJti(jti)
    .setExpirationTime(exp)
    .sign(new TextEncoder().encode(secret));
  return { challenge, message: messageOf({ address, network: issuedFor, jti, exp }) };
}

/** What a wallet is shown, written once more: domain, address, network, chain, nonce and end, each of them signed. */
function messageOf({ address, network, jti, exp }: { address: string; network: Network; jti: string; exp: number }) {
  const chain = network === "mainnet" ? 1 : 2_147_483_648;
  const expires = new Date(exp * 1_000).toISOString();
  return `localhost asks you to sign in with your Stacks account:\n${address}\n\nSigning moves no money and costs no fee.\n\nNetwork: ${network}\nChain ID: ${chain}\nNonce: ${jti}\nExpires: ${expires}`;
}

function signed(message: string): string {
  const messageHash = Buffer.from(hashMessage(message)).toString("hex");
  return signMessageHashRsv({ messageHash, privateKey: PRIVATE_KEY });
}

const signIn = (backend: Backend, presented: { challenge: string; publicKey: string; signature: string }) =>
  backend.action(api.session.signIn, presented).then(
    ({ address }) => address,
    (error) => error.data?.code ?? String(error),
  );

function expected(network: Network, form: string, at: (typeof ADDRESSES)[number], nonce: Nonce): string {
  if (nonce === "forged" || nonce === "of another network") return "CHALLENGE_INVALID";
  if (nonce === "expired") return "CHALLENGE_EXPIRED";
  if (form !== "compressed" || at.form !== "compressed" || at.kind !== kindOf(network)) return "SIGNATURE_INVALID";
  return nonce === "spent" ? "CHALLENGE_SPENT" : at.address;
}

test.each(NETWORKS)(
  "on %s one of the key's addresses signs in, once, by a challenge of that network",
  async (network) => {
    const backend = await openBackend({ ...testEnvironment, STACKS_NETWORK: network });
    const outcomes = new Map<string, number>();
    for (const at of ADDRESSES) {
      for (const form of FORMS) {
        for (const nonce of NONCES) {
          const { challenge, message } = await challengeFor(at.address, network, nonce);
          const presented = { challenge, publicKey: KEYS[form], signature: signed(message) };
          if (nonce === "spent") await signIn(backend, presented);
          if (nonce === "expired") vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 301_000 });
          const outcome = await signIn(backend, presented);
          vi.useRealTimers();
          const told = expected(network, form, at, nonce);
          expect([network, at.address, form, nonce, outcome]).toEqual([network, at.address, form, nonce, told]);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      }
    }
    expect(outcomes.size).toBe(5);
    const own = getAddressFromPublicKey(KEYS.compressed, kindOf(network));
    expect([outcomes.get(own), outcomes.get("CHALLENGE_SPENT")]).toEqual([1, 1]);
  },
);
