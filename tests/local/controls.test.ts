/** Who moves the local stack's market and clock by the page's server: the page itself, and only by what is listed. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CONTROLS_PATH } from "../../src/domain/localControls";
import { controlsOf } from "../../src/local/controls";

const servers: Server[] = [];
const asked: { url: string; body: string; origin: string | undefined }[] = [];
let page: string;

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const target = await listen(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push({ url: request.url ?? "", body, origin: request.headers.origin });
    response.end('{"date":"2020-03-12"}');
  });
  const controls = controlsOf({ market: target, chain: null });
  page = await listen((request, response) => void controls(request, response));
});
afterAll(() => {
  for (const server of servers) server.close();
});
beforeEach(() => void asked.splice(0));

const send = (name: string, headers: Record<string, string> = {}, method = "POST") =>
  fetch(`${page}${CONTROLS_PATH}/${name}`, {
    method,
    headers: { origin: page, "content-type": "application/json", ...headers },
    ...(method === "POST" && { body: '{"a":1}' }),
  });

test("the page's own request is passed on, and so is its answer", async () => {
  const answer = await send("market/advance");
  expect([answer.status, await answer.json()]).toEqual([200, { date: "2020-03-12" }]);
  expect(asked).toEqual([{ url: "/control/advance", body: '{"a":1}', origin: undefined }]);
});

test.each([
  ["another page", { origin: "http://evil.example" }, "POST"],
  ["a page of another port of this machine", { origin: "http://127.0.0.1:1" }, "POST"],
  ["a form, which needs no leave to be sent", { "content-type": "text/plain" }, "POST"],
  ["a link", {}, "GET"],
])("%s moves nothing", async (_who, headers, method) => {
  const answer = await send("market/advance", headers, method);
  expect(answer.status).toBe(403);
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  expect(asked).toEqual([]);
});

test.each(["market/faults", "chain/reorganise", "chain/advance", "elsewhere/price", "market/../advance", ""])(
  "%o is no control of the page",
  async (name) => {
    expect((await send(name)).status).toBe(404);
    expect(asked).toEqual([]);
  },
);
