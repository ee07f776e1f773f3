/** Random histories of a whole market: the rules of src/domain together, against what everybody should have in exact fractions. */
import fc from "fast-check";
import { test } from "vitest";
import { anyHistory } from "./acts";
import { same } from "./must";
import { Game } from "./play";

/** More by MARKET_HISTORIES; fast-check tells the seed of a failure. */
const HISTORIES = Number(process.env.MARKET_HISTORIES ?? 600);

test("the money of every actor adds up, and no buyer is paid less than what is locked for it", () => {
  fc.assert(
    fc.property(anyHistory, ({ acts, ...market }) => {
      const game = new Game(market);
      for (const act of acts) game.perform(act);
      game.endAll();
      game.checkAccounts();
      same("policies that ended", game.ended, game.world.policies.length);
    }),
    { numRuns: HISTORIES },
  );
}, 300_000);
