/** The guides, followed on one fresh stack to the letter: a command that fails, or prints something else, fails here. */
import { afterAll, beforeAll, test } from "vitest";
import { type GuideStack, startGuideStack } from "./guideStack";

let stack: GuideStack;
beforeAll(async () => {
  stack = await startGuideStack();
});
afterAll(() => stack?.close());

const FOLLOW_MS = 900_000;

test("docs/providers.md", () => stack.follow("providers.md", { elsewhere: 1 }), FOLLOW_MS);
test("docs/buyers.md", () => stack.follow("buyers.md", { elsewhere: 0 }), FOLLOW_MS);
test("docs/operators.md", () => stack.follow("operators.md", { elsewhere: 1 }), FOLLOW_MS);
test("docs/playbooks.md", () => stack.follow("playbooks.md", { elsewhere: 6 }), FOLLOW_MS);
test("docs/developers.md", () => stack.follow("developers.md", { elsewhere: 1 }), FOLLOW_MS);
