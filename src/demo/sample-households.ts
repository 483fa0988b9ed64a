import { type Access, accessAt } from '../alumni/age.ts';
import { isClaimedSql } from '../alumni/filter.ts';
import { rows } from '../database.ts';
import { readSettings } from '../settings.ts';
import { sampleAddresses } from './sample-cast.ts';
import type { Chance } from './sample-random.ts';

/** Somebody of the register under an address. */
export type Alumnus = Readonly<{
  recordId: string;
  firstName: string;
  lastName: string;
  batch: number | null;
  center: string | null;
  /** Null where the register has no year of birth. */
  access: Access | null;
}>;

/** Those who share an address, the eldest first. */
export type Household = Readonly<{ email: string; members: readonly Alumnus[] }>;

/** Who can be invited, in an order of chance; nobody stands in two of the lists. */
export type Households = Readonly<{
  /** With a grown-up and minors between whom and access only a consent stands. */
  families: Household[];
  /** With a grown-up, and nobody who needs consent. */
  adults: Household[];
  /** Young people with an address of their own. */
  minors: Household[];
}>;

type Found = Omit<Alumnus, 'access'> & { email: string; yearOfBirth: number | null };

/** The households of the sample register, without the cast, whose stories are told by whoever tries the demo. */
export async function sampleHouseholds(chance: Chance): Promise<Households> {
  const policy = await readSettings();
  const now = new Date();
  const found = await rows<Found>(
    `select m.email, m.id as record_id, m.first_name, m.last_name, m.batch, m.center,
       m.year_of_birth
     from alumni_members m
     where m.external_id like 'S-%' and m.active and not m.deceased and not ${isClaimedSql} and m.email is not null
       and m.email <> all($1::citext[]) and not exists (select from accounts a where a.email = m.email)
     order by m.year_of_birth nulls last, m.id`,
    [Object.values(sampleAddresses)],
  );
  const byAddress = new Map<string, Alumnus[]>();
  for (const { email, yearOfBirth, ...one } of found) {
    const access = yearOfBirth === null ? null : accessAt(yearOfBirth, now, policy);
    byAddress.set(email, [...(byAddress.get(email) ?? []), { ...one, access }]);
  }
  const all = [...byAddress].map(([email, members]) => ({ email, members }));
  const households: Households = { families: [], adults: [], minors: [] };
  for (const household of shuffled(all, chance)) listFor(household, households)?.push(household);
  return households;
}

/** The grown-up who answers for an address. */
export function grownUpOf({ members }: Household): Alumnus | undefined {
  return members.find(({ access }) => access === 'full');
}

export function minorsOf({ members }: Household): Alumnus[] {
  return members.filter(({ access }) => access === 'consent');
}

export function nameOf({ firstName, lastName }: Alumnus): string {
  return `${firstName} ${lastName}`.trim();
}

function listFor(household: Household, { families, adults, minors }: Households): Household[] | null {
  const needConsent = minorsOf(household).length > 0;
  if (grownUpOf(household)) return needConsent ? families : adults;
  return needConsent && household.members.length === 1 ? minors : null;
}

function shuffled<T>(list: readonly T[], chance: Chance): T[] {
  const mixed = [...list];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = chance.between(0, last);
    mixed.splice(last, 1, ...mixed.splice(other, 1, ...mixed.slice(last, last + 1)));
  }
  return mixed;
}
