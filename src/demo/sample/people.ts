import { centers, type NameTradition, traditions } from './names.ts';
import { type Random, seededRandom } from './random.ts';

/** A fictional alumni record. */
export type SamplePerson = Readonly<{
  firstName: string;
  lastName: string;
  email: string | null;
  batch: number | null;
  center: string | null;
  yearOfBirth: number | null;
  active: boolean;
  deceased: boolean;
}>;

const SEED = 1975;
const FAMILIES = 45;
const PEOPLE = 343;
const FIRST_BATCH = 1975;

/** The batch of `sampleAddresses.adult`, whose classmates have registered. */
export const TRIED_BATCH = 2008;

/** Addresses for trying out the demo, with the records on file for each. They are not invited. */
export const sampleAddresses = {
  /** One adult, with year of birth. */
  adult: 'maya.lindqvist@example.org',
  /** A parent and two children of 14 to 17. */
  family: 'okafor.family@example.org',
  /** A parent and twins of 14 to 17. */
  twins: 'haddad.family@example.org',
  /** A parent and a child under 14. */
  youngFamily: 'rossi.family@example.org',
  /** Six people of one household: three adults, a child of 14 to 17, one under 14, one without year of birth. */
  many: 'moreau.household@example.org',
  /** One person without year of birth. */
  noYear: 'tomasz.zielinski@example.org',
  /** One adult with neither batch nor center. */
  noBatch: 'suryati@example.org',
  /** One person of 14 to 17, under an address of their own. */
  teen: 'leo.brandt@example.org',
  /** One person under 14, under an address of their own. */
  underFourteen: 'nora.whitfield@example.org',
  /** One person who is inactive: no record is found. */
  inactive: 'gareth.pryce@example.org',
  /** One person who has died: no record is found. */
  deceased: 'rosalind.achterberg@example.org',
  /** Nobody. */
  unknown: 'nobody.known@example.org',
} as const;

/** The sample directory: the same people each time, with ages relative to `year`. */
export function samplePeople(year: number): SamplePerson[] {
  const random = seededRandom(SEED);
  const people = createCast(year);
  const addresses = new Set(people.flatMap(({ email }) => email ?? []));
  for (let count = 0; count < FAMILIES; count += 1) people.push(...createFamily(year, random, addresses));
  while (people.length < PEOPLE) people.push(createSingle(year, random, addresses));
  return people;
}

/** The directory as an import file, with external ids `S-0001` … */
export function toCsv(people: readonly SamplePerson[]): string {
  const heading = 'external_id,first_name,last_name,email,batch,center,year_of_birth,active,deceased';
  const lines = people.map((person, index) =>
    [
      `S-${String(index + 1).padStart(4, '0')}`,
      ...[person.firstName, person.lastName, person.email, person.batch, person.center, person.yearOfBirth],
      ...[person.active, person.deceased].map((value) => (value ? 'yes' : 'no')),
    ].join(','),
  );
  return [heading, ...lines].join('\n');
}

/** The people behind `sampleAddresses`, and some classmates. */
function createCast(year: number): SamplePerson[] {
  const at = sampleAddresses;
  const recent = year - 1;
  return [
    createPerson('Maya', 'Lindqvist', at.adult, TRIED_BATCH, 'Alder Hill', year - 36),
    createPerson('Jonas', 'Ekdahl', 'jonas.ekdahl@example.org', TRIED_BATCH, 'Alder Hill', year - 36),
    createPerson('Priya', 'Raman', 'priya.raman@example.org', TRIED_BATCH, 'Alder Hill', year - 37),
    createPerson('Lucía', 'Ferrer', 'lucia.ferrer@example.org', TRIED_BATCH, 'Saltmarsh', year - 37),
    createPerson('Ngozi', 'Okafor', at.family, 1999, 'Cedar Bay', year - 45),
    createPerson('Chinedu', 'Okafor', at.family, recent, 'Cedar Bay', year - 16),
    createPerson('Amara', 'Okafor', at.family, year, 'Cedar Bay', year - 15),
    createPerson('Samir', 'Haddad', at.twins, 1996, 'Lindenhof', year - 48),
    createPerson('Lina', 'Haddad', at.twins, recent, 'Lindenhof', year - 16),
    createPerson('Yasmin', 'Haddad', at.twins, recent, 'Lindenhof', year - 16),
    createPerson('Giulia', 'Rossi', at.youngFamily, 2005, 'Saltmarsh', year - 39),
    createPerson('Pietro', 'Rossi', at.youngFamily, year, 'Saltmarsh', year - 10),
    createPerson('Hélène', 'Moreau', at.many, 1978, 'Northlight', year - 66),
    createPerson('Jacques', 'Moreau', at.many, 1976, null, null),
    createPerson('Camille', 'Moreau', at.many, 2001, 'Northlight', year - 43),
    createPerson('Antoine', 'Moreau', at.many, 2019, 'Harbour Street', year - 24),
    createPerson('Élodie', 'Moreau', at.many, recent, 'Northlight', year - 16),
    createPerson('Bastien', 'Moreau', at.many, year, 'Northlight', year - 11),
    createPerson('Tomasz', 'Zieliński', at.noYear, 1992, 'Riverside East', null),
    createPerson('', 'Suryati', at.noBatch, null, null, year - 52),
    createPerson('Leo', 'Brandt', at.teen, recent, 'Marigold Lane', year - 16),
    createPerson('Nora', 'Whitfield', at.underFourteen, year, 'Marigold Lane', year - 11),
    { ...createPerson('Gareth', 'Pryce', at.inactive, 1988, 'Saltmarsh', year - 57), active: false },
    { ...createPerson('Rosalind', 'Achterberg', at.deceased, 1979, 'Alder Hill', year - 68), deceased: true },
  ];
}

