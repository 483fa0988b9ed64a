type Opened = Readonly<{ linkId: string; at: number }>;

const MOMENT_MS = 10_000;
const MOST_PLACES = 5_000;
const MOST_LINKS = 20;

/** By place, the one longest unseen first. In memory, of this process alone, and forgotten after a moment. */
const places = new Map<string, readonly Opened[]>();

/** Counts how many different links were opened from one place within the last ten seconds, this one included. */
export function linksOpenedFrom(place: string, linkId: string, now = Date.now()): number {
  forgetOld(now);
  const recent = (places.get(place) ?? []).filter(
    (opened) => opened.linkId !== linkId && now - opened.at < MOMENT_MS,
  );
  const all = [...recent, { linkId, at: now }].slice(-MOST_LINKS);
  places.delete(place);
  places.set(place, all);
  return all.length;
}

function forgetOld(now: number): void {
  for (const [place, opened] of places) {
    if (now - (opened.at(-1)?.at ?? 0) < MOMENT_MS && places.size < MOST_PLACES) return;
    places.delete(place);
  }
}
