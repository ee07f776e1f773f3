/** The market week by hand: each command of docs/week.md on a fresh stack, to the proof. */
import { afterAll, beforeAll, test } from "vitest";
import { type GuideStack, startGuideStack } from "./guideStack";

let stack: GuideStack;
beforeAll(async () => {
  stack = await startGuideStack();
});
afterAll(() => stack?.close());

test("docs/week.md", () => stack.follow("week.md", { elsewhere: 1 }), 1_200_000);
