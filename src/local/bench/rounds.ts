/**
 * Times things against each other: in turns, several rounds, the first of which only warms up. A machine that others use
 * too is slow now and fast then, so only what was measured side by side is compared.
 */

export interface Contender {
  /** Runs once; the calls of a round are made one after the other. */
  run(call: number): unknown;
  calls: number;
}

/** So many rounds are made even where they take far too long. */
const LEAST_ROUNDS = 3;

/** Milliseconds of one call, a number for each round. */
export async function inTurns<Name extends string>(
  contenders: Record<Name, Contender>,
  rounds: number,
  isLate: () => boolean,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -1; round < rounds; round++) {
    if (round >= LEAST_ROUNDS && isLate()) break;
    for (const name of names) {
      const perCall = await timeOf(contenders[name]);
      if (round >= 0) times[name].push(perCall);
    }
  }
  return times;
}

async function timeOf({ run, calls }: Contender): Promise<number> {
  const start = performance.now();
  for (let call = 0; call < calls; call++) await run(call);
  return (performance.now() - start) / calls;
}
