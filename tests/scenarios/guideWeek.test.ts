/** The market week by hand: each command of docs/week.md on a fresh stack, to the proof. GUIDE_WEEK=1 asks for it: it is long. */
import { afterAll, beforeAll, test } from "vitest";
import { type GuideStack, startGuideStack } from "./guideStack";

const isAsked = process.env.GUIDE_WEEK === "1";
let stack: GuideStack | undefined;
beforeAll(async () => {
  if (isAsked) stack = await startGuideStack();
}, 180_000);
afterAll(() => stack?.close());

test.runIf(isAsked)("docs/week.md", () => stack?.follow("week.md", { elsewhere: 1 }), 1_200_000);
