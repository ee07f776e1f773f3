/**
 * The rights matrix over the real host and Convex's own client: every function of convex/, asked by everybody who could, and
 * with every bad credential. What is refused changes nothing.
 */
import { convexToJson } from "convex/values";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeployedFunction } from "../../src/local/host/component";
import { tally } from "../trials/trial";
import { BAD_CREDENTIALS, CALLER, type Caller, cellOf, RightsStage, ROLES, STRANGER, WHO } from "./rightsStage";

const CALLERS = {
  anonymous: null,
  "a stranger who is signed in": STRANGER,
  "the provider whose money it is": CALLER,
  "an operator": WHO.operator,
  "a guardian": WHO.guardian,
  "an admin": WHO.admin,
};
type CallerName = keyof typeof CALLERS;
const NAMES = Object.keys(CALLERS) as CallerName[];
const NAME_OF = { operator: "an operator", guardian: "a guardian", admin: "an admin" } as const;
const CLAIMED = { "the provider": CALLER, "the operator": WHO.operator };
let stage: RightsStage;

beforeAll(async () => {
  stage = await RightsStage.open();
});
afterAll(() => stage?.close());

async function open(name: CallerName): Promise<Caller> {
  const sub = CALLERS[name];
  return stage.caller(name, sub === null ? null : await stage.token({ sub }));
}

const rightOf = ({ path: name }: DeployedFunction) => stage.rights[name];

test("every function has a row, and what only the admin key may is not public", () => {
  const { functions, rights } = stage;
  expect(functions.map(({ path: name }) => name).sort()).toEqual(Object.keys(rights).sort());
  const mistaken = functions.filter(({ path: name, isPublic }) => isPublic === (rights[name]?.may === "adminKey"));
  expect(mistaken.map(({ path: name }) => name)).toEqual([]);
});

describe.each(NAMES)("%s", (name) => {
  test("reaches nothing internal, and is not told that it is there", () =>
    stage.changesNothing(async () => {
      const who = await open(name);
      for (const called of stage.those("adminKey")) {
        const refused = `Could not find public function for '${called.path.replace(".js:", ":")}'`;
        const answer = await stage.ask(who, called);
        expect([called.path, answer]).toEqual([called.path, { refused: expect.stringContaining(refused) }]);
      }
    }));

  test("gets what is public, and signs nobody in without the wallet's signature", () =>
    stage.changesNothing(async () => {
      const who = await open(name);
      for (const called of stage.those("anyone")) {
        const refused = called.path === "session.js:signIn" ? "CHALLENGE_INVALID" : rightOf(called)?.refused;
        const told = refused === undefined ? { value: expect.anything() } : { refused };
        expect([called.path, await stage.ask(who, called)]).toEqual([called.path, told]);
      }
    }));
});

test("nobody without a session gets anything of a provider's, or does anything in its name", () =>
  stage.changesNothing(async () => {
    expect(stage.those("provider").length).toBeGreaterThan(6);
    const who = await open("anonymous");
    for (const called of stage.those("provider")) {
      expect([called.path, await stage.ask(who, called)]).toEqual([called.path, { refused: "NOT_SIGNED_IN" }]);
    }
  }));

test.each(["a stranger who is signed in", "an operator", "a guardian", "an admin"] as const)(
  "%s changes and sees nothing of another provider's, whatever its role",
  (name) =>
    stage.changesNothing(async () => {
      const who = await open(name);
      for (const called of stage.those("provider")) {
        const told = rightOf(called)?.stranger ?? null;
        const answer = await stage.ask(who, called);
        const expected = told === null ? { value: expect.anything() } : { refused: told };
        expect([called.path, answer]).toEqual([called.path, expected]);
        if (told !== null || called.kind !== "query") continue;
        expect(JSON.stringify(convexToJson((answer as { value: never }).value))).not.toContain(CALLER);
      }
    }, CALLER),
);

test("what roles may, nobody else may", () =>
  stage.changesNothing(async () => {
    expect(stage.ofRoles().length).toBeGreaterThan(5);
    const callers = await Promise.all(NAMES.slice(0, 3).map(open));
    for (const called of stage.ofRoles()) {
      const answers = await Promise.all(callers.map((who) => stage.ask(who, called)));
      const [nobody, other] = [{ refused: "NOT_SIGNED_IN" }, { refused: "NOT_ALLOWED" }];
      expect([called.path, ...answers]).toEqual([called.path, nobody, other, other]);
    }
  }));

test.each(ROLES)("%s: what is its own is answered, what is another role's is refused", (role) =>
  stage.changesNothing(async () => {
    const who = await open(NAME_OF[role]);
    const may = stage.ofRoles(role);
    expect(may.length).toBeGreaterThan(3);
    for (const called of stage.ofRoles()) {
      const told = rightOf(called)?.told;
      const own = told === null ? expect.not.objectContaining({ refused: expect.anything() }) : { refused: told };
      const expected = may.includes(called) ? own : { refused: "NOT_ALLOWED" };
      expect([called.path, await stage.ask(who, called)]).toEqual([called.path, expected]);
    }
  }),
);

