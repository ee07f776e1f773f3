import { beforeEach, expect, test } from "vitest";
import { submit } from "../../convex/outbox/model";
import { type Backend, openBackend } from "./backend";

let backend: Backend;
beforeEach(async () => {
  backend = await openBackend();
});

const calls = () => backend.run((ctx) => ctx.db.query("outboxCalls").take(1_000));

test("a key asks once; another call under it is a bug and changes nothing", async () => {
  const call = { kind: "revoke", authorizationId: 9n } as const;
  for (let n = 0; n < 2; n += 1) await backend.run((ctx) => submit(ctx, { key: "revoke:9", call }));
  const other = backend.run((ctx) => submit(ctx, { key: "revoke:9", call: { ...call, authorizationId: 8n } }));
  await expect(other).rejects.toThrow("another call under the key revoke:9");
  expect(await calls()).toMatchObject([{ key: "revoke:9", call, queue: "revoke", status: "waiting", batchLimit: 50 }]);
});
