import { displayName } from '../alumni/record.ts';
import { rows } from '../database.ts';
import type { ReasonName } from '../invitations/eligibility.ts';
import { type Lookup, lookUp } from '../invitations/look-up.ts';
import { likelyRecords } from './likely.ts';

/** Somebody who is known under another address that looks like the one that asks. */
export type Candidate = Readonly<{
  email: string;
  name: string;
  batch: number | null;
  center: string | null;
  url: string;
  why: 'similar-address' | 'similar-name';
}>;

/** Who may have asked: what is known of the very address, and if nothing is, who has one like it. */
export type Asker = Readonly<{ known: Lookup; candidates: readonly Candidate[] }>;

/** What is said of addresses that we know nothing about. */
const says: readonly ReasonName[] = ['no-record', 'typo'];

const MOST = 5;
const ALIKE = 0.45;
const START = 5;
/** So many addresses that begin alike are compared letter by letter. */
const MOST_COMPARED = 100;

export async function whoAsks(email: string): Promise<Asker> {
  const known = await lookUp({ email });
  const isKnown = known.records.length > 0 || known.reasons.some(({ name }) => !says.includes(name));
  return { known, candidates: isKnown ? [] : await candidatesFor(email) };
}

async function candidatesFor(email: string): Promise<Candidate[]> {
  const [records, invited] = await Promise.all([
    likelyRecords({ email, name: nameIn(email) }),
    invitationsLike(email),
  ]);
  const fromRegister = records.flatMap((one): Candidate[] => {
    const { batch, center, why } = one;
    // Whoever has the very address but isn't known by it has died or is inactive.
    if (one.email === null || one.state === 'deceased' || why.includes('address')) return [];
    const reason = why.includes('similar-address') ? 'similar-address' : 'similar-name';
    const url = `/admin/alumni/${one.id}`;
    return [{ email: one.email, name: displayName(one), batch, center, url, why: reason }];
  });
  const known = new Set(invited.map((one) => one.email.toLowerCase()));
  return [...invited, ...fromRegister.filter((one) => !known.has(one.email.toLowerCase()))].slice(0, MOST);
}

/** "amma.owusu87@example.org" is probably the address of somebody called "amma owusu". */
function nameIn(email: string): string {
  const local = email.split('@')[0] ?? '';
  return local
    .split(/[^\p{L}]+/u)
    .filter((word) => word.length > 1)
    .join(' ');
}

async function invitationsLike(email: string): Promise<Candidate[]> {
  const local = email.split('@')[0] ?? '';
  const start = local.length < START ? `${local}@` : local.slice(0, START);
  const found = await rows<{
    id: string;
    email: string;
    name: string;
    batch: number | null;
    center: string | null;
  }>(
    `select distinct on (likeness, email) id, email, name, batch, center from (
       select i.id, i.email, i.name, i.batch, i.center, similarity(split_part(i.email::text, '@', 1), $2) as likeness
       from (select * from invitations where email >= $1::citext and email < $3::citext
         order by email limit ${MOST_COMPARED}) i) compared
     where likeness >= ${ALIKE} order by likeness desc, email, id desc limit ${MOST}`,
    [start, local, `${start}\u{10ffff}`],
  );
  return found.map(({ id, ...one }) => ({ ...one, url: `/admin/invitations/${id}`, why: 'similar-address' }));
}
