/** Plays drawn episodes until enough is done; fast-check tells of a failure the fewest acts that still fail. */
import fc from "fast-check";

const PORTION = 50;

/** A whole number that differs for each portion of each seed. */
const seedOf = (seed: number, portion: number) => (Math.imul(seed, 0x9e3779b1) + Math.imul(portion, 0x85ebca6b)) | 0;

export interface Episodes<Story> {
  stories: fc.Arbitrary<Story>;
  seed: number;
  /** Whether there is enough. */
  isEnough: () => boolean;
  play: (story: Story) => Promise<void>;
}

export async function playEpisodes<Story>({ stories, seed, isEnough, play }: Episodes<Story>): Promise<void> {
  // Without a bias towards small values: those that are to be small are drawn small.
  const story = fc.noBias(stories);
  const property = fc.asyncProperty(story, async (drawn) => {
    if (!isEnough()) await play(drawn);
  });
  for (let portion = 0; !isEnough(); portion += 1) {
    await fc.assert(property, { seed: seedOf(seed, portion), numRuns: PORTION });
  }
}

/** Sums up by name what episodes met. */
export class Count {
  readonly sums: Record<string, number> = {};

  add(met: object) {
    for (const [name, count] of Object.entries(met)) this.sums[name] = (this.sums[name] ?? 0) + Number(count);
  }
}
