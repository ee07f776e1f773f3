/** The treasury's part of the list of calls: somebody's surplus becomes insurance, and leaves it again with the guardian. */
import { applied } from "./events";
import type { Measured } from "./footprintCalls";
import { approvalOf } from "./guardian";
import type { Population } from "./population";
import { DEPLOYER, type Product } from "./product";

/** Money that is nobody's comes to the vault, enough for what follows. */
async function surplus(product: Product, population: Population) {
  const event = { kind: "surplus" as const, amount: 1_000n, ...population.move("STX", 1_000n) };
  await applied(product, population, [population.next(event)]);
}

const reason = "measured";
const asked = { account: "insurance", token: "STX", amount: 10n, reason };
const requested = async (product: Product) =>
  (await product.call("action", "administration:requestExit", asked, DEPLOYER)) as { exitId: string; message: string };

const approves: Measured["call"] = (product, _population, exit) => {
  const { exitId, message } = exit as { exitId: string; message: string };
  const approval = { exitId, ...approvalOf(message), reason };
  return product.call("action", "administration:approveExit", approval, DEPLOYER);
};

const cancels: Measured["call"] = (product, _population, exit) => {
  const { exitId } = exit as { exitId: string };
  return product.call("action", "administration:cancelExit", { exitId, reason }, DEPLOYER);
};

const assigns: Measured["call"] = (product) =>
  product.call("action", "administration:assignSurplus", { token: "STX", amount: 100n, reason }, DEPLOYER);

export const TREASURY_CALLS: Measured[] = [
  { name: "administration:assignSurplus", prepare: surplus, call: assigns },
  {
    name: "treasury/exits:request",
    call: (product) => product.call("action", "treasury/exits:request", { ...asked, amount: "10", actor: "bench" }),
  },
  { name: "administration:requestExit", call: requested },
  { name: "administration:approveExit", prepare: requested, call: approves },
  { name: "administration:cancelExit", prepare: requested, call: cancels },
  {
    name: "treasury/exits:list",
    call: (product) =>
      product.call("query", "treasury/exits:list", { paginationOpts: { numItems: 100, cursor: null } }),
  },
];
