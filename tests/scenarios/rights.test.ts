/**
 * The rights matrix over the real host and Convex's own client: every function of convex/, asked by everybody who could.
 * What is refused changes nothing.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { ConvexError, convexToJson } from "convex/values";
import { exportPKCS8, generateKeyPair, importPKCS8, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../../convex/settings";
import { SESSION_AUDIENCE, SESSION_KEY_ID } from "../../src/domain/session";
import { CALLER, Population } from "../../src/local/bench/population";
import { Product, pushProduct } from "../../src/local/bench/product";
import type { DeployedFunction } from "../../src/local/host/component";
import { type HostHandle, startHost } from "../../src/local/host/host";
import { setEnvironment } from "../../src/local/stack";
import { type Right, rightsOver } from "./rights";

const STRANGER = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG";
/** One address a role. */
const WHO: Record<Role, string> = {
  operator: "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM",
  guardian: "ST2NEB84ASENDXKYGJPQW86YXQCEFEX2ZQPG87ND",
  admin: "ST2REHHS5J3CERCRBEPMGH7921Q6PYKAADT7JP2VB",
};
const ROLES = Object.keys(WHO) as Role[];
/** Who is given each role by the deployment's environment. */
const PRINCIPALS = { operator: "OPERATOR_PRINCIPALS", guardian: "GUARDIAN_PRINCIPALS", admin: "ADMIN_PRINCIPALS" };
const ADMIN_KEY = "rights|key";
const folder = mkdtempSync(path.join(tmpdir(), "rights-"));
let databaseFile: string;
let host: HostHandle;
let environment: Map<string, string>;
let functions: DeployedFunction[];
let rights: Record<string, Right>;

beforeAll(async () => {
  databaseFile = await pushProduct(folder);
  const product = await Product.open(databaseFile, "NORMAL");
  const population = await Population.of(product.engine, 0);
  rights = rightsOver({
    provider: CALLER,
    commitmentId: population.lastCommitment,
    withdrawalId: population.lastWithdrawal,
  });
  functions = [...(product.engine.installation?.app.functions.values() ?? [])];
  environment = new Map(product.engine.environment);
  await product.close();
  host = await startHost({ databaseFile, port: 0, sitePort: 0, adminKey: ADMIN_KEY });
  for (const role of ROLES) await appoint(role, WHO[role]);
}, 400_000);
afterAll(async () => {
  await host?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A session token as `session.signIn` issues them, but for what a test changes of it. */
async function token(claims: JWTPayload = {}, privateKeyPem = environment.get("AUTH_PRIVATE_KEY") as string) {
  const now = Math.floor(Date.now() / 1_000);
  const usual = { iss: environment.get("AUTH_ISSUER"), sub: STRANGER, aud: SESSION_AUDIENCE, iat: now, exp: now + 600 };
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg: "RS256", kid: SESSION_KEY_ID, typ: "JWT" })
    .sign(await importPKCS8(privateKeyPem, "RS256"));
}

const foreignKey = async () => exportPKCS8((await generateKeyPair("RS256", { extractable: true })).privateKey);

/** Each of them claims to be somebody with rights: the provider whose money is in the vault, the operator. */
const BAD_CREDENTIALS: [string, (sub: string) => Promise<string>][] = [
  ["an expired token", (sub) => token({ sub, exp: Math.floor(Date.now() / 1_000) - 60 })],
  ["a foreign issuer's token", (sub) => token({ sub, iss: "https://elsewhere.invalid" })],
  ["a token for another audience", (sub) => token({ sub, aud: "elsewhere" })],
  ["a token under a foreign key", async (sub) => token({ sub }, await foreignKey())],
  ["a token that is none", async () => "e30.e30.e30"],
];

const appoint = (role: Role, principals: string) => setEnvironment(host, { [PRINCIPALS[role]]: principals });

function client(credential: string | null): ConvexHttpClient {
  const made = new ConvexHttpClient(host.url, { logger: false });
  if (credential !== null) made.setAuth(credential);
  return made;
}

function adminKeysClient(): ConvexHttpClient {
  const made = client(null) as ConvexHttpClient & { setAdminAuth(key: string): void };
  made.setAdminAuth(ADMIN_KEY);
  return made;
}

/** What the function gives, or what its caller is told. */
async function ask(who: ConvexHttpClient, { path: name, kind }: DeployedFunction, args: Right["args"]) {
  const reference = makeFunctionReference<typeof kind>(name.replace(".js:", ":"));
  const call = who[kind].bind(who) as (called: unknown, given: unknown) => Promise<unknown>;
  return call(reference, args).then(
    (value) => ({ value }),
    (error) => ({ refused: error instanceof ConvexError ? (error.data.code as string) : (error as Error).message }),
  );
}

