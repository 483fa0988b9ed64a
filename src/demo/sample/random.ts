/** A seeded random number generator: the same seed gives the same sequence. */
export type Random = Readonly<{
  /** An integer from `min` to `max`, inclusive. */
  integer: (min: number, max: number) => number;
  pick: <T>(list: readonly [T, ...T[]]) => T;
  /** True with this probability, from 0 to 1. */
  chance: (probability: number) => boolean;
}>;

/** The mulberry32 generator (public domain, Tommy Ettinger). Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    integer,
    pick: (list) => list[integer(0, list.length - 1)] ?? list[0],
    chance: (probability) => next() < probability,
  };
}
