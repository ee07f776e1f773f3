/** The prices that the backend goes by, as its HTTP API tells them to everybody. */
import { z } from "zod";
import { UNDERLYINGS } from "../domain/policies";
import { shownPrice, shownTime } from "./amounts";
import type { Cli } from "./cli";
import { askSite } from "./site";
import type { Column } from "./table";

const price = z.object({
  underlying: z.enum(UNDERLYINGS),
  isGood: z.boolean(),
  accepted: z
    .object({
      priceUsdMicros: z
        .string()
        .regex(/^\d{1,19}$/)
        .transform(BigInt),
      publishedAt: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
    })
    .nullable(),
  /** Why the last look at the sources brought no price. */
  trouble: z.string().nullable(),
});
export type BelievedPrice = z.infer<typeof price>;

const answer = z.object({ items: z.array(price) });

export async function readPrices(cli: Cli): Promise<BelievedPrice[]> {
  return (await askSite(cli, answer, "/v1/prices")).items;
}

export const PRICES: Column<BelievedPrice>[] = [
  { title: "of", of: ({ underlying }) => underlying },
  { title: "price", align: "right", of: ({ accepted }) => (accepted ? shownPrice(accepted.priceUsdMicros) : "none") },
  { title: "published", of: ({ accepted }) => (accepted ? shownTime(accepted.publishedAt) : "") },
  { title: "good", of: ({ isGood }) => (isGood ? "yes" : "NO") },
  { title: "trouble", of: ({ trouble }) => trouble ?? "" },
];
