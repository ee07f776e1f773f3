/** Every kind that providers and buyers are told has words here, with its facts in units, and leads somewhere. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { WORDS, wordsOf } from "../../../src/web/notifications/words";
import { ROUTES } from "../../../src/web/routes";

const GUIDE = readFileSync(new URL("../../../docs/notifications.md", import.meta.url), "utf8");

/** The kinds of the first two tables, each with its facts: the third is the operators'. */
function kindsOfGuide(): string[] {
  const [theirs = ""] = GUIDE.split("| operators are told |");
  const rows = theirs.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, kind = ""]) => kind));
}

const FACTS = {
  ...{ token: "sBTC", tier: "Balanced", amount: 150_000_000n, depositor: "ST1", txId: "ab", at: 1 },
  ...{ commitmentId: "c", withdrawalId: "w", authorizationId: 5n, from: "Healthy", to: "Warning" },
  ...{ priceUsdMicros: 59_000_000_000n, policyId: 77n, lock: 20_000_000n, penalty: 1_000_000n, returned: 19_000_000n },
  ...{ paid: 2_500_000n, correctionId: "k", breach: 3_000_000n, startedAt: 1, expiresAt: Date.UTC(2027, 0, 15) },
  ...{ underlying: "BTC", strikeUsdMicros: 60_000_000_000n, quantity: 40_000_000n, coverage: 50_000_000n },
  ...{ premium: 700_000n, payout: 800_000n, missing: 100_000n, decidedBy: "exercise" },
};

test("the guide's kinds are those of the page", () => {
  const kinds = kindsOfGuide();
  expect(kinds.length).toBeGreaterThan(15);
  expect(kinds.toSorted()).toEqual(Object.keys(WORDS).toSorted());
});

test("each says something of its own, in units, and leads to a page", () => {
  const pages = ROUTES.map(({ path }) => new RegExp(`^${path.replace(/\/\*\?$/, "").replace(/:\w+/, "\\d+")}$`));
  const titles = Object.keys(WORDS).map((kind) => {
    const { title, text, link } = wordsOf({ kind, facts: FACTS });
    expect([kind, /\?|undefined|null|an amount|\d{7}/.test(`${title} ${text}`)]).toEqual([kind, false]);
    expect([link.to, pages.some((page) => page.test(link.to))]).toEqual([link.to, true]);
    return title;
  });
  expect(new Set(titles).size).toBe(titles.length);
});

test("amounts are exact, prices in dollars", () => {
  expect(wordsOf({ kind: "health.policyTransferred", facts: FACTS }).text).toBe(
    "Others stand behind policy 77 now. Of your lock of 0.2 sBTC, 0.01 sBTC went to insurance as a penalty and 0.19 sBTC is free again.",
  );
  expect(wordsOf({ kind: "health.MarginCall", facts: { ...FACTS, priceUsdMicros: null } }).text).toContain(
    "without a price",
  );
  expect(wordsOf({ kind: "health.Warning", facts: FACTS }).text).toContain("at a price of $59,000.00");
});

test("a kind that the page does not know is called as it is", () => {
  expect(wordsOf({ kind: "moon.landed", facts: {} }).title).toBe("moon.landed");
  expect(wordsOf({ kind: "constructor", facts: {} }).title).toBe("constructor");
});