function createPerson(
  firstName: string,
  lastName: string,
  email: string | null,
  batch: number | null,
  center: string | null,
  yearOfBirth: number | null,
): SamplePerson {
  return { firstName, lastName, email, batch, center, yearOfBirth, active: true, deceased: false };
}

/** A parent and one to three children, sometimes twins, with one address. */
function createFamily(year: number, random: Random, addresses: Set<string>): SamplePerson[] {
  const names = random.pick(traditions);
  const lastName = random.pick(names.family);
  const center = random.pick(centers);
  const parent = random.pick(names.given);
  const name = random.chance(0.5)
    ? `${toAsciiLetters(lastName)}.family`
    : `${toAsciiLetters(parent)}.${toAsciiLetters(lastName)}`;
  const email = uniqueAddress(name, addresses);
  const born = year - random.integer(36, 52);
  const members = [createPerson(parent, lastName, email, batchOf(born, year, random), center, born)];
  let childBorn = year - random.integer(9, 20);
  for (const firstName of pickDistinctNames(names, random.integer(1, 3), parent, random)) {
    members.push(
      createPerson(firstName, lastName, email, batchOf(childBorn, year, random), center, childBorn),
    );
    childBorn += random.chance(0.3) ? 0 : random.integer(1, 3);
  }
  return members;
}

function pickDistinctNames(
  { given }: NameTradition,
  count: number,
  excluded: string,
  random: Random,
): string[] {
  const names = new Set<string>();
  while (names.size < count) {
    const name = random.pick(given);
    if (name !== excluded) names.add(name);
  }
  return [...names];
}

/** A person with their own address; some details may be missing. */
function createSingle(year: number, random: Random, addresses: Set<string>): SamplePerson {
  const names = random.pick(traditions);
  const [firstName, lastName] = [random.pick(names.given), random.pick(names.family)];
  const born = year - (random.chance(0.15) ? random.integer(11, 18) : random.integer(19, 70));
  return {
    firstName,
    lastName,
    email: random.chance(0.04)
      ? null
      : uniqueAddress(`${toAsciiLetters(firstName)}.${toAsciiLetters(lastName)}`, addresses),
    batch: random.chance(0.03) ? null : batchOf(born, year, random),
    center: random.chance(0.08) ? null : random.pick(centers),
    yearOfBirth: random.chance(0.08) ? null : born,
    active: !random.chance(0.06),
    deceased: year - born > 40 && random.chance(0.07),
  };
}

// The batch is the graduation year, or a recent year for people who are still at school.
function batchOf(born: number, year: number, random: Random): number {
  const graduation = born + random.integer(18, 22);
  return Math.max(FIRST_BATCH, graduation > year ? year - random.integer(0, 2) : graduation);
}

function uniqueAddress(name: string, addresses: Set<string>): string {
  let address = `${name}@example.org`;
  for (let number = 2; addresses.has(address); number += 1) address = `${name}${number}@example.org`;
  addresses.add(address);
  return address;
}

const TRANSLITERATIONS: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  ı: 'i',
  đ: 'd',
  ß: 'ss',
  æ: 'ae',
};

/** Transliterates a name to the letters a to z: `Østergaard` becomes `ostergaard`. */
function toAsciiLetters(name: string): string {
  const letters = [...name.toLowerCase()].map((letter) => TRANSLITERATIONS[letter] ?? letter).join('');
  return letters.normalize('NFD').replaceAll(/[^a-z]/g, '');
}
