/**
 * What the rights matrix is tried on: the product on the real host with a population in its books, sessions good and bad, and
 * who they belong to. Remembers each cell that was tried: a function, who asked, by which credential.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { ConvexError } from "convex/values";
import { exportPKCS8, generateKeyPair, importPKCS8, type JWTPayload, SignJWT } from "jose";
import { expect } from "vitest";
import type { Role } from "../../convex/settings";
import { SESSION_AUDIENCE, SESSION_KEY_ID } from "../../src/domain/session";
import { CALLER, Population } from "../../src/local/bench/population";
import { Product, pushProduct } from "../../src/local/bench/product";
import type { DeployedFunction } from "../../src/local/host/component";
import { type HostHandle, startHost } from "../../src/local/host/host";
import { setEnvironment } from "../../src/local/stack";
import { type Right, rightsOver } from "./rights";

export { CALLER };
export const STRANGER = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG";
/** One address a role. */
export const WHO: Record<Role, string> = {
  operator: "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM",
  guardian: "ST2NEB84ASENDXKYGJPQW86YXQCEFEX2ZQPG87ND",
  admin: "ST2REHHS5J3CERCRBEPMGH7921Q6PYKAADT7JP2VB",
};
export const ROLES = Object.keys(WHO) as Role[];
/** Who is given each role by the deployment's environment. */
const PRINCIPALS = { operator: "OPERATOR_PRINCIPALS", guardian: "GUARDIAN_PRINCIPALS", admin: "ADMIN_PRINCIPALS" };
const ADMIN_KEY = "rights|key";

/** Somebody who asks, by a name that stands for it among the cells. */
export interface Caller {
  name: string;
  client: ConvexHttpClient;
}

export class RightsStage {
  /** Every cell that was tried. */
  readonly tried = new Set<string>();

  private constructor(
    readonly host: HostHandle,
    readonly functions: DeployedFunction[],
    readonly rights: Record<string, Right>,
    private readonly environment: Map<string, string>,
    private readonly databaseFile: string,
    private readonly folder: string,
  ) {}

  static async open(): Promise<RightsStage> {
    const folder = mkdtempSync(path.join(tmpdir(), "rights-"));
    const databaseFile = await pushProduct(folder);
    const product = await Product.open(databaseFile, "NORMAL");
    const population = await Population.of(product.engine, 0);
    const rights = rightsOver({
      provider: CALLER,
      commitmentId: population.lastCommitment,
      withdrawalId: population.lastWithdrawal,
    });
    const functions = [...(product.engine.installation?.app.functions.values() ?? [])];
    const environment = new Map(product.engine.environment);
    await product.close();
    const host = await startHost({ databaseFile, port: 0, sitePort: 0, adminKey: ADMIN_KEY });
    const stage = new RightsStage(host, functions, rights, environment, databaseFile, folder);
    for (const role of ROLES) await stage.appoint(role, WHO[role]);
    return stage;
  }

  async close() {
    await this.host.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  appoint(role: Role, principals: string) {
    return setEnvironment(this.host, { [PRINCIPALS[role]]: principals });
  }

  /** A session token as `session.signIn` issues them, but for what a test changes of it. */
  async token(claims: JWTPayload = {}, privateKeyPem = this.environment.get("AUTH_PRIVATE_KEY") as string) {
    const now = Math.floor(Date.now() / 1_000);
    const iss = this.environment.get("AUTH_ISSUER");
    const usual = { iss, sub: STRANGER, aud: SESSION_AUDIENCE, iat: now, exp: now + 600 };
    return new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: SESSION_KEY_ID, typ: "JWT" })
      .sign(await importPKCS8(privateKeyPem, "RS256"));
  }

  /** Each of them claims to be somebody with rights. */
  async badToken(kind: BadCredential, sub: string): Promise<string> {
    switch (kind) {
      case "an expired token":
        return this.token({ sub, exp: Math.floor(Date.now() / 1_000) - 60 });
      case "a foreign issuer's token":
        return this.token({ sub, iss: "https://elsewhere.invalid" });
      case "a token for another audience":
        return this.token({ sub, aud: "elsewhere" });
      case "a token under a foreign key":
        return this.token({ sub }, await foreignKey());
      case "a token that is none":
        return "e30.e30.e30";
    }
  }

  caller(name: string, credential: string | null): Caller {
    const client = new ConvexHttpClient(this.host.url, { logger: false });
    if (credential !== null) client.setAuth(credential);
    return { name, client };
  }

  adminKey(): Caller {
    const caller = this.caller("who has the admin key", null);
    (caller.client as ConvexHttpClient & { setAdminAuth(key: string): void }).setAdminAuth(ADMIN_KEY);
    return caller;
  }

  /** What the function gives, or what its caller is told. */
  async ask({ name: who, client }: Caller, { path: name, kind }: DeployedFunction, args = this.argsOf(name)) {
    this.tried.add(cellOf(name, who));
    const reference = makeFunctionReference<typeof kind>(name.replace(".js:", ":"));
    const call = client[kind].bind(client) as (called: unknown, given: unknown) => Promise<unknown>;
    return call(reference, args).then(
      (value) => ({ value }),
      (error) => ({ refused: error instanceof ConvexError ? (error.data.code as string) : (error as Error).message }),
    );
  }

  private argsOf(name: string): Right["args"] {
    return this.rights[name]?.args ?? {};
  }

  those(may: Right["may"]): DeployedFunction[] {
    return this.functions.filter(({ path: name }) => this.rights[name]?.may === may);
  }

  /** What only roles may; of one role: what it may. */
  ofRoles(role?: Role): DeployedFunction[] {
    return this.functions.filter(({ path: name }) => {
      const may = this.rights[name]?.may;
      return Array.isArray(may) && (role === undefined || may.includes(role));
    });
  }

  /** All documents, or those that a text occurs in. */
  private documents(about: string): string[] {
    const database = new DatabaseSync(this.databaseFile, { readOnly: true });
    const rows = database
      .prepare(`SELECT documents.json FROM documents JOIN tables ON tables.number = documents.tableNumber
        WHERE component = '' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY documents.id`)
      .all();
    database.close();
    return rows.map(({ json }) => String(json)).filter((json) => json.includes(about));
  }

  async changesNothing(work: () => Promise<void>, about = "") {
    const before = this.documents(about);
    expect(before.length).toBeGreaterThan(10);
    await work();
    const after = this.documents(about);
    const [known, kept] = [new Set(before), new Set(after)];
    const changed = [...after.filter((json) => !known.has(json)), ...before.filter((json) => !kept.has(json))];
    expect(changed).toEqual([]);
  }
}

export const cellOf = (name: string, who: string) => `${name} by ${who}`;

const foreignKey = async () => exportPKCS8((await generateKeyPair("RS256", { extractable: true })).privateKey);

export const BAD_CREDENTIALS = [
  "an expired token",
  "a foreign issuer's token",
  "a token for another audience",
  "a token under a foreign key",
  "a token that is none",
] as const;
export type BadCredential = (typeof BAD_CREDENTIALS)[number];
