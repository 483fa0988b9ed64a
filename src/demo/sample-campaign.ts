import { randomBytes } from 'node:crypto';
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
  return inTransaction(async () => {
    if (await row('select 1 from invitations limit 1', [])) return 0;
    const now = new Date();
    const chance = chanceFrom(SEED);
    const households = await sampleHouseholds(chance);
    const stories = sampleStories(households, chance, now);
    const ids = await takeIds('invitations', stories.length);
    const all = stories.map((story, place) => toldAs(ids[place] ?? '', story));
    const accepted = endedAs('accepted', all).sort(
      (one, other) => Number(one.story.endedAt) - Number(other.story.endedAt),
    );
    const members = membersOf(accepted, await takeIds('accounts', accepted.length), now);
    await insertRows(
      'accounts',
      members.map((member) => accountRow(member, passwordHash)),
    );
    const campaign = { all, accepted, members, office, now };
    const events = [
      ...(await addSignIns(office, all)),
      ...(await addInvitations(campaign)),
      ...(await addProfiles(campaign)),
      ...(await addRequests(campaign, households.adults)),
    ];
    await insertEvents(events);
    return all.length;
  });
}

type Campaign = Readonly<{
  all: readonly Told[];
  accepted: readonly Told[];
  members: readonly Member[];
  office: Office;
  now: Date;
}>;

async function addInvitations({ all, members, office, now }: Campaign): Promise<PastEvent[]> {
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
  );
  await insertRows('invitation_links', all.flatMap(linkRows));
  await insertRows('link_visits', all.flatMap(visitRows));
  const letters = [...all.flatMap((told) => lettersOf(told, now)), ...members.flatMap(memberMails)];
  await insertRows('messages', letters);
  const joined = await addMemberships({ places, members, adminId, now });
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
}: Pick<Campaign, 'members' | 'now'> & {
  places: Map<string, Place>;
  adminId: string;
}): Promise<PastEvent[]> {
  const joinings = joiningsOf(places, members, adminId, now);
  const owners = joinings.filter(({ role }) => role === 'owner');
  const ids = await takeIds('memberships', joinings.length + owners.length);
  const open = owners.map((owner, place) =>
    openLink(owner, ids[joinings.length + place] ?? '', new Date(now.getTime() - (2 + place) * HOUR)),
  );
  const joined = joinings.map((one, place) => membershipRow(one, ids[place] ?? ''));
  await insertRows('memberships', [...joined, ...open.map((link) => link.row)]);
  return [
    ...joinings.flatMap((one, place) => joiningEvents(one, ids[place] ?? '')),
    ...open.map(({ event }) => event),
  ];
}

async function addProfiles({ members, now }: Campaign): Promise<PastEvent[]> {
  const { policyVersion: policy } = await readSettings();
  const { version: disclosure } = await currentDisclosure();
  const people = members.reduce((count, { children }) => count + 1 + children.length, 0);
  const claims = claimsOf(members, await takeIds('profiles', people));
  await insertRows(
    'profiles',
    claims.map((claim) => profileRow(claim, policy)),
  );
  const { guardians, consents, mails, events } = consentingOf(claims, { disclosure, policy }, now);
  const consentIds = await takeIds('consents', consents.length);
  await insertRows('guardians', guardians);
  const numbered = consents.map((consent, place) => ({ id: consentIds[place], ...consent }));
  await insertRows('consents', numbered);
  await insertRows('messages', mails);
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
  { all, accepted, office, now }: Campaign,
  adults: readonly Household[],
): Promise<PastEvent[]> {
  const invited = new Set(all.map(({ story }) => story.household.email));
  const resent = all.filter(({ story }) => story.resentAt !== null);
  const ids = await takeIds('invitation_requests', resent.length + ANSWERED_BY_STAFF + WAITING);
  const given = {
    resent,
    uninvited: adults.filter(({ email }) => !invited.has(email)),
    accepted,
    revoked: endedAs('revoked', all),
    supportId: office.supportId,
    now,
  };
  const requests = requestsOf(given, ids);
  await insertRows('invitation_requests', requests.rows);
  return requests.events;
}

function endedAs(ending: Ending, all: readonly Told[]): Told[] {
  return all.filter(({ story }) => story.ending === ending);
}
