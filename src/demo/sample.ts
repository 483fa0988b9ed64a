import { hasRecord } from '../alumni/record.ts';
import { inTransaction } from '../database.ts';
import { cast, type Person, person } from './sample-cast.ts';
import { centers, type Tradition, traditions } from './sample-names.ts';
import { foundedAt, insertEvents, insertRows, type Row } from './sample-past.ts';
import { type Chance, chanceFrom } from './sample-random.ts';

export { sampleAddresses } from './sample-cast.ts';

const SEED = 1975;
const FAMILIES = 45;
const PEOPLE = 340;
const FIRST_BATCH = 1975;

/**
 * Adds an invented register (external ids `S-0001` …), the same every time, with ages as of this year, imported when
 * the office began. Once it is there it is left alone, edits included.
 * @returns how many records were added: all, or none
 */
export async function addSampleRecords(): Promise<number> {
  if (await hasRecord(externalId(0))) return 0;
  const at = foundedAt();
  const records = samplePeople(new Date()).map((person, place) => recordRow(person, place, at));
  const counts = {
    created: records.length,
    changed: 0,
    unchanged: 0,
    rejected: 0,
    errorCount: 0,
    unknownColumns: [],
  };
  const about = { action: 'alumni-member.imported', subject: 'alumni-member', subjectId: 'import' } as const;
  await inTransaction(async () => {
    await insertRows('alumni_members', records);
    await insertEvents([{ ...about, at, actor: 'system', detail: counts }]);
  });
  return records.length;
}

function samplePeople(asOf: Date): Person[] {
  const year = asOf.getUTCFullYear();
  const chance = chanceFrom(SEED);
  const people = cast(year);
  const addresses = new Set(people.flatMap(({ email }) => (email ? [email] : [])));
  for (let made = 0; made < FAMILIES; made += 1) people.push(...family(year, chance, addresses));
  while (people.length < PEOPLE) people.push(single(year, chance, addresses));
  return people;
}

/** A parent and one to three children, now and then twins, under one address. */
function family(year: number, chance: Chance, addresses: Set<string>): Person[] {
  const names = chance.pick(traditions);
  const lastName = chance.pick(names.family);
  const center = chance.pick(centers);
  const parent = chance.pick(names.given);
  const name = chance.often(0.5) ? `${plain(lastName)}.family` : `${plain(parent)}.${plain(lastName)}`;
  const email = freshAddress(name, addresses);
  const born = year - chance.between(36, 52);
  const members = [person(parent, lastName, email, batchOf(born, year, chance), center, born)];
  let childBorn = year - chance.between(9, 20);
  for (const firstName of severalNames(names, chance.between(1, 3), parent, chance)) {
    members.push(person(firstName, lastName, email, batchOf(childBorn, year, chance), center, childBorn));
    childBorn += chance.often(0.3) ? 0 : chance.between(1, 3);
  }
  return members;
}

function severalNames({ given }: Tradition, wanted: number, taken: string, chance: Chance): string[] {
  const names = new Set<string>();
  while (names.size < wanted) {
    const name = chance.pick(given);
    if (name !== taken) names.add(name);
  }
  return [...names];
}

/** Somebody under an address of their own; the office doesn't know everything of everybody. */
function single(year: number, chance: Chance, addresses: Set<string>): Person {
  const names = chance.pick(traditions);
  const [firstName, lastName] = [chance.pick(names.given), chance.pick(names.family)];
  const born = year - (chance.often(0.15) ? chance.between(11, 18) : chance.between(19, 70));
  return {
    firstName,
    lastName,
    email: chance.often(0.04) ? null : freshAddress(`${plain(firstName)}.${plain(lastName)}`, addresses),
    batch: chance.often(0.03) ? null : batchOf(born, year, chance),
    center: chance.often(0.08) ? null : chance.pick(centers),
    yearOfBirth: chance.often(0.08) ? null : born,
    active: !chance.often(0.06),
    deceased: year - born > 40 && chance.often(0.07),
  };
}

// Those who are still at school belong to a batch by the year in which they joined.
function batchOf(born: number, year: number, chance: Chance): number {
  const left = born + chance.between(18, 22);
  return Math.max(FIRST_BATCH, left > year ? year - chance.between(0, 2) : left);
}

function freshAddress(name: string, addresses: Set<string>): string {
  let address = `${name}@example.org`;
  for (let number = 2; addresses.has(address); number += 1) address = `${name}${number}@example.org`;
  addresses.add(address);
  return address;
}

const unlike: Readonly<Record<string, string>> = { ø: 'o', ł: 'l', ı: 'i', đ: 'd', ß: 'ss', æ: 'ae' };

/** The letters a to z of a name: “Østergaard” is `ostergaard`. */
function plain(name: string): string {
  const letters = [...name.toLowerCase()].map((letter) => unlike[letter] ?? letter).join('');
  return letters.normalize('NFD').replaceAll(/[^a-z]/g, '');
}

function recordRow(one: Person, place: number, at: Date): Row {
  return {
    external_id: externalId(place),
    first_name: one.firstName,
    last_name: one.lastName,
    email: one.email,
    batch: one.batch,
    center: one.center,
    year_of_birth: one.yearOfBirth,
    active: one.active,
    deceased: one.deceased,
    created_at: at,
    updated_at: at,
  };
}

function externalId(place: number): string {
  return `S-${String(place + 1).padStart(4, '0')}`;
}