const argsOf = ({ path: name }: DeployedFunction) => rights[name]?.args ?? {};
const those = (may: Right["may"]) => functions.filter(({ path: name }) => rights[name]?.may === may);
const mayOf = ({ path: name }: DeployedFunction) => rights[name]?.may;
/** What only roles may; of one role: what it may. */
const ofRoles = (role?: Role) =>
  functions.filter((called) => {
    const may = mayOf(called);
    return Array.isArray(may) && (role === undefined || may.includes(role));
  });

/** All documents, or those that a text occurs in. */
function documents(about = ""): string[] {
  const database = new DatabaseSync(databaseFile, { readOnly: true });
  const rows = database
    .prepare(`SELECT documents.json FROM documents JOIN tables ON tables.number = documents.tableNumber
      WHERE component = '' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY documents.id`)
    .all();
  database.close();
  return rows.map(({ json }) => String(json)).filter((json) => json.includes(about));
}

async function changesNothing(work: () => Promise<void>, about = "") {
  const before = documents(about);
  expect(before.length).toBeGreaterThan(10);
  await work();
  const after = documents(about);
  const [known, kept] = [new Set(before), new Set(after)];
  const changed = [...after.filter((json) => !known.has(json)), ...before.filter((json) => !kept.has(json))];
  expect(changed).toEqual([]);
}

test("every function has a row, and what only the admin key may is not public", () => {
  expect(functions.map(({ path: name }) => name).sort()).toEqual(Object.keys(rights).sort());
  const mistaken = functions.filter(({ path: name, isPublic }) => isPublic === (rights[name]?.may === "adminKey"));
  expect(mistaken.map(({ path: name }) => name)).toEqual([]);
});

describe.each([
  ["anonymous", async () => client(null)],
  ["a stranger who is signed in", async () => client(await token())],
  ["the provider whose money it is", async () => client(await token({ sub: CALLER }))],
  ["an operator", async () => client(await token({ sub: WHO.operator }))],
  ["a guardian", async () => client(await token({ sub: WHO.guardian }))],
  ["an admin", async () => client(await token({ sub: WHO.admin }))],
] as const)("%s", (_who, open) => {
  test("reaches nothing internal, and is not told that it is there", () =>
    changesNothing(async () => {
      const who = await open();
      for (const called of those("adminKey")) {
        expect([called.path, await ask(who, called, argsOf(called))]).toEqual([
          called.path,
          {
            refused: expect.stringContaining(
              `Could not find public function for '${called.path.replace(".js:", ":")}'`,
            ),
          },
        ]);
      }
    }));

  test("sees what is public", async () => {
    const who = await open();
    for (const called of those("anyone").filter(({ kind }) => kind === "query")) {
      const { refused } = rights[called.path] ?? {};
      const told = refused === undefined ? { value: expect.anything() } : { refused };
      expect([called.path, await ask(who, called, argsOf(called))]).toEqual([called.path, told]);
    }
  });

  test("signs nobody in without the wallet's signature", () =>
    changesNothing(async () => {
      const who = await open();
      const signIn = those("anyone").find(({ path: name }) => name === "session.js:signIn") as DeployedFunction;
      expect(await ask(who, signIn, argsOf(signIn))).toEqual({ refused: "CHALLENGE_INVALID" });
    }));
});

test("nobody without a session gets anything of a provider's, or does anything in its name", () =>
  changesNothing(async () => {
    expect(those("provider").length).toBeGreaterThan(6);
    for (const called of those("provider")) {
      expect([called.path, await ask(client(null), called, argsOf(called))]).toEqual([
        called.path,
        { refused: "NOT_SIGNED_IN" },
      ]);
    }
  }));

test("a stranger changes and sees nothing of another provider's", () =>
  changesNothing(async () => {
    const stranger = client(await token());
    for (const called of those("provider")) {
      const { args, stranger: told } = rights[called.path] as Right;
      const answer = await ask(stranger, called, args);
      const expected = told === null ? { value: expect.anything() } : { refused: told };
      expect([called.path, answer]).toEqual([called.path, expected]);
      if (told !== null || called.kind !== "query") continue;
      expect(JSON.stringify(convexToJson((answer as { value: never }).value))).not.toContain(CALLER);
    }
  }, CALLER));

test("the same requests are the provider's own right", async () => {
  const provider = client(await token({ sub: CALLER }));
  const asked = those("provider").filter(({ path: name }) => /getProviderPortfolio|cancelCommitment/.test(name));
  for (const called of asked) {
    expect([called.path, await ask(provider, called, argsOf(called))]).toEqual([
      called.path,
      { value: called.kind === "query" ? expect.objectContaining({ address: CALLER }) : null },
    ]);
  }
});

