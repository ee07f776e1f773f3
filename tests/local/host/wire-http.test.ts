/** The API and site ports, by the official HTTP client where it can, by plain requests where it would not. */
import { ConvexError } from "convex/values";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_KEY, HostUnderTest, notes, tokenFor } from "./hostUnderTest";

let host: HostUnderTest;

beforeAll(async () => {
  host = await HostUnderTest.deployed();
});
afterAll(() => host.stop());

describe("ConvexHttpClient", () => {
  test("runs queries, mutations and actions, bigints and all", async () => {
    const http = host.http();
    expect(await http.mutation(notes.add, { list: "http", text: "one", weight: 2n ** 62n })).toBe(3);
    expect(await http.action(notes.addSlowly, { list: "http", text: "two", delayMs: 1 })).toBe("added two");
    expect(await http.query(notes.list, { list: "http" })).toEqual([
      { text: "one", weight: 2n ** 62n },
      { text: "two", weight: 0n },
    ]);
  });

  test("a ConvexError arrives with its data, other errors with their message", async () => {
    const refused = await host
      .http()
      .mutation(notes.add, { list: "http", text: "" })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConvexError);
    expect((refused as ConvexError<never>).data).toEqual({
      code: "EMPTY_TEXT",
      message: "A note needs a text.",
      least: 1n,
    });
    const failure = host.http().query(notes.fail, {});
    await expect(failure).rejects.toThrow(
      /^\[Request ID: [0-9a-f]{16}\] Server Error\nUncaught Error: this query always fails/,
    );
  });

  test("arguments are validated, internal functions hidden", async () => {
    await expect(host.http().query(notes.list, { list: 7 as unknown as string })).rejects.toThrow(
      /ArgumentValidationError/,
    );
    await expect(host.http().mutation(notes.tick as never, { name: "x" } as never)).rejects.toThrow(
      /Could not find public function/,
    );
  });

  test("a bad token is refused before the function runs", async () => {
    const expired = await tokenFor("someone", { exp: Math.floor(Date.now() / 1000) - 60 });
    await expect(host.http(expired).query(notes.whoAmI, {})).rejects.toThrow(/InvalidToken/);
    await expect(host.http("gibberish").query(notes.whoAmI, {})).rejects.toThrow(/Could not parse/);
  });
});

describe("plain requests", () => {
  const refused: [string, string, string | Uint8Array<ArrayBuffer>, number][] = [
    ["JSON that is none", "/api/query", "{", 400],
    ["a body of another shape", "/api/query", '{"args":[]}', 400],
    ["another format", "/api/query", '{"path":"notes:fail","args":{},"format":"xml"}', 400],
    ["two argument objects", "/api/query", '{"path":"notes:fail","args":[{},{}]}', 400],
    ["a component that is no path", "/api/mutation", '{"path":"notes:add","args":{},"componentPath":1}', 400],
    ["an unknown endpoint", "/api/nonsense", "{}", 404],
    ["a body too large", "/api/mutation", new Uint8Array(21 * 1024 * 1024), 413],
  ];
  test.each(refused)("%s is refused", async (_name, route, body, status) => {
    const response = await host.post(route, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ code: expect.any(String), message: expect.any(String) });
  });

  test("a bad Authorization header, the wrong method, a preflight", async () => {
    expect((await host.post("/api/query", "{}", "Basic abc")).status).toBe(401);
    expect((await fetch(`${host.handle.url}/api/query`)).status).toBe(405);
    const headers = { origin: "http://localhost:5173", "access-control-request-headers": "convex-client" };
    const preflight = await fetch(`${host.handle.url}/api/query`, { method: "OPTIONS", headers });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("http://localhost:5173");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("convex-client");
    expect(await (await fetch(`${host.handle.url}/version`)).text()).not.toBe("");
  });

  test("the documented format is plain JSON, of results and of errors; the clients' own loses nothing", async () => {
    const ask = async (route: string, body: object) => (await host.post(route, JSON.stringify(body))).json();
    const add = { path: "notes:add", args: { list: "curl", text: "plain", weight: { $integer: "BQAAAAAAAAA=" } } };
    expect(await ask("/api/mutation", { ...add, format: "json" })).toMatchObject({ status: "success", value: 5 });
    const list = { path: "notes:list", args: [{ list: "curl" }] };
    for (const body of [list, { ...list, format: "json" }]) {
      expect(await ask("/api/query", body)).toMatchObject({ value: [{ text: "plain", weight: "5" }] });
    }
    const encoded = { text: "plain", weight: { $integer: "BQAAAAAAAAA=" } };
    expect(await ask("/api/query", { ...list, format: "convex_encoded_json" })).toMatchObject({ value: [encoded] });
    const refused = { path: "notes:add", args: { list: "curl", text: "" } };
    expect(await ask("/api/mutation", refused)).toMatchObject({ status: "error", errorData: { least: "1" } });
  });

  test("the admin runs internal functions of any kind and sees log lines", async () => {
    const run = (path: string, args: object) =>
      host
        .post("/api/function", JSON.stringify({ path, args }), `Convex ${ADMIN_KEY}`)
        .then((response) => response.json());
    expect(await run("notes:tick", { name: "by admin" })).toMatchObject({ status: "success", value: 1 });
    expect(await run("notes:list", { list: "none" })).toEqual({
      status: "success",
      value: [],
      logLines: [expect.stringContaining("listing none")],
    });
  });
});

describe("HTTP actions", () => {
  test("are routed by path, method and prefix", async () => {
    const created = await fetch(`${host.handle.siteUrl}/notes`, {
      method: "POST",
      body: JSON.stringify({ list: "site", text: "four" }),
      headers: { "x-secret": "s" },
    });
    expect([created.status, created.headers.get("x-secret"), await created.json()]).toEqual([201, "s", { length: 4 }]);
    expect((await fetch(`${host.handle.siteUrl}/notes`)).status).toBe(404);
    const head = await fetch(`${host.handle.siteUrl}/echo/a`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("see the caller, and tolerate a bearer secret that is no token", async () => {
    const echo = async (authorization: string) =>
      (await fetch(`${host.handle.siteUrl}/echo/x`, { headers: { authorization } })).text();
    expect(await echo(`Bearer ${await tokenFor("someone")}`)).toBe("/echo/x someone");
    expect(await echo("Bearer some-webhook-secret")).toBe("/echo/x nobody");
  });

  test("a failing action is a 500, and the host lives", async () => {
    expect((await fetch(`${host.handle.siteUrl}/broken`)).status).toBe(500);
    expect((await fetch(`${host.handle.siteUrl}/echo/alive`)).status).toBe(200);
  });
});
