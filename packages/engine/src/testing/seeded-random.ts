/** Chance that repeats: the same seed gives the same draws, so a failing seed is a bug report. */
export interface SeededRandom {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [min, max]. */
  integer(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  bytes(length: number): Uint8Array;
  /** A generator of its own, so that one part's draws do not shift another's. */
  fork(): SeededRandom;
}

/** Mulberry32: 32 bits of state, quick, and good enough to choose faults by. Not for secrets. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0;
  const word = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const random: SeededRandom = {
    next: () => word() / 2 ** 32,
    integer: (min, max) => min + Math.floor(random.next() * (max - min + 1)),
    chance: (probability) => random.next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[random.integer(0, items.length - 1)]!;
    },
    bytes: (length) => {
      const words = new Uint32Array(Math.ceil(length / 4));
      for (let index = 0; index < words.length; index++) words[index] = word();
      return new Uint8Array(words.buffer, 0, length);
    },
    fork: () => seededRandom(word()),
  };
  return random;
}