test("what roles may, nobody else may", () =>
  changesNothing(async () => {
    expect(ofRoles().length).toBeGreaterThan(5);
    const [stranger, provider] = [client(await token()), client(await token({ sub: CALLER }))];
    for (const called of ofRoles()) {
      const answers = await Promise.all(
        [client(null), stranger, provider].map((who) => ask(who, called, argsOf(called))),
      );
      expect([called.path, ...answers]).toEqual([
        called.path,
        { refused: "NOT_SIGNED_IN" },
        { refused: "NOT_ALLOWED" },
        { refused: "NOT_ALLOWED" },
      ]);
    }
  }));

test.each(ROLES)("%s: what is its own is answered, what is another role's is refused", (role) =>
  changesNothing(async () => {
    const who = client(await token({ sub: WHO[role] }));
    const may = ofRoles(role);
    expect(may.length).toBeGreaterThan(3);
    for (const called of ofRoles()) {
      const { told } = rights[called.path] as Right;
      const own = told === null ? expect.not.objectContaining({ refused: expect.anything() }) : { refused: told };
      const expected = may.includes(called) ? own : { refused: "NOT_ALLOWED" };
      expect([called.path, await ask(who, called, argsOf(called))]).toEqual([called.path, expected]);
    }
  }),
);

test("no role gets or moves anything of a provider's by being one", () =>
  changesNothing(async () => {
    for (const role of ROLES) {
      const who = client(await token({ sub: WHO[role] }));
      const asked = those("provider").filter(({ path: name }) => typeof rights[name]?.stranger === "string");
      expect(asked.length).toBeGreaterThan(6);
      for (const called of asked) {
        expect([role, called.path, await ask(who, called, argsOf(called))]).toEqual([
          ...[role, called.path],
          { refused: rights[called.path]?.stranger },
        ]);
      }
    }
  }, CALLER));

test("who is taken out of the environment has lost the role with the next call, and has it again with the one after", async () => {
  for (const role of ROLES) {
    const who = client(await token({ sub: WHO[role] }));
    const called = ofRoles(role).find(({ path: name }) => name === "operations.js:getBreakers");
    if (!called) throw new Error(`${role} sees nothing`);
    for (const [principals, answer] of [
      ["", { refused: "NOT_ALLOWED" }],
      [`${CALLER},${STRANGER}`, { refused: "NOT_ALLOWED" }],
      [`${STRANGER}, ${WHO[role]}`, { value: expect.anything() }],
    ] as const) {
      await appoint(role, principals);
      expect([role, principals, await ask(who, called, argsOf(called))]).toEqual([role, principals, answer]);
    }
    await appoint(role, WHO[role]);
  }
});

describe.each([
  ["the provider", CALLER],
  ["the operator", WHO.operator],
])("claiming to be %s", (_who, claimed) => {
  test.each(BAD_CREDENTIALS)("%s is worth nothing: not even what is public is given for it", (_name, credential) =>
    changesNothing(async () => {
      const who = client(await credential(claimed));
      for (const called of functions) {
        const answer = await ask(who, called, argsOf(called));
        expect([called.path, answer]).toEqual([called.path, { refused: expect.stringMatching(/auth|token|JWT/i) }]);
      }
    }),
  );
});

/** Of everything, in the whole past of the bench's providers. */
const STATEMENT = "/v1/statement?from=2020-01-01&to=2030-01-01&format=json";

test("a statement over HTTP is its owner's: the bearer token says whose, and a bad one opens nobody's", () =>
  changesNothing(async () => {
    const fetched = async (credential: string | null) => {
      const headers: Record<string, string> = credential === null ? {} : { authorization: `Bearer ${credential}` };
      const response = await fetch(host.siteUrl + STATEMENT, { headers });
      return { status: response.status, text: await response.text() };
    };
    const own = await fetched(await token({ sub: CALLER }));
    expect(own.status).toBe(200);
    expect(JSON.parse(own.text)).toMatchObject({ provider: CALLER });
    expect(JSON.parse(own.text).lines.length).toBeGreaterThan(6);
    const strangers = await fetched(await token());
    expect(JSON.parse(strangers.text)).toMatchObject({ provider: STRANGER, opening: [], lines: [], closing: [] });
    for (const credential of [null, "", ...(await Promise.all(BAD_CREDENTIALS.map(([, make]) => make(CALLER))))]) {
      const { status, text } = await fetched(credential);
      expect([credential, status]).toEqual([credential, 401]);
      expect(text).not.toContain(CALLER);
    }
  }));

test("the admin key reaches everything internal, with arguments that are checked", () =>
  changesNothing(async () => {
    // What the migrations' component makes does with its arguments what it likes.
    for (const called of those("adminKey").filter(({ path: name }) => name !== "migrations.js:run")) {
      expect([called.path, await ask(adminKeysClient(), called, { nonsense: 1 })]).toEqual([
        called.path,
        { refused: expect.stringContaining("ArgumentValidationError") },
      ]);
    }
  }));
