import { QueryTypes } from 'sequelize';
import { database, inTransaction, postgresError, row } from './database.ts';

/** The tables with a `search_text` (made by `fold_text`), each with what it was made from, as people write it. */
const searchedTexts = {
  accounts: `t.email::text || ' ' || t.name`,
  alumni_members: `t.first_name || ' ' || t.last_name || ' ' || coalesce(t.email::text, '')`,
  invitations: `t.email::text || ' ' || t.name`,
  messages: 't.recipient::text',
} as const;

export type SearchedTable = keyof typeof searchedTexts;

/** Shorter words are looked for at the beginning of a word: a trigram index can't find them elsewhere. */
const SHORTEST_ANYWHERE = 3;
const MOST_WORDS = 8;
/** Shorter words have too few trigrams to say what they resemble. */
const SHORTEST_SUGGESTED = 4;
const LEAST_SIMILARITY = 0.3;
/** Nearly every word is like some other: the search for close spellings ends here, and no spelling is suggested. */
const SUGGESTION_TIMEOUT_MS = 2_000;
const QUERY_CANCELED = '57014';

/**
 * The condition that every word of `search` is in `text`, in whatever order, case or spelling of accents and apostrophes.
 * `text` is a `search_text`, or `searchTextOf` something; `bind` takes a value and returns its placeholder.
 */
export function matchesSearch(text: string, search: string, bind: (value: unknown) => string): string {
  const patterns = wordsOf(search).map((word) => `${text} like fold_text(${bind(patternFor(word))})`);
  return patterns.length > 0 ? `(${patterns.join(' and ')})` : 'true';
}

/** What an expression is searched by, where its table has no column for it. */
export function searchTextOf(expression: string): string {
  return `(' ' || fold_text(${expression}))`;
}

/**
 * `search` with each word that nothing in the table has replaced by the closest one that something has: "Lindquist" gives
 * "Lindqvist". Null where nothing is close, or the new words find nothing together.
 */
export async function closestSpelling(table: SearchedTable, search: string): Promise<string | null> {
  if (search === '') return null;
  try {
    return await inTransaction(async () => {
      const run = (sql: string) => database.query(sql, { type: QueryTypes.RAW });
      await run(`set local statement_timeout = ${SUGGESTION_TIMEOUT_MS}`);
      await run('set local pg_trgm.word_similarity_threshold = 0.4');
      return correct(table, search);
    });
  } catch (error) {
    if (postgresError(error)?.code === QUERY_CANCELED) return null;
    throw error;
  }
}

async function correct(table: SearchedTable, search: string): Promise<string | null> {
  let corrected = search;
  for (const word of new Set(search.split(BETWEEN_WORDS))) {
    if ([...word].length < SHORTEST_SUGGESTED || (await isFound(table, word))) continue;
    const closest = await closestWord(table, word);
    if (closest === null) return null;
    corrected = corrected.replaceAll(word, closest);
  }
  return corrected !== search && (await isFound(table, corrected)) ? corrected : null;
}

async function isFound(table: SearchedTable, search: string): Promise<boolean> {
  const bind: unknown[] = [];
  const matches = matchesSearch('t.search_text', search, (value) => `$${bind.push(value)}`);
  return (await row(`select 1 from ${table} t where ${matches} limit 1`, bind)) !== null;
}

async function closestWord(table: SearchedTable, word: string): Promise<string | null> {
  const found = await row<{ word: string }>(
    `select word from (
       select ${searchedTexts[table]} as text from ${table} t where t.search_text %> fold_text($1)
       order by word_similarity(fold_text($1), t.search_text) desc limit 100) near,
     regexp_split_to_table(near.text, '${BETWEEN_WORDS.source}') word
     where similarity(fold_text(word), fold_text($1)) >= ${LEAST_SIMILARITY}
     group by word order by similarity(fold_text(word), fold_text($1)) desc, count(*) desc, word limit 1`,
    [word],
  );
  return found?.word ?? null;
}

// Also what divides the parts of an address, so that one misspelt part can be corrected.
const BETWEEN_WORDS = /[\s,;@.]+/;

function wordsOf(search: string): string[] {
  return search
    .replace(/\p{Cf}/gu, '')
    .split(/[\s,;]+/)
    .filter(Boolean)
    .slice(0, MOST_WORDS);
}

function patternFor(word: string): string {
  return [...word].length < SHORTEST_ANYWHERE ? `% ${escaped(word)}%` : `%${escaped(word)}%`;
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
