/** The treasury's part of the list of calls: somebody's surplus becomes insurance, and leaves it again with the guardian. */
import type { Value } from "convex/values";
import { applied } from "./events";
import type { Measured } from "./footprintCalls";
import { approvalOf } from "./guardian";
import type { Population } from "./population";
import type { Product } from "./product";

const author = { actor: "bench", reason: "measured" };
const STX = { token: "STX", amount: "10" };

/** Money that is nobody's comes to the vault, enough for what follows. */
async function surplus(product: Product, population: Population) {
  const event = { kind: "surplus" as const, amount: 1_000n, ...population.move("STX", 1_000n) };
  await applied(product, population, [population.next(event)]);
}

const asked = { account: "insurance", ...STX, ...author };
const requested = async (product: Product) =>
  (await product.call("action", "treasury/exits:request", asked)) as { exitId: string; message: string };

const approves: Measured["call"] = (product, _population, exit) => {
  const { exitId, message } = exit as { exitId: string; message: string };
  return product.call("mutation", "treasury/exits:approve", { exitId, ...approvalOf(message), ...author });
};

const cancels: Measured["call"] = (product, _population, exit) =>
  product.call("mutation", "treasury/exits:cancel", { exitId: (exit as { exitId: string }).exitId, ...author });

const call = (kind: "query" | "mutation" | "action", name: string, args: Record<string, Value>): Measured => ({
  name,
  call: (product) => product.call(kind, name, args),
});

export const TREASURY_CALLS: Measured[] = [
  {
    ...call("mutation", "treasury/surplus:assign", { token: "STX", amount: "100", ...author }),
    prepare: surplus,
  },
  call("action", "treasury/exits:request", asked),
  { name: "treasury/exits:approve", prepare: requested, call: approves },
  { name: "treasury/exits:cancel", prepare: requested, call: cancels },
  call("query", "treasury/exits:list", { paginationOpts: { numItems: 100, cursor: null } }),
];
