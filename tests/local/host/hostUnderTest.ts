/**
 * A host on free ports with its own database and its own copy of the fixture project, driven by the official clients and
 * CLI only, and the token issuer that the project's auth.config trusts.
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ConvexClient, type ConvexClientOptions, ConvexHttpClient } from "convex/browser";
import { type ApiFromModules, anyApi } from "convex/server";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { WebSocket } from "ws";
import { type CliResult, pushWithCli, runConvexCli } from "../../../src/local/host/cliPush";
import { type HostHandle, type HostOptions, startHost } from "../../../src/local/host/host";
import type * as notesModule from "../../fixtures/hostProject/convex/notes";

/** The fixture project's functions, typed as its own generated api would be. */
export const { notes } = anyApi as unknown as ApiFromModules<{ notes: typeof notesModule }>;
export const ADMIN_KEY = "host|secret:key";
export const ISSUER = "https://issuer.example";
const FIXTURES = path.resolve(import.meta.dirname, "../../fixtures");
const { publicKey, privateKey } = await generateKeyPair("ES256");

export function tokenFor(subject: string, claims: JWTPayload = {}, header = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: ISSUER, aud: "host-project", iat: now, exp: now + 3600, ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "ES256", kid: "k1", typ: "JWT", ...header })
    .setSubject(subject)
    .sign(privateKey);
}

export class HostUnderTest {
  readonly folder = mkdtempSync(path.join(tmpdir(), "convex-host-"));
  readonly project = path.join(this.folder, "project");
  readonly logs: string[] = [];
  handle!: HostHandle;
  readonly #clients: ConvexClient[] = [];

  static async start(options: Partial<HostOptions> = {}, fixture = "hostProject"): Promise<HostUnderTest> {
    const host = new HostUnderTest();
    cpSync(path.join(FIXTURES, fixture), host.project, { recursive: true });
    symlinkSync(path.resolve("node_modules"), path.join(host.project, "node_modules"));
    await host.open(options);
    return host;
  }

  async open(options: Partial<HostOptions> = {}): Promise<void> {
    this.handle = await startHost({
      databaseFile: path.join(this.folder, "data.sqlite"),
      port: 0,
      sitePort: 0,
      adminKey: ADMIN_KEY,
      onLog: (line) => this.logs.push(line),
      ...options,
    });
  }

  /** The fixture project with the environment that it needs. */
  static async deployed(options: Partial<HostOptions> = {}): Promise<HostUnderTest> {
    const host = await HostUnderTest.start(options);
    await host.setEnvironment({ TEST_ISSUER: ISSUER, TEST_JWKS: await jwks() });
    await host.push();
    return host;
  }

  async setEnvironment(variables: Record<string, string | null>): Promise<Response> {
    const changes = Object.entries(variables).map(([name, value]) => ({ name, value }));
    return this.post("/api/update_environment_variables", JSON.stringify({ changes }), `Convex ${ADMIN_KEY}`);
  }

  push(): Promise<void> {
    return pushWithCli({ url: this.handle.url, adminKey: ADMIN_KEY, cwd: this.project });
  }

  cli(...command: string[]): Promise<CliResult> {
    return runConvexCli(command, { url: this.handle.url, adminKey: ADMIN_KEY, cwd: this.project });
  }

  post(route: string, body: string | Uint8Array<ArrayBuffer>, authorization?: string): Promise<Response> {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (authorization !== undefined) headers.authorization = authorization;
    return fetch(this.handle.url + route, { method: "POST", headers, body });
  }

  http(auth?: string): ConvexHttpClient {
    return new ConvexHttpClient(this.handle.url, { logger: false, ...(auth === undefined ? {} : { auth }) });
  }

  client(options: ConvexClientOptions = {}): ConvexClient {
    const client = new ConvexClient(this.handle.url, {
      webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
      logger: false,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.splice(0)) await client.close();
    await this.handle.close();
    rmSync(this.folder, { recursive: true });
  }
}

export async function jwks(): Promise<string> {
  const key = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" };
  return `data:text/plain;charset=utf-8;base64,${Buffer.from(JSON.stringify({ keys: [key] })).toString("base64")}`;
}

/** Waits until a condition holds; fails loudly instead of hanging. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
