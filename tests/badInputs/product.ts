/** The product as it is pushed, in a business of some hundred providers, for whoever wants to send it nonsense. */
import path from "node:path";
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import { importPKCS8, SignJWT } from "jose";
import { SESSION_AUDIENCE, SESSION_KEY_ID } from "../../src/domain/session";
import { BTC } from "../../src/local/bench/backed";
import { LEASE } from "../../src/local/bench/owed";
import { Population } from "../../src/local/bench/population";
import { DEPLOYER } from "../../src/local/bench/product";
import type { Deployment } from "../../src/local/host/componentTree";
import { Engine } from "../../src/local/host/engine";
import type { Caller, FunctionCall, FunctionKind, Outcome } from "../../src/local/host/functionCall";
import { makeSecrets } from "../../src/local/secrets";
import { environmentOf, signingKeysOf } from "../../src/local/stack";
import { localDeployment } from "../../src/stacks/deployment";
import { pushedDeployment } from "../engines/pushed";
import { RewindingStore } from "./rewindingStore";

export const ISSUER = "https://local.bithedge.invalid";
const NO_NODE = "http://127.0.0.1:1";
export const OPERATOR = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG";
export const GUARDIAN = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC";
export const ADMIN = "ST2NEB84ASENDXKYGJPQW86YXQCEFEX2ZQPG87ND";
export const STRANGER = "ST2REHHS5J3CERCRBEPMGH7921Q6PYKAADT7JP2VB";
/** Server's and chain's clock, ms: everything in the population has happened by now. */
export const NOW = 1_800_000_000_000;

export interface Product {
  databaseFile: string;
  engine: Engine;
  store: RewindingStore;
  population: Population;
  /** What nobody may ever be told. */
  secrets: string[];
  pushSecret: string;
  /** A session's, of whoever has this address. */
  tokenOf(address: string): Promise<string>;
  close(): Promise<void>;
}

export type Secrets = Awaited<ReturnType<typeof makeSecrets>>;

export async function openProduct(folder: string): Promise<Product> {
  const databaseFile = path.join(folder, "product.sqlite3");
  const secrets = await makeSecrets();
  const ignore = () => {};
  const store = new RewindingStore(databaseFile, "NORMAL");
  const engine = new Engine(store, () => NOW, ignore, ignore);
  await engine.setEnvironment(Object.entries(environment(secrets)).map(([name, value]) => ({ name, value })));
  await engine.deploy(deploymentFor(secrets));
  const population = await Population.of(engine, 20);
  await sees(engine, "sync/loop:finishCycle", { lease: LEASE, observation: population.look([]) });
  await makePrices(engine);
  store.settle();
  const { authoriserPrivateKey, servicePrivateKey, challengeSecret, pushSecret, sessionPrivateKeyPem } = secrets;
  const [, pemLine = ""] = sessionPrivateKeyPem.split("\n");
  const guarded = [authoriserPrivateKey, servicePrivateKey, challengeSecret, pushSecret, pemLine];
  const tokenOf = (address: string) => issued(address, sessionPrivateKeyPem);
  const close = () => engine.close();
  return { databaseFile, engine, store, population, secrets: guarded, pushSecret, tokenOf, close };
}

async function issued(address: string, privateKeyPem: string): Promise<string> {
  const at = NOW / 1_000;
  return new SignJWT()
    .setProtectedHeader({ alg: "RS256", kid: SESSION_KEY_ID, typ: "JWT" })
    .setIssuer(ISSUER)
    .setSubject(address)
    .setAudience(SESSION_AUDIENCE)
    .setIssuedAt(at)
    .setExpirationTime(at + 100 * 86_400)
    .sign(await importPKCS8(privateKeyPem, "RS256"));
}

function environment(secrets: Secrets): Record<string, string> {
  return {
    ...environmentOf(secrets, localDeployment(DEPLOYER), NO_NODE),
    ...signingKeysOf(secrets),
    PRICE_SOURCES: "",
    OPERATOR_PRINCIPALS: OPERATOR,
    GUARDIAN_PRINCIPALS: GUARDIAN,
    ADMIN_PRINCIPALS: ADMIN,
  };
}

/** What the run has pushed, without crons, which run whenever they like; sessions are of these secrets. */
function deploymentFor({ sessionJwks: jwks }: Secrets): Deployment {
  const pushed = pushedDeployment();
  return {
    ...pushed,
    modules: pushed.modules.filter((module) => module.path !== "crons.js"),
    authProviders: pushed.authProviders.map((provider) => ({ ...provider, issuer: ISSUER, jwks })),
  };
}

/** Two sources agree, so that policies can be sold. */
async function makePrices(engine: Engine): Promise<void> {
  const said = { publishedAtMs: NOW, confidenceUsdMicros: null };
  const quotes = (priceUsdMicros: bigint) => ["one", "two"].map((source) => ({ source, priceUsdMicros, ...said }));
  const looks = [
    { underlying: "BTC", quotes: quotes(BTC.calm) },
    { underlying: "STX", quotes: quotes(2_000_000n) },
  ];
  await sees(engine, "prices/record:recordLook", { looks });
}

/** What the product's own loops would tell it, had they anybody to ask. */
async function sees(engine: Engine, path: string, args: object): Promise<void> {
  const call = { path, args: convexToJson(args as Value) };
  resultOf(await run(engine, "mutation", call, { identity: null, isAdmin: true }));
}

export function run(engine: Engine, kind: FunctionKind, call: FunctionCall, caller: Caller): Promise<Outcome> {
  if (kind === "query") return engine.runQuery(call, caller);
  return kind === "mutation" ? engine.runMutation(call, caller) : engine.runAction(call, caller);
}

export function resultOf(outcome: Outcome): Value {
  if (outcome.ok) return jsonToConvex(JSON.parse(outcome.valueJson));
  throw new Error(outcome.message);
}

/** Somebody signed in, or with null nobody. */
export function callerOf(who: string | null): Caller {
  if (who === null) return { identity: null, isAdmin: false };
  const identity = { issuer: ISSUER, subject: who, tokenIdentifier: `${ISSUER}|${who}` };
  return { identity, isAdmin: false };
}
