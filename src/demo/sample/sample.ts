import { Readable } from 'node:stream';
import { createAccount, type NewAccount } from '../../accounts/account.ts';
import { ageStatusAt } from '../../alumni/age.ts';
import { importAlumni } from '../../imports/records/command-import.ts';
import type { Actor } from '../../platform/audit/audit.ts';
import { inTransaction, queryRow, queryRows } from '../../platform/db/database.ts';
import { migrate } from '../../platform/db/migrations.ts';
import { log } from '../../platform/log.ts';
import { readSettings } from '../../settings/settings.ts';
import { createSampleGroups, simulateGroupOwners } from './groups.ts';
import { sendWaves } from './invitations.ts';
import { simulateRequests, simulateReviews, simulateWorkDays } from './office.ts';
import { type SamplePerson, sampleAddresses, samplePeople, TRIED_BATCH, toCsv } from './people.ts';
import { type Random, seededRandom } from './random.ts';
import { DAY, runSimulation } from './simulated-time.ts';
import { morningDaysAgo, type SampleInvitee, type Simulation } from './simulation.ts';
import { createSampleWorker } from './worker.ts';

const SEED = 2008;
const FAMILIES = 17;
const command: Actor = { kind: 'command' };

/**
 * Fills an empty database with two months of simulated activity: a directory, staff, and about 110 invitations with their
 * outcomes. Uses the product's own operations; no mail is sent and no job remains. A database with data is left unchanged,
 * except for an incomplete earlier run, which is removed first.
 * @param staff an administrator, then a support account
 */
export async function addSampleData(staff: readonly NewAccount[]): Promise<void> {
  if (await isPartiallyFilled()) await emptyDatabase();
  else if (!(await isEmpty())) return;
  await queryRows(
    'create table sample_data (started_at timestamptz not null default now(), finished_at timestamptz)',
  );
  await queryRows('insert into sample_data default values');
  // Waiting for the disk would take longer than the steps. If a crash loses data, `finished_at` is missing too.
  await queryRows('set synchronous_commit = off');
  await withQuietLog(() => fillDatabase(staff));
  await queryRows('reset synchronous_commit');
  await queryRows('update sample_data set finished_at = now()');
}

/** Hides warnings about simulated bounces. */
async function withQuietLog(work: () => Promise<void>): Promise<void> {
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
  return (await queryRow(`select 1 where ${filled}`)) === null;
}

// An incomplete run can be deleted safely: the demo doesn't serve pages before it is complete.
async function isPartiallyFilled(): Promise<boolean> {
  const found = await queryRow<{ table: string | null }>(`select to_regclass('sample_data')::text as table`);
  return (
    found?.table != null &&
    (await queryRow('select 1 from sample_data where finished_at is not null')) === null
  );
}

// These schemas contain only Homecoming's tables, owned by this role.
async function emptyDatabase(): Promise<void> {
  await inTransaction(async () => {
    for (const schema of ['graphile_worker', 'public']) await queryRows(`drop schema ${schema} cascade`);
    await queryRows('create schema public');
  });
  await migrate();
}

async function fillDatabase(staff: readonly NewAccount[]): Promise<void> {
  const now = Date.now();
  const foundedAt = morningDaysAgo({ now }, 61);
  const people = samplePeople(new Date(now).getUTCFullYear());
  const undeliverable = { permanent: new Set<string>(), temporary: new Set<string>() };
  const worker = createSampleWorker(undeliverable);
  const scheduleSteps = (at: Simulation['at']) => {
    at(foundedAt, async () => {
      await importAlumni(Readable.from([toCsv(people)]), command);
      const ids: string[] = [];
      for (const account of staff) ids.push((await inTransaction(() => createAccount(account, command))).id);
      const [adminId = '', supportId = ''] = ids;
      at(foundedAt + DAY, async () => {
        const groups = await createSampleGroups(adminId);
        const random = seededRandom(SEED);
        const context = { now, at, random, worker, undeliverable, groups, adminId, supportId };
        simulateOffice({ ...context, settings: await readSettings() }, people);
      });
    });
  };
  await runSimulation(now, scheduleSteps, worker);
}

/** Schedules everything after the import of the directory. */
function simulateOffice(simulation: Simulation, people: readonly SamplePerson[]): void {
  const { families, classmates, adults, minors } = groupInvitees(people, simulation);
  const chosenByOutcome = new Map<string, string[]>();
  const youngMembers = minors.splice(0, 2);
  simulateWorkDays(simulation);
  simulateReviews(simulation, minors);
  const [approved = '', unanswered = '', alsoUnanswered = '', ...requestedAddresses] = adults
    .splice(0, 5)
    .map(({ email }) => email);
  sendWaves(simulation, (outcome) => {
    const list = chosenByOutcome.get(outcome) ?? [];
    const isLate = list.length > 44;
    const isFamily = outcome === 'accepted' && list.length % 3 === 0;
    const invitee =
      (isLate && outcome === 'accepted' && youngMembers.pop()) ||
      (isFamily && families.pop()) ||
      (outcome === 'accepted' && classmates.pop()) ||
      adults.pop();
    if (invitee) chosenByOutcome.set(outcome, [...list, invitee.email]);
    return invitee;
  });
  const [accepted = [], revoked = []] = [chosenByOutcome.get('accepted'), chosenByOutcome.get('revoked')];
  const mistypedAddress = accepted.at(-4)?.replace(/^(.)./, '$1') ?? '';
  simulateRequests(simulation, [
    approved,
    unanswered,
    mistypedAddress,
    revoked.at(-2) ?? '',
    alsoUnanswered,
    accepted[2] ?? '',
  ]);
  simulateGroupOwners(simulation, requestedAddresses);
}

/** Groups the invitable people in random order. The addresses in `sampleAddresses` are reserved for trying out the demo. */
function groupInvitees(people: readonly SamplePerson[], { random, settings, now }: Simulation) {
  const reserved = new Set<string>(Object.values(sampleAddresses));
  const byAddress = new Map<string, SamplePerson[]>();
  for (const person of shuffled(people, random)) {
    const { email, active, deceased } = person;
    if (email && active && !deceased && !reserved.has(email))
      byAddress.set(email, [...(byAddress.get(email) ?? []), person]);
  }
  const invitees = {
    families: [] as SampleInvitee[],
    classmates: [] as SampleInvitee[],
    adults: [] as SampleInvitee[],
    minors: [] as SampleInvitee[],
  };
  for (const [email, members] of byAddress) {
    const eldestFirst = members.sort((left, right) => (left.yearOfBirth ?? 0) - (right.yearOfBirth ?? 0));
    const access = eldestFirst.map(
      ({ yearOfBirth }) => yearOfBirth && ageStatusAt(yearOfBirth, new Date(now), settings),
    );
    const needsConsent = access.includes('consent');
    const invitee = { email, people: eldestFirst };
    const adults = eldestFirst[0]?.batch === TRIED_BATCH ? 'classmates' : 'adults';
    if (access[0] === 'full')
      invitees[needsConsent ? 'families' : adults].push({ ...invitee, kind: 'adult' });
    else if (needsConsent && members.length === 1) invitees.minors.push({ ...invitee, kind: 'minor' });
  }
  return { ...invitees, families: invitees.families.slice(0, FAMILIES) };
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, key: random.integer(0, 1_000_000) }))
    .sort((left, right) => left.key - right.key)
    .map(({ item }) => item);
}
