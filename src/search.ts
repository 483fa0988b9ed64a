import { row } from './database.ts';

/** Shorter ones have no trigram. */
export const SHORTEST_PART = 3;

/** A table whose `search_text`, in lower case, is searched by part: it has a trigram index. */
export type SearchTable = 'accounts' | 'alumni_members' | 'invitations';

/**
 * How a part is looked for: by the index with `pieces` of it, and the whole in what they find; without the index, in what
 * the other conditions leave; as the planner likes; or not at all.
 */
export type Way = Readonly<{ pieces: string }> | 'unindexed' | 'any' | 'none';

/** The condition that the `search_text` of `alias` holds a part, in whatever case. `put` adds a value and gives its place. */
export function holdsPart(
  alias: string,
  part: string,
  put: (value: unknown) => string,
  way: Way = 'any',
): string {
  if (way === 'none') return 'true';
  const text = `${alias}.search_text`;
  const whole = `like lower(${put(anywhere(part))})`;
  if (way === 'any') return `${text} ${whole}`;
  // No index has this expression.
  const unindexed = `(${text} || '') ${whole}`;
  return way === 'unindexed' ? unindexed : `${text} like ${put(way.pieces)} and ${unindexed}`;
}

/** The same; fewer than three characters are the beginning of `alias`’s `email`, a citext. */
export function holdsOrStarts(
  alias: string,
  part: string,
  put: (value: unknown) => string,
  way: Way = 'any',
): string {
  return part.length < SHORTEST_PART
    ? startsWith(`${alias}.email`, part, put)
    : holdsPart(alias, part, put, way);
}

/** The pattern for `like` that finds a text anywhere. */
export function anywhere(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** The condition that an address, a citext, begins with a text: for what is too short to be looked for anywhere. */
export function startsWith(address: string, start: string, put: (value: unknown) => string): string {
  return `${address} >= ${put(start)}::citext and ${address} < ${put(`${start}\u{10ffff}`)}::citext`;
}

/** Two pieces find nearly as little as the whole, and each more has to be read from end to end. */
const PIECES = 2;
/** What more texts than this share hold is not looked up: reading the index takes longer than looking at them. */
const COMMON = 0.01;

/**
 * The rarest pieces of a part as a pattern for `like`, or null when all are common or nothing is known. A trigram index
 * reads, for each trigram of what is looked for, all rows that have it: common ones cost the most and tell the least.
 */
export async function rarePieces(table: SearchTable, part: string): Promise<string | null> {
  const { shares } = await sampleOf(table);
  if (shares.size === 0) return null;
  const pieces = trigramsIn(part)
    .map(({ text, at }) => ({ text, at, share: shares.get(text) ?? 0 }))
    .sort((a, b) => a.share - b.share || a.at - b.at)
    .slice(0, PIECES);
  const [rarest] = pieces;
  if (!rarest || rarest.share > COMMON) return null;
  const [one, other] = pieces.sort((a, b) => a.at - b.at);
  if (!one || !other) return anywhere(rarest.text);
  const gap = other.at - one.at;
  // Two that overlap are one piece.
  return gap < other.text.length
    ? anywhere(one.text.slice(0, gap) + other.text)
    : `%${one.text}%${other.text}%`;
}

/** What so many texts hold is met soon enough by whoever wants but a few of them and looks at one after the other. */
const OFTEN_MET = 0.005;

/** Whether a few texts that hold a part are found sooner without the index. */
export async function isOftenMet(table: SearchTable, part: string): Promise<boolean> {
  const { texts } = await sampleOf(table);
  const sought = part.toLowerCase();
  return texts.filter((text) => text.includes(sought)).length > texts.length * OFTEN_MET;
}

type Trigram = Readonly<{ text: string; at: number }>;

/** Only those of plain letters and digits: a server in any language of the world counts them as one trigram. */
function trigramsIn(part: string): Trigram[] {
  return [...part.matchAll(/(?=([a-z0-9]{3}))/gi)].map(({ 1: text = '', index }) => ({
    text: text.toLowerCase(),
    at: index,
  }));
}

type Sample = Readonly<{ texts: readonly string[]; shares: ReadonlyMap<string, number>; until: number }>;
const samples = new Map<SearchTable, Promise<Sample>>();
const KEPT_FOR = 10 * 60_000;

/** The sample that ANALYZE keeps, and the share of it that has each trigram; read anew after ten minutes. */
async function sampleOf(table: SearchTable): Promise<Sample> {
  const known = await samples.get(table);
  if (known && Date.now() < known.until) return known;
  const read = readSample(table);
  samples.set(table, read);
  read.catch(() => samples.delete(table));
  return read;
}

async function readSample(table: SearchTable): Promise<Sample> {
  const found = await row<{ texts: string[] | null }>(
    `select histogram_bounds::text::text[] as texts from pg_stats
     where schemaname = any(current_schemas(false)) and tablename = $1 and attname = 'search_text'`,
    [table],
  );
  const texts = found?.texts ?? [];
  const shares = new Map<string, number>();
  for (const text of texts) {
    for (const trigram of new Set(trigramsIn(text).map((one) => one.text)))
      shares.set(trigram, (shares.get(trigram) ?? 0) + 1 / texts.length);
  }
  return { texts, shares, until: Date.now() + KEPT_FOR };
}
