import { listLikelyRecords } from '../../alumni/matching/likely-records.ts';
import { displayName } from '../../alumni/record.ts';
import { queryRows } from '../../platform/db/database.ts';
import { type AddressLookup, lookUpAddress } from '../eligibility/address-lookup.ts';
import type { ReasonName } from '../eligibility/eligibility.ts';

/** A person on file or invited under an address or name similar to the requester's. */
export type SimilarPerson = Readonly<{
  email: string;
  name: string;
  batch: number | null;
  center: string | null;
  url: string;
  matchedBy: 'similar-address' | 'similar-name';
}>;

/** Who the requester may be: what is known about the address, or similar people if it is unknown. */
export type RequesterLookup = Readonly<{ lookup: AddressLookup; similarPeople: readonly SimilarPerson[] }>;

/** The reasons that unknown addresses have. */
const unknownAddressReasons: readonly ReasonName[] = ['no-record', 'typo'];

const MAX_SIMILAR_PEOPLE = 5;
const MIN_SIMILARITY = 0.45;
const PREFIX_LENGTH = 5;
/** How many addresses with the same beginning are compared. */
const MAX_COMPARED = 100;

export async function identifyRequester(email: string): Promise<RequesterLookup> {
  const lookup = await lookUpAddress({ email });
  const isKnown =
    lookup.records.length > 0 || lookup.reasons.some(({ name }) => !unknownAddressReasons.includes(name));
  return { lookup, similarPeople: isKnown ? [] : await listSimilarPeople(email) };
}

async function listSimilarPeople(email: string): Promise<SimilarPerson[]> {
  const [records, invited] = await Promise.all([
    listLikelyRecords({ email, name: guessNameFromAddress(email) }),
    listInvitationsWithSimilarAddress(email),
  ]);
  const fromDirectory = records.flatMap((record): SimilarPerson[] => {
    const { email: recordEmail, state, batch, center, matchedBy: signals } = record;
    // A record with exactly this address wasn't found by the lookup, so it is inactive or the person has died.
    if (recordEmail === null || state === 'deceased' || signals.includes('address')) return [];
    const matchedBy = signals.includes('similar-address') ? 'similar-address' : 'similar-name';
    const url = `/admin/alumni/${record.id}`;
    return [{ email: recordEmail, name: displayName(record), batch, center, url, matchedBy }];
  });
  const invitedEmails = new Set(invited.map(({ email: invitedEmail }) => invitedEmail.toLowerCase()));
  const notInvited = fromDirectory.filter((person) => !invitedEmails.has(person.email.toLowerCase()));
  return [...invited, ...notInvited].slice(0, MAX_SIMILAR_PEOPLE);
}

/** Guesses a name: "amma.owusu87@example.org" → "amma owusu". */
function guessNameFromAddress(email: string): string {
  const local = email.split('@')[0] ?? '';
  return local
    .split(/[^\p{L}]+/u)
    .filter((word) => word.length > 1)
    .join(' ');
}

async function listInvitationsWithSimilarAddress(email: string): Promise<SimilarPerson[]> {
  const local = email.split('@')[0] ?? '';
  const prefix = local.length < PREFIX_LENGTH ? `${local}@` : local.slice(0, PREFIX_LENGTH);
  const found = await queryRows<{
    id: string;
    email: string;
    name: string;
    batch: number | null;
    center: string | null;
  }>(
    `select distinct on (similarity, email) id, email, name, batch, center from (
       select i.id, i.email, i.name, i.batch, i.center, similarity(split_part(i.email::text, '@', 1), $2) as similarity
       from (select * from invitations where email >= $1::citext and email < $3::citext
         order by email limit ${MAX_COMPARED}) i) compared
     where similarity >= ${MIN_SIMILARITY} order by similarity desc, email, id desc limit ${MAX_SIMILAR_PEOPLE}`,
    [prefix, local, `${prefix}\u{10ffff}`],
  );
  return found.map(({ id, ...invited }) => ({
    ...invited,
    url: `/admin/invitations/${id}`,
    matchedBy: 'similar-address',
  }));
}
