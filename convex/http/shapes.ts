/**
 * How the API shows values. Each shape takes what a query gives and makes what is sent, so that a field which a shape does
 * not name never leaves; `openapi.json` is made of the same shapes.
 */
import { z } from "zod";
import { UNDERLYINGS } from "../../src/domain/policies";
import { TIERS } from "../../src/domain/tiers";
import { TOKENS } from "../../src/domain/tokens";

/** int64, as a string: numbers of JSON are exact only up to 2^53. */
const int64 = (description: string) =>
  z
    .bigint()
    .transform(String)
    .pipe(z.string().regex(/^-?\d+$/))
    .meta({ description });

export const amount = int64("base units: micro-STX or satoshis");
export const usdMicros = int64("micro-dollars");
export const wholeNumber = int64("a whole number of up to 64 bits");

/** Milliseconds, as RFC 3339 in UTC. */
export const time = z
  .number()
  .transform((ms) => new Date(ms).toISOString())
  .pipe(z.iso.datetime());

/** For times that are 0 or null before there is one. */
export const timeOrNull = z
  .union([z.null(), z.number()])
  .transform((ms) => (ms ? new Date(ms).toISOString() : null))
  .pipe(z.iso.datetime().nullable());

export const count = z.int().min(0);
export const millionths = z.int().min(0).meta({ description: "millionths: 1000000 is all of it" });
export const seconds = z.int().min(0);

export const token = z.enum(TOKENS);
export const tier = z.enum(TIERS);
export const underlying = z.enum(UNDERLYINGS);

const ID = /^\d{1,19}$/;

/** In a path: a number below 2^63, in digits. */
export const idText = z
  .string()
  .regex(ID, "a number in digits")
  .refine((text) => !ID.test(text) || BigInt(text) < 2n ** 63n, "below 2^63");

/** A list that is always told whole. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.null().default(null) });
}

/** A page of a list; `nextCursor` null: it was the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
