import { Readable } from 'node:stream';
import { createAccount, type NewAccount } from '../../accounts/account.ts';
import { accessAt } from '../../alumni/age.ts';
import { importAlumni } from '../../alumni/import.ts';
import type { Actor } from '../../audit/audit.ts';
import { inTransaction, row, rows } from '../../database.ts';
import { log } from '../../log.ts';
import { migrate } from '../../migrations.ts';
import { readSettings } from '../../settings.ts';
import { makeGroups, runGroups } from './groups.ts';
import { sendWaves } from './invitations.ts';
import { answerRequests, lookClosely, workDays } from './office.ts';
import { asCsv, type Person, sampleAddresses, samplePeople } from './people.ts';
import { type Chance, chanceFrom } from './random.ts';
import { type Guest, morning, type Stage } from './stage.ts';
import { DAY, tell } from './time.ts';
import { sampleWorker } from './worker.ts';

const SEED = 2008;
const FAMILIES = 17;
const command: Actor = { kind: 'command' };

/**
 * Fills an empty database with two months of an invented office: its directory, its staff, about 110 invitations and what
 * became of them. All of it is done by the product's own operations; no mail leaves, no job is left. A database with
 * anything in it is left alone, but what an interrupted filling left is removed first.
 * @param staff the first administrator, then somebody of the support
 */
export async function addSampleData(staff: readonly NewAccount[]): Promise<void> {
  if (await isHalfFilled()) await emptyDatabase();
  else if (!(await isEmpty())) return;
  await rows('create table sample_data (begun_at timestamptz not null default now(), done_at timestamptz)');
  await rows('insert into sample_data default values');
  // To wait for the disk after each step takes longer than the steps. A crash may lose the end: then this mark is missing.
  await rows('set synchronous_commit = off');
  await quietly(() => fill(staff));
  await rows('reset synchronous_commit');
  await rows('update sample_data set done_at = now()');
}

/** Mail that bounced in the story is no warning to whoever starts the demo. */
async function quietly(work: () => Promise<void>): Promise<void> {
  const { level, levelVal, levels } = log;
  if (levelVal < (levels.values.error ?? 0)) log.level = 'error';
  try {
    await work();
  } finally {
    log.level = level;
  }
}

async function isEmpty(): Promise<boolean> {
  const tables = ['accounts', 'alumni_members', 'invitations'];
  const filled = tables.map((table) => `exists (select from ${table})`).join(' or ');
  return (await row(`select 1 where ${filled}`)) === null;
}

// Nobody can have used it yet: the demo serves no page before it is filled.
async function isHalfFilled(): Promise<boolean> {
  const begun = await row<{ table: string | null }>(`select to_regclass('sample_data')::text as table`);
  return begun?.table != null && (await row('select 1 from sample_data where done_at is not null')) === null;
}

// A Homecoming database holds nothing else. Its tables are owned by this role, which migrated them.
async function emptyDatabase(): Promise<void> {
  await inTransaction(async () => {
    for (const schema of ['graphile_worker', 'public']) await rows(`drop schema ${schema} cascade`);
    await rows('create schema public');
  });
  await migrate();
}

async function fill(staff: readonly NewAccount[]): Promise<void> {
  const now = Date.now();
  const founded = morning({ now }, 61);
  const people = samplePeople(new Date(now).getUTCFullYear());
  const refusing = { forGood: new Set<string>(), forNow: new Set<string>() };
  const worker = sampleWorker(refusing);
  const begin = (at: Stage['at']) => {
    at(founded, async () => {
      await importAlumni(Readable.from([asCsv(people)]), command);
      const ids: string[] = [];
      for (const one of staff) ids.push((await inTransaction(() => createAccount(one, command))).id);
      const [adminId = '', supportId = ''] = ids;
      at(founded + DAY, async () => {
        const circles = await makeGroups(adminId);
        const chance = chanceFrom(SEED);
        const shared = { now, at, chance, worker, refusing, circles, adminId, supportId };
        goOn({ ...shared, policy: await readSettings() }, people);
      });
    });
  };
  await tell(now, begin, worker);
}

/** All that follows the office's first day. */
function goOn(stage: Stage, people: readonly Person[]): void {
  const { families, adults, minors } = guestsOf(people, stage);
  const chosen = new Map<string, string[]>();
  const young = minors.splice(0, 2);
  workDays(stage);
  lookClosely(stage, minors);
  const [approved = '', unanswered = '', alsoUnanswered = '', ...wished] = adults
    .splice(0, 5)
    .map(({ email }) => email);
  sendWaves(stage, (ending) => {
    const list = chosen.get(ending) ?? [];
    const isLate = list.length > 44;
    const isFamily = ending === 'accepted' && list.length % 3 === 0;
    const guest =
      (isLate && ending === 'accepted' && young.pop()) || (isFamily && families.pop()) || adults.pop();
    if (guest) chosen.set(ending, [...list, guest.email]);
    return guest;
  });
  const [accepted = [], revoked = []] = [chosen.get('accepted'), chosen.get('revoked')];
  // Somebody who mistyped their address.
  const slip = accepted.at(-4)?.replace(/^(.)./, '$1') ?? '';
  answerRequests(stage, [
    approved,
    unanswered,
    slip,
    revoked.at(-2) ?? '',
    alsoUnanswered,
    accepted[2] ?? '',
  ]);
  runGroups(stage, wished);
}

/** Who can be invited, in an order of chance; the cast is left to whoever tries the demo. */
function guestsOf(people: readonly Person[], { chance, policy, now }: Stage) {
  const cast = new Set<string>(Object.values(sampleAddresses));
  const byAddress = new Map<string, Person[]>();
  for (const person of shuffled(people, chance)) {
    const { email, active, deceased } = person;
    if (email && active && !deceased && !cast.has(email))
      byAddress.set(email, [...(byAddress.get(email) ?? []), person]);
  }
  const guests = { families: [] as Guest[], adults: [] as Guest[], minors: [] as Guest[] };
  for (const [email, members] of byAddress) {
    const eldestFirst = members.sort((one, other) => (one.yearOfBirth ?? 0) - (other.yearOfBirth ?? 0));
    const access = eldestFirst.map(
      ({ yearOfBirth }) => yearOfBirth && accessAt(yearOfBirth, new Date(now), policy),
    );
    const needsConsent = access.includes('consent');
    const guest = { email, people: eldestFirst };
    if (access[0] === 'full') guests[needsConsent ? 'families' : 'adults'].push({ ...guest, as: 'adult' });
    else if (needsConsent && members.length === 1) guests.minors.push({ ...guest, as: 'minor' });
  }
  return { ...guests, families: guests.families.slice(0, FAMILIES) };
}

function shuffled<T>(list: readonly T[], chance: Chance): T[] {
  return list
    .map((one) => ({ one, place: chance.between(0, 1_000_000) }))
    .sort((one, other) => one.place - other.place)
    .map(({ one }) => one);
}
