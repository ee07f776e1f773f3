/** The host in its worker thread: started, pushed to, closed; ended when a function hangs; and refused a taken port. */
import path from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
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

test("a function that never returns costs the thread, is reported, and loses nothing committed", async () => {
  const exits: string[] = [];
  const onExit = (reason: string) => exits.push(reason);
  const worker = await startHostWorker(options("hung"), { onExit, hungAfterMs: 4_000 });
  const body = JSON.stringify({
    changes: [
      { name: "TEST_ISSUER", value: ISSUER },
      { name: "TEST_JWKS", value: await jwks() },
    ],
  });
  const headers = { authorization: `Convex ${ADMIN_KEY}` };
  await fetch(`${worker.url}/api/update_environment_variables`, { method: "POST", body, headers });
  await pushWithCli({ url: worker.url, adminKey: ADMIN_KEY, cwd: host.project });
  const http = new ConvexHttpClient(worker.url, { logger: false });
  expect(await http.mutation(notes.add, { list: "worker", text: "kept" })).toBe(4);
  await expect(http.query(notes.hang, {})).rejects.toThrow();
  await eventually(() => exits.length === 1, "the report");
  expect(exits[0]).toMatch(/did not answer/);

  const again = await startHostWorker(options("hung"), { onExit });
  const sameData = new ConvexHttpClient(again.url, { logger: false });
  expect(await sameData.query(notes.count, { list: "worker" })).toBe(1);
  await again.close();
  expect(exits).toHaveLength(1);
});

test("a taken port is named, and no thread stays behind", async () => {
  const port = Number(new URL(host.handle.url).port);
  await expect(startHostWorker(options("taken", port))).rejects.toThrow(`Port ${port} is taken`);
});
