/** The tables of SECURITY.md are what the tests go by: a threat or a right that changes is told there too. */
import { expect, test } from "vitest";
import { currentPage, pageAsItIs } from "../attacks/securityPage";

test("SECURITY.md is current; `npm run security -- --write` makes it so", () => {
  expect(currentPage(pageAsItIs())).toBe(pageAsItIs());
});

test("a page without its markers is refused", () => {
  expect(() => currentPage("# Security\n")).toThrow("SECURITY.md lacks its markers: threats");
});
