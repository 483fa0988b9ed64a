import { QueryTypes } from 'sequelize';
import { normaliseSearch } from '../text/text.ts';
import { database, inTransaction, postgresError, queryRow } from './database.ts';

/** The tables with a `search_text` column, and the unfolded text that it is generated from. */
const searchSources = {
  accounts: `t.email::text || ' ' || t.name`,
  alumni_members: `t.first_name || ' ' || t.last_name || ' ' || coalesce(t.former_name, '') || ' ' || coalesce(t.email::text, '')`,
  invitations: `t.email::text || ' ' || t.name`,
  messages: 't.recipient::text',
} as const;

export type SearchableTable = keyof typeof searchSources;

/** Shorter terms match only at the start of a word, because a trigram index can't find them elsewhere. */
const MIN_SUBSTRING_LENGTH = 3;
const MAX_WORDS = 8;
/** Shorter words have too few trigrams for a meaningful similarity. */
const MIN_SUGGESTION_LENGTH = 4;
const MIN_SIMILARITY = 0.3;
/** A common trigram can match most rows. After this time no spelling is suggested. */
const SUGGESTION_TIMEOUT_MS = 2_000;
const QUERY_CANCELED = '57014';

/**
 * Builds a condition that `text` contains every word of `search`, in any order, ignoring case, accents and apostrophe style.
 * `text` is a `search_text` column or a `searchTextExpression`; `bind` takes a value and returns its placeholder.
 */
export function searchCondition(text: string, search: string, bind: (value: unknown) => string): string {
  const patterns = splitWords(search).map((word) => `${text} like fold_text(${bind(likePattern(word))})`);
  return patterns.length > 0 ? `(${patterns.join(' and ')})` : 'true';
}

/** The search text of an expression, for tables without a `search_text` column. */
export function searchTextExpression(expression: string): string {
  return `(' ' || fold_text(${expression}))`;
}

/**
 * Suggests a spelling with results: replaces each word without a match by the most similar word in the table, such as
 * "Lindquist" by "Lindqvist". Null if no word is similar, or the new words match nothing together.
 */
export async function suggestSpelling(table: SearchableTable, search: string): Promise<string | null> {
  if (search === '') return null;
  try {
    return await inTransaction(async () => {
      const run = (sql: string) => database.query(sql, { type: QueryTypes.RAW });
      await run(`set local statement_timeout = ${SUGGESTION_TIMEOUT_MS}`);
      await run('set local pg_trgm.word_similarity_threshold = 0.4');
      return correctSpelling(table, search);
    });
  } catch (error) {
    if (postgresError(error)?.code === QUERY_CANCELED) return null;
    throw error;
  }
}

async function correctSpelling(table: SearchableTable, search: string): Promise<string | null> {
  let corrected = search;
  for (const word of new Set(search.split(WORD_SEPARATOR))) {
    if ([...word].length < MIN_SUGGESTION_LENGTH || (await hasMatch(table, word))) continue;
    const closest = await findClosestWord(table, word);
    if (closest === null) return null;
    corrected = corrected.replaceAll(word, closest);
  }
  return corrected !== search && (await hasMatch(table, corrected)) ? corrected : null;
}

async function hasMatch(table: SearchableTable, search: string): Promise<boolean> {
  const bind: unknown[] = [];
  const condition = searchCondition('t.search_text', search, (value) => `$${bind.push(value)}`);
  return (await queryRow(`select 1 from ${table} t where ${condition} limit 1`, bind)) !== null;
}

async function findClosestWord(table: SearchableTable, word: string): Promise<string | null> {
  const found = await queryRow<{ word: string }>(
    `select word from (
       select ${searchSources[table]} as text from ${table} t where t.search_text %> fold_text($1)
       order by word_similarity(fold_text($1), t.search_text) desc limit 100) near,
     regexp_split_to_table(near.text, '${WORD_SEPARATOR.source}') word
     where similarity(fold_text(word), fold_text($1)) >= ${MIN_SIMILARITY}
     group by word order by similarity(fold_text(word), fold_text($1)) desc, count(*) desc, word limit 1`,
    [word],
  );
  return found?.word ?? null;
}

// Also splits the parts of an e-mail address, so that one misspelt part can be corrected.
const WORD_SEPARATOR = /[\s,;@.]+/;

function splitWords(search: string): string[] {
  return normaliseSearch(search)
    .split(/[\s,;]+/)
    .filter(Boolean)
    .slice(0, MAX_WORDS);
}

function likePattern(word: string): string {
  return [...word].length < MIN_SUBSTRING_LENGTH ? `% ${escapeLike(word)}%` : `%${escapeLike(word)}%`;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
