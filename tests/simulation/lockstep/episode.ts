/**
 * One episode of the lockstep: a hundred acts from a seed, on the model, the real contract and the backend. Every other is
 * of providers, whose every answer the model foretells; the rest are of the whole market, held to its invariants.
 */
import { openBackend } from "../../convex/backend";
import { actsOf, playSmallest } from "../campaign";
import type { Chain } from "../chain";
import { playEpisode } from "../episode";
import { marketActsOf, playMarket } from "../market/episode";
import { requireBoundedOutflow } from "./outflow";
import { drawFrom } from "./randomness";

export const ACTS = 100;

interface Played {
  chain: Chain;
  met: Set<string>;
}

/** As high as an act may raise a cap, of what the episode began with. */
const HIGHEST_PERCENT = 150n;

async function bounded<Stage extends Played>(play: () => Promise<Stage>): Promise<Stage> {
  const stage = await play();
  const { chain } = stage;
  requireBoundedOutflow(chain.at(chain.height).events, (chain.caps.withdrawals * HIGHEST_PERCENT) / 100n);
  return stage;
}

/** @param most how many acts of the episode are played */
export function playLockstep(seed: number, most = ACTS): Promise<Played> {
  const fromSeed = <Act>(play: (acts: Act[]) => Promise<Played>) => {
    return (acts: Act[]) => {
      drawFrom(seed);
      return bounded(() => play(acts));
    };
  };
  if (seed % 2 === 0) {
    const play = fromSeed((acts: ReturnType<typeof actsOf>) => playEpisode(openBackend, acts));
    return playSmallest(seed, actsOf(seed, most), play);
  }
  const play = fromSeed((acts: ReturnType<typeof marketActsOf>) => playMarket(openBackend, acts));
  return playSmallest(seed, marketActsOf(seed, most), play);
}