test("who is taken out of the environment has lost the role with the next call, and has it again with the one after", async () => {
  for (const role of ROLES) {
    const who = await open(NAME_OF[role]);
    const called = stage.ofRoles(role).find(({ path: name }) => name === "operations.js:getBreakers");
    if (!called) throw new Error(`${role} sees nothing`);
    for (const [principals, answer] of [
      ["", { refused: "NOT_ALLOWED" }],
      [`${CALLER},${STRANGER}`, { refused: "NOT_ALLOWED" }],
      [`${STRANGER}, ${WHO[role]}`, { value: expect.anything() }],
    ] as const) {
      await stage.appoint(role, principals);
      expect([role, principals, await stage.ask(who, called)]).toEqual([role, principals, answer]);
    }
    await stage.appoint(role, WHO[role]);
  }
});

const falseName = (bad: string, claimed: string) => `who claims to be ${claimed} with ${bad}`;

describe.each(Object.entries(CLAIMED))("claiming to be %s", (claimed, sub) => {
  test.each(BAD_CREDENTIALS)("%s is worth nothing: not even what is public is given for it", (bad) =>
    stage.changesNothing(async () => {
      const who = stage.caller(falseName(bad, claimed), await stage.badToken(bad, sub));
      for (const called of stage.functions) {
        const refused = { refused: expect.stringMatching(/auth|token|JWT/i) };
        expect([called.path, await stage.ask(who, called)]).toEqual([called.path, refused]);
      }
    }),
  );
});

/** Of everything, in the whole past of the bench's providers. */
const STATEMENT = "/v1/statement?from=2020-01-01&to=2030-01-01&format=json";

test("a statement over HTTP is its owner's: the bearer token says whose, and a bad one opens nobody's", () =>
  stage.changesNothing(async () => {
    const fetched = async (credential: string | null) => {
      const headers: Record<string, string> = credential === null ? {} : { authorization: `Bearer ${credential}` };
      const response = await fetch(stage.host.siteUrl + STATEMENT, { headers });
      return { status: response.status, text: await response.text() };
    };
    const own = await fetched(await stage.token({ sub: CALLER }));
    expect(own.status).toBe(200);
    expect(JSON.parse(own.text)).toMatchObject({ provider: CALLER });
    expect(JSON.parse(own.text).lines.length).toBeGreaterThan(6);
    const strangers = await fetched(await stage.token());
    const nothing = { opening: [], lines: [], closing: [] };
    expect(JSON.parse(strangers.text)).toMatchObject({ provider: STRANGER, ...nothing });
    const bad = await Promise.all(BAD_CREDENTIALS.map((kind) => stage.badToken(kind, CALLER)));
    for (const credential of [null, "", ...bad]) {
      const { status, text } = await fetched(credential);
      expect([credential, status]).toEqual([credential, 401]);
      expect(text).not.toContain(CALLER);
    }
  }));

test("the admin key reaches everything internal, with arguments that are checked", () =>
  stage.changesNothing(async () => {
    const who = stage.adminKey();
    // What the migrations' component makes does with its arguments what it likes.
    for (const called of stage.those("adminKey").filter(({ path: name }) => name !== "migrations.js:run")) {
      const refused = { refused: expect.stringContaining("ArgumentValidationError") };
      expect([called.path, await stage.ask(who, called, { nonsense: 1 })]).toEqual([called.path, refused]);
    }
  }));

test("the same requests are the provider's own right", async () => {
  const who = await open("the provider whose money it is");
  for (const called of stage.those("provider")) {
    const answer = await stage.ask(who, called);
    const denied = ["NOT_SIGNED_IN", "NOT_ALLOWED", "NO_COMMITMENT", "NO_WITHDRAWAL", "NO_POSITION"];
    if ("refused" in answer)
      expect([called.path, denied]).not.toEqual([called.path, expect.arrayContaining([answer.refused])]);
    if (called.path === "liquidity.js:getProviderPortfolio")
      expect(answer).toMatchObject({ value: { address: CALLER } });
    if (called.path === "liquidity.js:cancelCommitment") expect(answer).toEqual({ value: null });
  }
});

test("no cell was left out", () => {
  const bad = Object.keys(CLAIMED).flatMap((claimed) => BAD_CREDENTIALS.map((kind) => falseName(kind, claimed)));
  const cells = stage.functions.flatMap(({ path: name }) => [...NAMES, ...bad].map((who) => cellOf(name, who)));
  expect(cells.filter((cell) => !stage.tried.has(cell))).toEqual([]);
  const { length: functions } = stage.functions;
  tally("rights", { done: cells.length, also: { functions, callers: NAMES.length, badCredentials: bad.length } });
});
