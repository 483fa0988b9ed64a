/** A source of chance that says the same things in the same order for the same seed. */
export type Random = Readonly<{
  /** A whole number from `min` to `max`, both included. */
  integer: (min: number, max: number) => number;
  pick: <T>(list: readonly [T, ...T[]]) => T;
  /** True that often: 0.1 is one time in ten. */
  chance: (share: number) => boolean;
}>;

/** The mulberry32 generator (public domain, Tommy Ettinger): good enough for names, not for secrets. */
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
    chance: (share) => next() < share,
  };
}
