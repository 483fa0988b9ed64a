import { LISTED_RECORD_SQL, type ListedRecord } from '../alumni/listed-record.ts';
import { rows } from '../database.ts';
import { matchesSearch } from '../search.ts';

export type Why = 'address' | 'name' | 'similar-name' | 'similar-address';

/** A record that somebody may be, and what speaks for it. */
export type Likely = ListedRecord & Readonly<{ why: readonly Why[] }>;

type Known = Readonly<{ email: string; name: string }>;
type Judged = ListedRecord &
  Readonly<{ sameAddress: boolean; nameLikeness: number; addressLikeness: number }>;

const MOST = 10;
const ALIKE = 0.45;
/** So many of a name are looked at: what is more common tells nothing. */
const MOST_OF_A_NAME = 200;
const SHORTEST_START = 5;
const LETTERS_OF_LAST_NAME = 3;

/** The records that an account may be about, the likeliest first. What indexes find is compared letter by letter. */
export async function likelyRecords({ email, name }: Known): Promise<Likely[]> {
  const local = email.split('@')[0] ?? '';
  const bind: unknown[] = [email, name, local];
  const found = waysToFind({ email, name }, (value) => `$${bind.push(value)}`).map(
    (way) => `(select m.id from alumni_members m where ${way} limit ${MOST_OF_A_NAME})`,
  );
  const judged = await rows<Judged>(
    `select * from (
       select ${LISTED_RECORD_SQL}, coalesce(m.email = $1::citext, false) as same_address,
         similarity(trim(m.first_name || ' ' || m.last_name), $2) as name_likeness,
         coalesce(similarity(split_part(m.email::text, '@', 1), $3), 0) as address_likeness
       from (${found.join(' union ')}) found join alumni_members m on m.id = found.id
       where m.state <> 'merged') judged
     order by same_address desc, name_likeness + address_likeness / 2 desc, id limit ${MOST}`,
    bind,
  );
  return judged.map((one) => ({ ...one, why: reasons(one) })).filter(({ why }) => why.length > 0);
}

/**
 * By the address; by the last name with the first letter of the first; by all words of the name; by the first name with
 * the first letters of the last; by the beginning of the address.
 */
function waysToFind({ email, name }: Known, put: (value: unknown) => string): string[] {
  const words = name.split(/\s+/).filter(Boolean);
  const first = words.slice(0, -1).join(' ');
  const last = words.at(-1) ?? '';
  const start = email.split('@')[0]?.slice(0, SHORTEST_START) ?? '';
  const ways = [
    `m.email = ${put(email)}::citext`,
    `m.last_name in (${put(last)}, initcap(${put(last)}))
       and starts_with(lower(m.first_name), lower(${put(first.slice(0, 1))}))`,
  ];
  if (words.length > 0) ways.push(matchesSearch('m.search_text', name, put));
  if (first !== '' && last !== '')
    ways.push(matchesSearch('m.search_text', `${first} ${last.slice(0, LETTERS_OF_LAST_NAME)}`, put));
  if (start.length === SHORTEST_START)
    ways.push(`m.email >= ${put(start)}::citext and m.email < ${put(`${start}\u{10ffff}`)}::citext`);
  return ways;
}

function reasons({ sameAddress, nameLikeness, addressLikeness }: Judged): Why[] {
  return [
    ...(sameAddress ? (['address'] as const) : []),
    ...(nameLikeness === 1 ? (['name'] as const) : nameLikeness >= ALIKE ? (['similar-name'] as const) : []),
    ...(!sameAddress && addressLikeness >= ALIKE ? (['similar-address'] as const) : []),
  ];
}
