/** The week, day by day: the calm that is sold, the crash, and what comes after it. */

import { comeToAnEnd } from "./after";
import { sellPolicies } from "./calm";
import type { Cast } from "./cast";
import type { Clock } from "./clock";
import { crash } from "./crash";
import type { Market } from "./market";
import type { Operator } from "./operator";

/** What the days are told with. */
export interface Story {
  cast: Cast;
  clock: Clock;
  market: Market;
  operator: Operator;
}

export async function tellWeek(story: Story): Promise<void> {
  const sold = await sellPolicies(story);
  await crash(story, sold);
  await comeToAnEnd(story, sold);
}
