import { beforeEach, expect, test, vi } from "vitest";
import { type Backend, leaseOf, openBackend } from "./backend";

const SECRET = "a secret of the tests";
const POLL_MS = 1_000;
let backend: Backend;
let warned: ReturnType<typeof vi.spyOn>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  backend = await openBackend();
  backend.setEnvironment({ PUSH_SECRET: SECRET });
});

const push = (headers: Record<string, string> = { authorization: `Bearer ${SECRET}` }, body = "{}") =>
  backend.fetch("/push/chainhook", { method: "POST", headers, body });

const loop = () => backend.run((ctx) => ctx.db.query("syncLoop").unique());

async function setLoop(fields: { dueAt: number; failures?: number }) {
  await leaseOf(backend);
  await backend.run(async (ctx) => {
    const row = await ctx.db.query("syncLoop").unique();
    if (row) await ctx.db.patch("syncLoop", row._id, fields);
  });
}

test("a push lets a loop that waits look now, and one that looks look once more, however many come", async () => {
  await setLoop({ dueAt: Date.now() + 60_000 });
  expect((await push()).status).toBe(204);
  const woken = await loop();
  expect(woken?.lease).not.toBe("test");
  expect(woken?.dueAt).toBeLessThanOrEqual(Date.now());
  expect(woken?.isWoken).toBe(false);
  for (let n = 0; n < 20; n += 1) expect((await push()).status).toBe(204);
  expect(await loop()).toEqual({ ...woken, isWoken: true });
});

test("what is posted is not read: garbage and forged events wake as well as anything, and change nothing else", async () => {
  const forged = JSON.stringify({ event: { apply: [{ transactions: ["a deposit of a million"] }] } });
  for (const body of ["", "{", "\u0000", forged]) expect((await push(undefined, body)).status).toBe(204);
  const rows = await backend.run(async (ctx) => [
    ...(await ctx.db.query("vaultEvents").take(1)),
    ...(await ctx.db.query("entries").take(1)),
    ...(await ctx.db.query("chainMirror").take(1)),
  ]);
  expect(rows).toEqual([]);
});

test.each([
  ["no secret", {}],
  ["another", { authorization: "Bearer a secret of the testS" }],
  ["more", { authorization: `Bearer ${SECRET}s` }],
  ["less", { authorization: `Bearer ${SECRET.slice(0, -1)}` }],
  ["nothing", { authorization: "Bearer " }],
  ["another scheme", { authorization: `Basic ${SECRET}` }],
])("with %s it is refused and wakes nothing", async (_what, headers) => {
  await setLoop({ dueAt: Date.now() + 60_000 });
  const before = await loop();
  expect((await push(headers as Record<string, string>)).status).toBe(401);
  expect(await loop()).toEqual(before);
});

test("a body above 4 MiB is refused, declared or not", async () => {
  const authorization = `Bearer ${SECRET}`;
  const body = "x".repeat(4 * 1024 * 1024 + 1);
  expect((await push({ authorization, "content-length": String(body.length) }, body)).status).toBe(413);
  expect((await push({ authorization, "content-length": "none of your business" })).status).toBe(413);
  expect((await push({ authorization }, body)).status).toBe(413);
  expect((await push({ authorization }, body.slice(1))).status).toBe(204);
});

test("where no secret is set nobody can push, and the log says what to set", async () => {
  backend.setEnvironment({ PUSH_SECRET: "" });
  expect((await push()).status).toBe(404);
  expect((await push({ authorization: "Bearer " })).status).toBe(404);
  expect(await loop()).toBeNull();
  if (warned.mock.calls.length > 0) expect(warned.mock.calls.join()).toContain("PUSH_SECRET is not set");
});

test("a flood is told to come back later, and takes no look away: one is due within a minute, by one loop", async () => {
  // However long the machine takes over it, it is one moment's flood.
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"] });
  await setLoop({ dueAt: Date.now() + 10_000 });
  let answer = await push();
  for (let n = 0; n < 200 && answer.status === 204; n += 1) {
    if (n % 4 === 0) expect((await push({ authorization: `Bearer forged ${n}` })).status).toBe(401);
    answer = await push();
  }
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await loop())?.dueAt).toBeLessThanOrEqual(Date.now() + 60_000);
  const scheduled = await backend.run((ctx) => ctx.db.system.query("_scheduled_functions").take(300));
  const looks = scheduled.filter(({ name, state }) => name.includes("sync/loop") && state.kind === "pending");
  expect(looks).toHaveLength(1);
});

test("a loop that pauses because looking failed is not hurried", async () => {
  await setLoop({ dueAt: Date.now() + 60_000, failures: 3 });
  const before = await loop();
  expect((await push()).status).toBe(204);
  expect(await loop()).toEqual(before);
  expect((before?.dueAt ?? 0) - Date.now()).toBeGreaterThan(POLL_MS);
});
