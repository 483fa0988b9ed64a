import { queryRows } from '../../platform/db/database.ts';
import { searchCondition } from '../../platform/db/search.ts';
import { LISTED_RECORD_SQL, type ListedRecord } from '../listed-record.ts';

export type MatchSignal = 'address' | 'name' | 'similar-name' | 'similar-address';

/** A record that may belong to an account, and the evidence. */
export type LikelyRecord = ListedRecord & Readonly<{ matchedBy: readonly MatchSignal[] }>;

type AccountIdentity = Readonly<{ email: string; name: string }>;
type ScoredRecord = ListedRecord &
  Readonly<{ sameAddress: boolean; nameSimilarity: number; addressSimilarity: number }>;

const MAX_RECORDS = 10;
const MIN_SIMILARITY = 0.45;
/** How many records each condition contributes. A more common name is no evidence. */
const MAX_PER_CONDITION = 200;
const PREFIX_LENGTH = 5;
const LAST_NAME_PREFIX_LENGTH = 3;

/** The records that may belong to an account, most likely first. Candidates from indexes are ranked by similarity. */
export async function listLikelyRecords({ email, name }: AccountIdentity): Promise<LikelyRecord[]> {
  const localPart = email.split('@')[0] ?? '';
  const bind: unknown[] = [email, name, localPart];
  const found = searchConditions({ email, name }, (value) => `$${bind.push(value)}`).map(
    (condition) => `(select m.id from alumni_members m where ${condition} limit ${MAX_PER_CONDITION})`,
  );
  const scored = await queryRows<ScoredRecord>(
    `select * from (
       select ${LISTED_RECORD_SQL}, coalesce(m.email = $1::citext, false) as same_address,
         similarity(trim(m.first_name || ' ' || m.last_name), $2) as name_similarity,
         coalesce(similarity(split_part(m.email::text, '@', 1), $3), 0) as address_similarity
       from (${found.join(' union ')}) found join alumni_members m on m.id = found.id
       where m.state <> 'merged') scored
     order by same_address desc, name_similarity + address_similarity / 2 desc, id limit ${MAX_RECORDS}`,
    bind,
  );
  return scored
    .map((record) => ({ ...record, matchedBy: matchSignals(record) }))
    .filter(({ matchedBy }) => matchedBy.length > 0);
}

/**
 * Conditions for candidates: the address; last name and first letter of the first name; all words of the name; first
 * name and first letters of the last name; the beginning of the address.
 */
function searchConditions({ email, name }: AccountIdentity, bindValue: (value: unknown) => string): string[] {
  const words = name.split(/\s+/).filter(Boolean);
  const first = words.slice(0, -1).join(' ');
  const last = words.at(-1) ?? '';
  const prefix = email.split('@')[0]?.slice(0, PREFIX_LENGTH) ?? '';
  const conditions = [
    `m.email = ${bindValue(email)}::citext`,
    `m.last_name in (${bindValue(last)}, initcap(${bindValue(last)}))
       and starts_with(lower(m.first_name), lower(${bindValue(first.slice(0, 1))}))`,
  ];
  if (words.length > 0) conditions.push(searchCondition('m.search_text', name, bindValue));
  if (first !== '' && last !== '')
    conditions.push(
      searchCondition('m.search_text', `${first} ${last.slice(0, LAST_NAME_PREFIX_LENGTH)}`, bindValue),
    );
  if (prefix.length === PREFIX_LENGTH)
    conditions.push(
      `m.email >= ${bindValue(prefix)}::citext and m.email < ${bindValue(`${prefix}\u{10ffff}`)}::citext`,
    );
  return conditions;
}

function matchSignals({ sameAddress, nameSimilarity, addressSimilarity }: ScoredRecord): MatchSignal[] {
  return [
    ...(sameAddress ? (['address'] as const) : []),
    ...(nameSimilarity === 1
      ? (['name'] as const)
      : nameSimilarity >= MIN_SIMILARITY
        ? (['similar-name'] as const)
        : []),
    ...(!sameAddress && addressSimilarity >= MIN_SIMILARITY ? (['similar-address'] as const) : []),
  ];
}
