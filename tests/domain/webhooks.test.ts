/** When a webhook is tried again, what it is sent, and where to. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Answer, afterAttempt, isWebhookUrl, messageOf } from "../../src/domain/webhooks";

const id = fc.string({ minLength: 1, maxLength: 40 });
const attempts = fc.integer({ min: 1, max: 12 });
const now = fc.integer({ min: 0, max: 4_000_000_000_000 });

/** The pauses as the documents have them. */
const WRITTEN = ["5 s", "5 min", "30 min", "2 h", "5 h", "10 h", "14 h"].map((text) => {
  const [count, unit] = text.split(" ");
  return Number(count) * { s: 1_000, min: 60_000, h: 3_600_000 }[unit as "s" | "min" | "h"];
});

describe("after an attempt", () => {
  test("that failed it comes again after the written pause, up to a tenth longer, and after the eighth never", () => {
    fc.assert(
      fc.property(id, attempts, now, (id, attempts, now) => {
        const next = afterAttempt({ id, attempts }, { kind: "failed", error: "" }, now);
        if (attempts > 7) expect(next).toEqual({ kind: "givenUp" });
        else if (next.kind !== "again") throw new Error(`Attempt ${attempts} is followed by ${next.kind}`);
        else {
          const pause = next.at - now;
          const written = WRITTEN[attempts - 1] as number;
          expect(pause).toBeGreaterThanOrEqual(written);
          expect(pause).toBeLessThanOrEqual(written * 1.1);
        }
      }),
      {
        examples: [
          ["a", 7, 0],
          ["a", 8, 0],
          ["a", 1, 0],
        ],
      },
    );
  });

  test("that was delivered or told to go away nothing follows, whichever it was", () => {
    fc.assert(
      fc.property(id, attempts, now, (id, attempts, now) => {
        const kindAfter = (answer: Answer) => afterAttempt({ id, attempts }, answer, now).kind;
        expect([kindAfter({ kind: "delivered" }), kindAfter({ kind: "gone", error: "" })]).toEqual([
          "delivered",
          "givenUp",
        ]);
      }),
    );
  });

  test("those that failed together don't come back together", () => {
    const times = Array.from({ length: 100 }, (_, n) =>
      afterAttempt({ id: `delivery ${n}`, attempts: 7 }, { kind: "failed", error: "" }, 0),
    );
    expect(new Set(times.map((next) => (next.kind === "again" ? next.at : 0))).size).toBeGreaterThan(90);
  });
});

test("a message says who is told, whatever a fact is called, and amounts as strings", () => {
  const facts = { provider: "somebody else", amount: 2n ** 62n, count: 3, ok: true, none: null };
  const told = { id: "n1", kind: "k", provider: null, facts, at: 0 };
  expect(JSON.parse(messageOf(told))).toEqual({
    id: "n1",
    type: "k",
    timestamp: "1970-01-01T00:00:00.000Z",
    data: { amount: "4611686018427387904", count: 3, ok: true, none: null, provider: null },
  });
});

test.each([
  "https://example.com",
  "https://example.com:8443/hook?to=us",
  "http://127.0.0.1:3000/hook",
  "http://localhost",
  "http://[::1]:80/",
])("messages may go to %s", (url) => expect(isWebhookUrl(url)).toBe(true));

test.each([
  "",
  "example.com",
  "http://example.com",
  "http://127.0.0.1.example.com",
  "http://localhost.example.com",
  "http://10.0.0.1",
  "https://name:password@example.com",
  "https://name@example.com",
  "ftp://example.com",
  "file:///etc/passwd",
])("but not to '%s'", (url) => expect(isWebhookUrl(url)).toBe(false));
