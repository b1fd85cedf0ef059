import type { SeededRandom } from '../seeded-random.ts';

/** What a seed decides for a whole run: fixed small rates find little, so each seed has extremes of its own. */
export interface Weather {
  readonly consistentListing: boolean;
  readonly conditionalPut: boolean;
  /** How long listings may miss what others did; less than the protocol's wait, which is there for that. */
  readonly listingLagMs: number;
  /** Object stores show times in whole seconds. */
  readonly timeStepMs: number;
  /** The store's clock ahead of the true time. */
  readonly storeSkewMs: number;
  readonly latencyMsMax: number;
  readonly errorBefore: number;
  readonly errorAfter: number;
  readonly listBreaks: number;
  readonly truncatedGet: number;
  /** Where calls fail: everywhere, or only below one of the format's prefixes. */
  readonly failingArea: 'all' | 'configs' | 'blocks' | 'locks';
  /** Attempts that the retry decorator makes. */
  readonly attempts: number;
  readonly killChance: number;
  readonly stallChance: number;
  /** What stood in the store before: nothing, or what a careless program left when the power went. */
  readonly leftovers: boolean;
  /** Whether programs that follow Longhorn's protocol work on the same store. */
  readonly longhorn: boolean;
}

export function drawWeather(random: SeededRandom): Weather {
  const consistentListing = random.chance(0.5);
  const leftovers = random.chance(0.4);
  return {
    consistentListing,
    conditionalPut: random.chance(0.5),
    listingLagMs: consistentListing ? 0 : random.pick([0, 500, 1_500]),
    timeStepMs: random.pick([1, 1_000]),
    storeSkewMs: random.pick([0, 0, -600_000, 600_000]),
    latencyMsMax: random.pick([0, 50, 500, 2_000]),
    errorBefore: random.pick([0, 0, 0.02, 0.1]),
    errorAfter: random.pick([0, 0, 0.02, 0.1]),
    listBreaks: random.pick([0, 0.05, 0.8]),
    truncatedGet: random.pick([0, 0, 0.05]),
    failingArea: random.pick(['all', 'all', 'configs', 'blocks', 'locks']),
    attempts: random.pick([1, 3, 6]),
    killChance: random.pick([0, 0.2, 0.5]),
    stallChance: random.pick([0, 0, 0.4]),
    leftovers,
    // Longhorn takes an empty block for a stored one; its own backups of such a store prove nothing about ours.
    longhorn: !leftovers && random.chance(0.5),
  };
}
