import { randomBytes } from 'node:crypto';
import type { Transaction } from 'sequelize';
import { hashPassword } from '../accounts/password.ts';
import { currentDisclosure } from '../consent/disclosure.ts';
import { inTransaction, row } from '../database.ts';
import { openGroups } from '../groups/group.ts';
import { readSettings } from '../settings.ts';
import {
  joiningEvents,
  joiningsOf,
  membershipRow,
  openLink,
  type Place,
  placesOf,
} from './sample-circles.ts';
import { consentingOf } from './sample-consents.ts';
import { type Household, sampleHouseholds } from './sample-households.ts';
import { invitationEvents, invitationRow } from './sample-invitations.ts';
import { lettersOf, linkRows, type Told, toldAs, visitRows } from './sample-letters.ts';
import {
  accountRow,
  claimsOf,
  type Member,
  memberEvents,
  memberMails,
  membersOf,
  profileRow,
} from './sample-members.ts';
import {
  atTheOffice,
  HOUR,
  insertEvents,
  insertRows,
  type PastEvent,
  takeIds,
  visitorAt,
} from './sample-past.ts';
import { chanceFrom } from './sample-random.ts';
import { ANSWERED_BY_STAFF, requestsOf, WAITING } from './sample-requests.ts';
import { addSignIns, type Office } from './sample-staff.ts';
import { sampleStories } from './sample-stories.ts';
import type { Ending } from './sample-waves.ts';

const SEED = 2008;

/**
 * Two months of inviting: about 160 invitations to people of the sample register, with what became of them. Everything
 * is dated as it happened, and no job is queued: nothing of it is ever sent. Where anybody was invited already, nothing
 * is added.
 * @returns how many invitations were added
 */
export async function addSampleCampaign(office: Office): Promise<number> {
  // Nobody can sign in with it: its password is forgotten at once.
  const passwordHash = await hashPassword(randomBytes(32).toString('base64'));
  return inTransaction(async (transaction) => {
    if (await row('select 1 from invitations limit 1', [], transaction)) return 0;
    const now = new Date();
    const chance = chanceFrom(SEED);
    const households = await sampleHouseholds(chance, transaction);
    const stories = sampleStories(households, chance, now);
    const ids = await takeIds('invitations', stories.length, transaction);
    const all = stories.map((story, place) => toldAs(ids[place] ?? '', story));
    const accepted = endedAs('accepted', all).sort(
      (one, other) => Number(one.story.endedAt) - Number(other.story.endedAt),
    );
    const members = membersOf(accepted, await takeIds('accounts', accepted.length, transaction), now);
    await insertRows(
      'accounts',
      members.map((member) => accountRow(member, passwordHash)),
      transaction,
    );
    const campaign = { all, accepted, members, office, now, transaction };
    const events = [
      ...(await addSignIns(office, all, transaction)),
      ...(await addInvitations(campaign)),
      ...(await addProfiles(campaign)),
      ...(await addRequests(campaign, households.adults)),
    ];
    await insertEvents(events, transaction);
    return all.length;
  });
}

type Campaign = Readonly<{
  all: readonly Told[];
  accepted: readonly Told[];
  members: readonly Member[];
  office: Office;
  now: Date;
  transaction: Transaction;
}>;

async function addInvitations({ all, members, office, now, transaction }: Campaign): Promise<PastEvent[]> {
  const { adminId } = office;
  const places = placesOf(await openGroups(), all);
  const accounts = new Map(members.map(({ told, accountId }) => [told.id, accountId]));
  const around = ({ id }: Told) => ({
    adminId,
    accountId: accounts.get(id) ?? null,
    place: places.get(id) ?? null,
  });
  await insertRows(
    'invitations',
    all.map((told) => invitationRow(told, around(told), now)),
    transaction,
  );
  await insertRows('invitation_links', all.flatMap(linkRows), transaction);
  await insertRows('link_visits', all.flatMap(visitRows), transaction);
  const letters = [...all.flatMap((told) => lettersOf(told, now)), ...members.flatMap(memberMails)];
  await insertRows('messages', letters, transaction);
  const joined = await addMemberships({ places, members, adminId, now, transaction });
  return [
    ...all.flatMap((told, place) => invitationEvents(told, around(told), atTheOffice(), visitorAt(place))),
    ...joined,
  ];
}

async function addMemberships({
  places,
  members,
  adminId,
  now,
  transaction,
}: Pick<Campaign, 'members' | 'now' | 'transaction'> & {
  places: Map<string, Place>;
  adminId: string;
}): Promise<PastEvent[]> {
  const joinings = joiningsOf(places, members, adminId, now);
  const owners = joinings.filter(({ role }) => role === 'owner');
  const ids = await takeIds('memberships', joinings.length + owners.length, transaction);
  const open = owners.map((owner, place) =>
    openLink(owner, ids[joinings.length + place] ?? '', new Date(now.getTime() - (2 + place) * HOUR)),
  );
  const joined = joinings.map((one, place) => membershipRow(one, ids[place] ?? ''));
  await insertRows('memberships', [...joined, ...open.map((link) => link.row)], transaction);
  return [
    ...joinings.flatMap((one, place) => joiningEvents(one, ids[place] ?? '')),
    ...open.map(({ event }) => event),
  ];
}

async function addProfiles({ members, now, transaction }: Campaign): Promise<PastEvent[]> {
  const { policyVersion: policy } = await readSettings(transaction);
  const { version: disclosure } = await currentDisclosure(transaction);
  const people = members.reduce((count, { children }) => count + 1 + children.length, 0);
  const claims = claimsOf(members, await takeIds('profiles', people, transaction));
  await insertRows(
    'profiles',
    claims.map((claim) => profileRow(claim, policy)),
    transaction,
  );
  const { guardians, consents, mails, events } = consentingOf(claims, { disclosure, policy }, now);
  const consentIds = await takeIds('consents', consents.length, transaction);
  await insertRows('guardians', guardians, transaction);
  const numbered = consents.map((consent, place) => ({ id: consentIds[place], ...consent }));
  await insertRows('consents', numbered, transaction);
  await insertRows('messages', mails, transaction);
  return [
    ...members.flatMap((member) =>
      memberEvents(
        member,
        claims.filter((claim) => claim.member === member),
        policy,
      ),
    ),
    ...events(consentIds),
  ];
}

async function addRequests(
  { all, accepted, office, now, transaction }: Campaign,
  adults: readonly Household[],
): Promise<PastEvent[]> {
  const invited = new Set(all.map(({ story }) => story.household.email));
  const resent = all.filter(({ story }) => story.resentAt !== null);
  const ids = await takeIds('invitation_requests', resent.length + ANSWERED_BY_STAFF + WAITING, transaction);
  const given = {
    resent,
    uninvited: adults.filter(({ email }) => !invited.has(email)),
    accepted,
    revoked: endedAs('revoked', all),
    supportId: office.supportId,
    now,
  };
  const requests = requestsOf(given, ids);
  await insertRows('invitation_requests', requests.rows, transaction);
  return requests.events;
}

function endedAs(ending: Ending, all: readonly Told[]): Told[] {
  return all.filter(({ story }) => story.ending === ending);
}
