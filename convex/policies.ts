/**
 * Protection policies: what one would cost, and by which rules each tier writes them. Amounts are int64 base units of the
 * policy's token (sBTC for BTC, STX for STX), prices int64 micro-dollars for one whole token, rates whole millionths. A
 * refusal is a ConvexError whose data is {code, message, …}.
 */
import { v } from "convex/values";
import { query } from "./_generated/server";
import { parseQuote, quoteArgs, quoteOf, quoteValidator } from "./policies/quotes";
import { allRules } from "./tiers/model";
import { tierRulesFields } from "./tiers/schema";

/**
 * What a put on `quantity` of BTC or STX at this strike would cost in a tier now, until `expiresAt` (ms of block time, a whole
 * second): the same answer that `requestPolicy` is held to in the next transaction. Prices are public, so it needs no
 * session. It changes with every block: ask once, don't subscribe.
 *
 * `premium` is `fairValue` (Black-Scholes at `volatility`, exercise at any time) and the tier's loading; `lock` is locked at
 * the sale, `coverage` the most that it may ever pay: in full down to `floorPriceUsdMicros`. At `breakEvenUsdMicros` it pays
 * back its premium. `priceUsdMicros` is the price that was used, `pricePublishedAt` and `asOf` (block time) in ms.
 * Refuses: UNKNOWN_UNDERLYING, UNKNOWN_TIER, STRIKE_OUT_OF_RANGE {min, max}, EXPIRY_OUT_OF_RANGE {min, max},
 * QUANTITY_OUT_OF_RANGE {min, max}, SETTLEMENTS_CLOSED, PREMIUM_ABOVE_COVERAGE {premium, coverage}, TIER_UNAVAILABLE {max},
 * NO_GOOD_PRICE {ageMs?}, MARKET_MOVING {moved, limit}, NOT_SYNCED, NOT_LAUNCHED, VAULT_PAUSED, STOPPED, RESTORING {until}.
 */
export const quotePolicy = query({
  args: quoteArgs,
  returns: quoteValidator,
  handler: (ctx, args) => quoteOf(ctx, parseQuote(args)),
});

/**
 * By which rules each tier writes policies and judges its positions now, six rows: what is locked at a sale by coverage
 * (`initialMargin`), strikes by the price, the floor price by the strike, ages in seconds, the least volatility, the loading,
 * the shares of a premium that go to insurance and fees, and the buffers of health. src/domain/policies says what each means.
 */
export const getTierRules = query({
  args: {},
  returns: v.array(v.object(tierRulesFields)),
  handler: (ctx) => allRules(ctx),
});
