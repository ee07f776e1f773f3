/** Whatever can be the cause of an entry is found by one of the kinds that people look for. */
import { expect, test } from "vitest";
import { ACTIVITY_KINDS, activityKindOf } from "../../src/domain/activity";
import { CAUSES } from "../../src/domain/statementWords";

test("each cause is of a kind, and each kind has one", () => {
  const kinds = CAUSES.map((cause) => activityKindOf(`${cause}:7`));
  expect(kinds).not.toContain(null);
  expect(new Set(kinds)).toEqual(new Set(ACTIVITY_KINDS));
});

test("what is not known is of none", () => {
  expect(activityKindOf("gift:1")).toBe(null);
  expect(activityKindOf("constructor:1")).toBe(null);
});
