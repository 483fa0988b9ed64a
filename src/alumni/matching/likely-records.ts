import { queryRows } from '../../platform/db/database.ts';
import { searchCondition } from '../../platform/db/search.ts';
import { cut } from '../../platform/text/text.ts';
import { LISTED_RECORD_SQL, type ListedRecord } from '../listed-record.ts';

export type MatchSignal = 'address' | 'name' | 'similar-name' | 'similar-address' | 'batch' | 'center';

/** A record that may belong to a person, and the evidence. */
export type LikelyRecord = ListedRecord & Readonly<{ matchedBy: readonly MatchSignal[] }>;

/** What is known about the person. `schoolName` is the name at school, if it was another. */
type PersonIdentity = Readonly<{
  email: string;
  name: string;
  schoolName?: string | null;
  batch?: number | null;
  center?: string | null;
}>;
type ScoredRecord = ListedRecord &
  Readonly<{
    sameAddress: boolean;
    sameBatch: boolean;
    sameCenter: boolean;
    nameSimilarity: number;
    addressSimilarity: number;
  }>;

const MAX_RECORDS = 10;
const MIN_SIMILARITY = 0.45;
/** How many records each condition contributes. A more common name is no evidence. */
const MAX_PER_CONDITION = 200;
const PREFIX_LENGTH = 5;
const LAST_NAME_PREFIX_LENGTH = 3;

/**
 * The records that may belong to a person, most likely first. Candidates from indexes are ranked by similarity. Names
 * are compared without accents, also with former names; a batch or center alone is no evidence.
 */
export async function listLikelyRecords(person: PersonIdentity): Promise<LikelyRecord[]> {
  const { email, name, schoolName, batch = null, center = null } = person;
  const localPart = email.split('@')[0] ?? '';
  const names = [...new Set([schoolName || name, name])];
  const bind: unknown[] = [email, names, localPart, batch, center];
  const bindValue = (value: unknown) => `$${bind.push(value)}`;
  const conditions = [
    ...addressConditions(email, bindValue),
    ...names.flatMap((each) => nameConditions(each, bindValue)),
  ];
  const found = conditions.map(
    (condition) => `(select m.id from alumni_members m where ${condition} limit ${MAX_PER_CONDITION})`,
  );
  const scored = await queryRows<ScoredRecord>(
    `select * from (
       select ${LISTED_RECORD_SQL}, coalesce(m.email = $1::citext, false) as same_address,
         coalesce(m.batch = $4::int, false) as same_batch,
         coalesce(fold_text(m.center) = fold_text($5), false) as same_center,
         (select max(greatest(similarity(fold_text(m.first_name || ' ' || m.last_name), fold_text(said)),
           similarity(fold_text(coalesce(m.former_name, '')), fold_text(said)))) from unnest($2::text[]) said)
           as name_similarity,
         coalesce(similarity(split_part(m.email::text, '@', 1), $3), 0) as address_similarity
       from (${found.join(' union ')}) found join alumni_members m on m.id = found.id
       where m.state <> 'merged') scored
     order by same_address desc, name_similarity + address_similarity / 2
       + same_batch::int * 0.3 + same_center::int * 0.1 desc, id limit ${MAX_RECORDS}`,
    bind,
  );
  return scored
    .map((record) => ({ ...record, matchedBy: matchSignals(record) }))
    .filter(({ matchedBy }) => matchedBy.some((signal) => signal !== 'batch' && signal !== 'center'));
}

/** Conditions for candidates: the address, and the beginning of the address. */
function addressConditions(email: string, bindValue: (value: unknown) => string): string[] {
  const prefix = email.split('@')[0]?.slice(0, PREFIX_LENGTH) ?? '';
  const same = `m.email = ${bindValue(email)}::citext`;
  if (prefix.length < PREFIX_LENGTH) return [same];
  return [
    same,
    `m.email >= ${bindValue(prefix)}::citext and m.email < ${bindValue(`${prefix}\u{10ffff}`)}::citext`,
  ];
}

/**
 * Conditions for candidates: last name and first letter of the first name; all words of the name; first name and first
 * letters of the last name.
 */
function nameConditions(name: string, bindValue: (value: unknown) => string): string[] {
  const words = name.split(/\s+/).filter(Boolean);
  const first = words.slice(0, -1).join(' ');
  const last = words.at(-1) ?? '';
  const conditions = [
    `m.last_name in (${bindValue(last)}, initcap(${bindValue(last)}))
       and starts_with(lower(m.first_name), lower(${bindValue([...first][0] ?? '')}))`,
  ];
  if (words.length > 0) conditions.push(searchCondition('m.search_text', name, bindValue));
  if (first !== '' && last !== '')
    conditions.push(
      searchCondition('m.search_text', `${first} ${cut(last, LAST_NAME_PREFIX_LENGTH)}`, bindValue),
    );
  return conditions;
}

function matchSignals(record: ScoredRecord): MatchSignal[] {
  const { sameAddress, sameBatch, sameCenter, nameSimilarity, addressSimilarity } = record;
  return [
    ...(sameAddress ? (['address'] as const) : []),
    ...(nameSimilarity === 1
      ? (['name'] as const)
      : nameSimilarity >= MIN_SIMILARITY
        ? (['similar-name'] as const)
        : []),
    ...(!sameAddress && addressSimilarity >= MIN_SIMILARITY ? (['similar-address'] as const) : []),
    ...(sameBatch ? (['batch'] as const) : []),
    ...(sameCenter ? (['center'] as const) : []),
  ];
}
