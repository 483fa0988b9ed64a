import { Secret, TOTP } from 'otpauth';
import { findAccount, recordSignIn } from '../../accounts/account.ts';
import { turnOnTwoStep } from '../../accounts/two-step.ts';
import { deriveSetupSecret, newSetupSeed } from '../../accounts/two-step-secret.ts';
import { liftHoldAndNotify } from '../../alumni/matching/lift-hold.ts';
import { markNoRecordNeeded } from '../../alumni/matching/unmatched.ts';
import { warningNames } from '../../invitations/eligibility/eligibility.ts';
import { inviteOne } from '../../invitations/invite.ts';
import { requestNewLink } from '../../invitations/requests/invitation-request.ts';
import { listRequestsForAddress } from '../../invitations/requests/list.ts';
import { approveRequest, dismissRequest } from '../../invitations/requests/resolution.ts';
import { changeSettings, getSettingsSavedAt } from '../../settings/changes/change-settings.ts';
import { simulateInvitation } from './invitations.ts';
import { openAndRegister } from './members.ts';
import { DAY, HOUR, MINUTE } from './simulated-time.ts';
import {
  morningDaysAgo,
  pickFreeTime,
  type SampleInvitee,
  type Simulation,
  staffActor,
} from './simulation.ts';

/** Staff sign in on workdays, change settings and invite a colleague. */
export function simulateWorkDays(simulation: Simulation): void {
  const { at, random, adminId, supportId } = simulation;
  for (let daysAgo = 60; daysAgo >= 0; daysAgo -= 1) {
    const day = morningDaysAgo(simulation, daysAgo);
    if (new Date(day).getUTCDay() % 6 === 0) continue;
    at(day + random.integer(1, 15) * MINUTE, () => recordSignIn(adminId, staffActor(adminId)));
    at(day + 5 * HOUR + random.integer(0, 90) * MINUTE, () => recordSignIn(supportId, staffActor(supportId)));
  }
  at(morningDaysAgo(simulation, 60) + HOUR, () => changeSomeSettings(simulation));
  at(morningDaysAgo(simulation, 59) + 2 * HOUR, () =>
    inviteColleague(simulation, morningDaysAgo(simulation, 59) + 2 * HOUR),
  );
}

async function changeSomeSettings({ settings: current, adminId }: Simulation): Promise<void> {
  const { policyVersion: _, ...settings } = current;
  const admin = await findAccount(adminId);
  const wanted = { ...settings, supportPhone: '+44 20 7946 0123', timeZone: 'Europe/London' };
  if (admin)
    await changeSettings(
      wanted,
      { savedAt: await getSettingsSavedAt(), agesConfirmed: true },
      admin,
      staffActor(adminId),
    );
}

/** Invites a support colleague, who then enables two-step sign-in. */
async function inviteColleague(simulation: Simulation, sentAt: number): Promise<void> {
  const enableTwoStep = async (accountId: string) => {
    const account = await findAccount(accountId);
    const seed = newSetupSeed();
    const buffer = Uint8Array.from(deriveSetupSecret(seed, accountId)).buffer;
    const code = new TOTP({ secret: new Secret({ buffer }) }).generate();
    if (account) await turnOnTwoStep(account, seed, code, staffActor(accountId));
  };
  const invitee: SampleInvitee = {
    email: 'tess.winter@example.org',
    people: [],
    kind: 'stranger',
    onRegistered: (accountId, at) => simulation.at(at + 6 * MINUTE, () => enableTwoStep(accountId)),
  };
  const details = {
    message: null,
    validityDays: 7,
    staffRole: 'support',
    delivery: 'mail',
  } as const;
  const { invitationId } = await inviteOne(
    { ...details, email: invitee.email },
    staffActor(simulation.adminId),
  );
  simulation.at(sentAt + 3 * HOUR, () =>
    openAndRegister(simulation, invitee, invitationId, 0, sentAt + 3 * HOUR),
  );
}

/** Cases for staff: people without a record, and parents who register with their children's address. */
export function simulateReviews(simulation: Simulation, minors: SampleInvitee[]): void {
  const { at, adminId } = simulation;
  const stranger = (email: string): SampleInvitee => ({ email, people: [], kind: 'stranger' });
  const scheduleDecision = (decide: typeof liftHoldAndNotify) => (accountId: string, since: number) =>
    at(Math.floor(since / DAY + 1) * DAY + 10 * HOUR, () => decide(accountId, staffActor(adminId)));
  const [first, second, ...others] = minors
    .splice(0, 4)
    .map((invitee) => ({ ...invitee, kind: 'parent' as const }));
  const invitees: readonly (readonly [number, SampleInvitee | undefined])[] = [
    [38, { ...stranger('noor.haverkamp@example.org'), onRegistered: scheduleDecision(markNoRecordNeeded) }],
    [26, stranger('idris.calloway@example.org')],
    [6, stranger('petra.lindgren@example.org')],
    [24, first && { ...first, onRegistered: scheduleDecision(liftHoldAndNotify) }],
    [4, second],
    [22, others[0] && { ...others[0], kind: 'minor', guardian: 'grants' }],
    [19, others[1] && { ...others[1], kind: 'minor', guardian: 'refuses' }],
  ];
  for (const [index, [daysAgo, invitee]] of invitees.entries()) {
    const sentAt = morningDaysAgo(simulation, daysAgo) + (2 * HOUR + index * 7 * MINUTE);
    if (invitee)
      at(sentAt, () => simulateInvitation(simulation, invitee, 'accepted', 2 + 12 * index, sentAt));
  }
}

const dismissedRequests = [
  ['reunion.rooms@example.org', 'A hotel that wanted to advertise'],
  ['friend.of.a.friend@example.org', 'Was never with us, as she wrote herself'],
] as const;

/** Requests for a new link from addresses without an invitation: two dismissed, one approved, the others still open. */
export function simulateRequests(simulation: Simulation, [approved, ...open]: readonly string[]): void {
  const { now, at, supportId } = simulation;
  const requestOf = async (email: string) => (await listRequestsForAddress(email))[0]?.id ?? '';
  for (const [index, [email, reason]] of dismissedRequests.entries()) {
    const requestedAt = morningDaysAgo(simulation, 20 - index * 9) + 2 * HOUR;
    at(requestedAt, () => requestNewLink(email));
    at(requestedAt + 4 * HOUR, async () =>
      dismissRequest(await requestOf(email), reason, staffActor(supportId)),
    );
  }
  if (approved) {
    const requestedAt = pickFreeTime(simulation, morningDaysAgo(simulation, 9));
    at(requestedAt, () => requestNewLink(approved));
    at(requestedAt + 18 * HOUR, async () =>
      approveRequest(await requestOf(approved), { override: warningNames }, staffActor(supportId)),
    );
  }
  for (const [index, email] of open.entries())
    for (const hoursLater of index === 1 ? [0, 4, 8] : [0])
      at(now - (52 - index * 9 - hoursLater) * HOUR - 13 * MINUTE, () => requestNewLink(email));
}
