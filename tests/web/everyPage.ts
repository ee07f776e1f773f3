/** An address of each page, for what is asked of all of them; a page that is missing here fails the tests. */
import { ROUTES } from "../../src/web/routes";

/** Of pages whose address has parts that vary: what to open, given a policy. */
const ADDRESSES: Record<string, (policyId: string) => string[]> = {
  "/policies/:policyId": (policyId) => [`/policies/${policyId}`],
  "/operations/*?": () => ["/operations"],
};

export function everyAddress(policyId: string): string[] {
  return ROUTES.flatMap(({ path }) => {
    const known = ADDRESSES[path];
    if (known) return known(policyId);
    if (/[:*?]/.test(path)) throw new Error(`${path} has parts that vary: name an address of it in everyPage.ts.`);
    return [path];
  });
}
