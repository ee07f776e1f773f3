/** The host in its worker thread: ended and started again when a function hangs, and refused a taken port. */
import path from "node:path";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { pushWithCli } from "../../../src/local/host/cliPush";
import { startHostWorker } from "../../../src/local/worker/services";
import { ADMIN_KEY, eventually, HostUnderTest, ISSUER, jwks, notes } from "./hostUnderTest";

let host: HostUnderTest;

beforeAll(async () => {
  host = await HostUnderTest.start();
});
afterAll(() => host.stop());

const options = (name: string, port = 0) => ({
  databaseFile: path.join(host.folder, `${name}.sqlite`),
  port,
  sitePort: 0,
  adminKey: ADMIN_KEY,
});

/** A worker with the fixture project, as patient as a test can be. */
async function startWorker(name: string) {
  const [exits, lines]: string[][] = [[], []];
  const supervision = {
    onExit: (reason: string) => exits?.push(reason),
    onLog: (line: string) => lines?.push(line),
    hungAfterMs: 4_000,
  };
  const worker = await startHostWorker(options(name), supervision);
  onTestFinished(() => worker.close());
  const body = JSON.stringify({
    changes: [
      { name: "TEST_ISSUER", value: ISSUER },
      { name: "TEST_JWKS", value: await jwks() },
    ],
  });
  const headers = { authorization: `Convex ${ADMIN_KEY}` };
  await fetch(`${worker.url}/api/update_environment_variables`, { method: "POST", body, headers });
  const push = () => pushWithCli({ url: worker.url, adminKey: ADMIN_KEY, cwd: host.project });
  await push();
  const named = (text: string) => lines?.filter((line) => line.includes("did not answer") && line.includes(text)) ?? [];
  return { worker, push, exits, named, http: new ConvexHttpClient(worker.url, { logger: false }) };
}

test("a function that never returns is ended and named; everything else goes on where it was, without it", async () => {
  const { worker, push, exits, named, http } = await startWorker("hung");
  expect(await http.mutation(notes.add, { list: "worker", text: "kept" })).toBe(4);
  const client = new ConvexClient(worker.url, {
    webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
    logger: false,
  });
  onTestFinished(() => client.close());
  const counts: number[] = [];
  client.onUpdate(notes.count, { list: "worker" }, (count) => counts.push(count));
  await eventually(() => counts.length === 1, "the first result");

  // The client sends it again after it has lost the connection, and must get an answer then.
  const refused = expect(client.mutation(notes.spin, { list: "worker" })).rejects.toThrow("never returned");
  await eventually(() => named("It was at the mutation notes.js:spin.").length === 1, "the report", 30_000);
  await refused;
  await eventually(
    () =>
      http.mutation(notes.add, { list: "worker", text: "more" }).then(
        (n) => n === 4,
        () => false,
      ),
    "the host on its old port",
  );
  await eventually(() => counts.at(-1) === 2, "the old subscription");
  await expect(http.mutation(notes.spin, { list: "worker" })).rejects.toThrow("Server Error");
  expect((await http.query(notes.list, { list: "worker" })).map(({ text }) => text)).toEqual(["kept", "more"]);
  expect([exits, named("").length]).toEqual([[], 1]);

  // Other arguments are another call; and new code gets another chance.
  await expect(http.mutation(notes.spin, { list: "other" })).rejects.toThrow();
  await eventually(() => named("notes.js:spin").length === 2, "the second report", 30_000);
  await eventually(
    () =>
      push().then(
        () => true,
        () => false,
      ),
    "a push",
    30_000,
  );
  await expect(http.mutation(notes.spin, { list: "worker" })).rejects.toThrow();
  await eventually(() => named("notes.js:spin").length === 3, "the third report", 30_000);
  expect(exits).toEqual([]);
}, 120_000);

test("a job that never returns fails, and the next one runs; an HTTP action that never returns is named", async () => {
  const { worker, exits, named, http } = await startWorker("jobs");
  const ids = await http.mutation(notes.spinLater, { list: "jobs" });
  await eventually(() => named("It was at the mutation notes.js:spin.").length === 1, "the report", 30_000);
  const stateOf = (id: string) => http.query(notes.jobState, { id: id as never }).catch(() => null);
  await eventually(async () => (await stateOf(ids[1] as string))?.kind === "success", "the second job");
  await eventually(async () => (await stateOf(ids[0] as string))?.kind === "failed", "the first job's failure");
  expect(await http.query(notes.count, { list: "jobs" })).toBe(1);
  expect([exits, named("").length]).toEqual([[], 1]);

  await expect(fetch(`${worker.siteUrl}/hang`)).rejects.toThrow();
  await eventually(() => named("It was at the action http.js:default.").length === 1, "the second report", 30_000);
  await eventually(
    () =>
      http.query(notes.count, { list: "jobs" }).then(
        (n) => n === 1,
        () => false,
      ),
    "the host",
  );
  expect(exits).toEqual([]);
}, 120_000);

test("a taken port is named, and no thread stays behind", async () => {
  const port = Number(new URL(host.handle.url).port);
  await expect(startHostWorker(options("taken", port))).rejects.toThrow(`Port ${port} is taken`);
});
