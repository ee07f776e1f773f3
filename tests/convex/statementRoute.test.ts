/** A statement as a file over HTTP: whole, its owner's alone, kept by nobody; and what is refused. */
import { beforeEach, expect, inject, test, vi } from "vitest";
import { STATEMENT_ROUTES } from "../../convex/http/statementRoutes";
import { ALICE, as, BOB } from "./backend";
import { Scene } from "./withdrawing";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
});

const PERIOD = "from=2027-01-01&to=2027-02-01";

async function ask(scene: Scene, who: string, query: string) {
  const response = await as(scene.backend, who).fetch(`/v1/statement?${query}`);
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
}

test("CSV unless JSON is asked for: a file of its owner's that nobody keeps", async () => {
  const scene = await Scene.open();
  await scene.deposited(ALICE, 5_000_000n);
  await scene.sent(ALICE, 700n, "sBTC");
  await scene.deposited(BOB, 9_000_001n);
  const csv = await ask(scene, ALICE, PERIOD);
  expect(csv).toMatchObject({
    status: 200,
    headers: {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": 'attachment; filename="statement-2027-01-01-2027-02-01.csv"',
      "cache-control": "private, no-store",
    },
  });
  const rows = csv.text.trimEnd().split("\r\n");
  expect(rows.filter((row) => row.startsWith("line")).map((row) => row.split(",").slice(2, 8))).toEqual([
    ["deposit", "STX", "position", "Balanced", "5", "5"],
    ["deposit", "sBTC", "suspense", "", "0.000007", "0.000007"],
  ]);
  expect(rows.at(-1)).toContain("0 + 0.000007 = 0.000007 sBTC");
  expect(csv.text).not.toContain(BOB);
  expect(csv.text).not.toContain("9.000001");

  const json = await ask(scene, ALICE, `${PERIOD}&format=json`);
  expect(json.headers["content-type"]).toBe("application/json");
  const document = JSON.parse(json.text);
  const [route] = STATEMENT_ROUTES;
  expect(route?.answers["application/json"]?.parse(document)).toEqual(document);
  expect(document).toMatchObject({
    provider: ALICE,
    status: "provisional",
    lines: [{ amount: "5000000" }, { amount: "700" }],
  });
  expect(json.text).not.toContain(BOB);
  const empty = await ask(scene, BOB, "from=2027-01-01&to=2027-01-02");
  expect(empty).toMatchObject({ status: 200 });
  expect(empty.text).toContain(`Statement of ${BOB}`);
});

test("what is no period is a problem, and so is who is not signed in", async () => {
  const scene = await Scene.open();
  const refused = async (query: string, status: number, code: string) => {
    const { text, ...answer } = await ask(scene, ALICE, query);
    expect([query, answer.status, JSON.parse(text).code]).toEqual([query, status, code]);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
  };
  await refused("", 400, "INVALID_PARAMETER");
  await refused("from=2027-01-01", 400, "INVALID_PARAMETER");
  await refused(`${PERIOD}&format=pdf`, 400, "INVALID_PARAMETER");
  await refused(`${PERIOD}&provider=${BOB}`, 400, "INVALID_PARAMETER");
  await refused(`${PERIOD}&from=2027-01-02`, 400, "INVALID_PARAMETER");
  await refused("from=2027-01-01&to=2027-02-30", 400, "PERIOD_UNREADABLE");
  await refused("from=2027-02-01&to=2027-01-01", 400, "PERIOD_BACKWARDS");
  await refused("from=2099-02-01&to=2099-03-01", 422, "PERIOD_IN_FUTURE");
  const anonymous = await scene.backend.fetch(`/v1/statement?${PERIOD}`);
  expect([anonymous.status, (await anonymous.json()).code]).toEqual([401, "NOT_SIGNED_IN"]);
});

/** convex-test has no indexes and looks through all of them for each page: minutes, for what the host does in seconds. */
const canHoldMany = inject("engine") === "local host";

test.runIf(canHoldMany)(
  "what is too much for one document is refused, with a time until which it would fit",
  async () => {
    const scene = await Scene.open();
    const start = scene.vault.timeOf(0);
    // Written past the functions.
    const rows = 16 * 500 + 20;
    for (let from = 0; from < rows; from += 2_000) {
      await scene.backend.run(async (ctx) => {
        for (let n = from; n < Math.min(rows, from + 2_000); n++) {
          const own = { entryId: `assignment:${n}`, owner: ALICE, at: start - rows + n };
          await ctx.db.insert("postings", { ...own, token: "STX", account: `suspense/${ALICE}`, amount: 1n });
        }
      });
    }
    const period = (until: string) => `from=2026-01-01T00:00:00Z&to=${until}&format=csv`;
    const { status, text } = await ask(scene, ALICE, period("2027-02-01"));
    const { code, detail, until } = JSON.parse(text);
    expect([status, code]).toEqual([422, "STATEMENT_TOO_LONG"]);
    const named = new Date(until).toISOString().replace(".000Z", "Z");
    expect(detail).toContain(named);
    const shorter = await ask(scene, ALICE, period(named));
    expect(shorter.status).toBe(200);
    expect(shorter.text.split("\r\n").filter((row) => row.startsWith("line")).length).toBeGreaterThan(7_900);
    expect(shorter.text.length).toBeLessThan(4 * 1024 * 1024);
  },
);
