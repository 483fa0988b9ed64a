import { Secret, TOTP } from 'otpauth';
import { accountById, noteSignIn } from '../../accounts/account.ts';
import { turnOn } from '../../accounts/two-step.ts';
import { newSetup, secretOfSetup } from '../../accounts/two-step-secret.ts';
import { warnings } from '../../invitations/eligibility.ts';
import { askForLink } from '../../invitations/invitation-request.ts';
import { inviteOne } from '../../invitations/invite.ts';
import { approve, dismiss } from '../../invitations/request-answer.ts';
import { requestsOf } from '../../invitations/request-queue.ts';
import { changeSettings, lastSaved } from '../../office/change-settings.ts';
import { liftHold } from '../../register/hold.ts';
import { sayNoRecordNeeded } from '../../register/unmatched.ts';
import { sendOne } from './invitations.ts';
import { joins } from './members.ts';
import { atDesk, type Guest, morning, type Stage, whenFree } from './stage.ts';
import { DAY, HOUR, MINUTE } from './time.ts';

/** The staff's days, a colleague who joins them, and what they decide about people. */
export function workDays(stage: Stage): void {
  const { at, chance, adminId, supportId } = stage;
  for (let daysAgo = 60; daysAgo >= 0; daysAgo -= 1) {
    const day = morning(stage, daysAgo);
    if (new Date(day).getUTCDay() % 6 === 0) continue;
    at(day + chance.between(1, 15) * MINUTE, () => noteSignIn(adminId, atDesk(adminId)));
    at(day + 5 * HOUR + chance.between(0, 90) * MINUTE, () => noteSignIn(supportId, atDesk(supportId)));
  }
  at(morning(stage, 60) + HOUR, () => saySomeSettings(stage));
  at(morning(stage, 59) + 2 * HOUR, () => inviteColleague(stage, morning(stage, 59) + 2 * HOUR));
}

async function saySomeSettings({ policy, adminId }: Stage): Promise<void> {
  const { policyVersion: _, ...settings } = policy;
  const admin = await accountById(adminId);
  const wanted = { ...settings, supportPhone: '+44 20 7946 0123' };
  if (admin)
    await changeSettings(wanted, { savedAt: await lastSaved(), agesConfirmed: true }, admin, atDesk(adminId));
}

/** Somebody of the staff with two-step sign-in. */
async function inviteColleague(stage: Stage, sentAt: number): Promise<void> {
  const turnsOn = async (accountId: string) => {
    const account = await accountById(accountId);
    const setup = newSetup();
    const buffer = Uint8Array.from(secretOfSetup(setup, accountId)).buffer;
    const code = new TOTP({ secret: new Secret({ buffer }) }).generate();
    if (account) await turnOn(account, setup, code, atDesk(accountId));
  };
  const guest: Guest = {
    email: 'tess.winter@example.org',
    people: [],
    as: 'stranger',
    afterwards: (accountId, at) => stage.at(at + 6 * MINUTE, () => turnsOn(accountId)),
  };
  const given = {
    message: null,
    validityDays: 7,
    staffRole: 'support',
    delivery: 'mail',
  } as const;
  const { invitationId } = await inviteOne({ ...given, email: guest.email }, atDesk(stage.adminId));
  stage.at(sentAt + 3 * HOUR, () => joins(stage, guest, invitationId, 0, sentAt + 3 * HOUR));
}

/** People whom the directory doesn't know, and parents who register at their children's address: staff look at them. */
export function lookClosely(stage: Stage, minors: Guest[]): void {
  const { at, adminId } = stage;
  const stranger = (email: string): Guest => ({ email, people: [], as: 'stranger' });
  const settles = (does: typeof liftHold) => (accountId: string, since: number) =>
    at(Math.floor(since / DAY + 1) * DAY + 10 * HOUR, () => does(accountId, atDesk(adminId)));
  const [first, second, ...others] = minors.splice(0, 4).map((one) => ({ ...one, as: 'parent' as const }));
  const guests: readonly (readonly [number, Guest | undefined])[] = [
    [38, { ...stranger('noor.haverkamp@example.org'), afterwards: settles(sayNoRecordNeeded) }],
    [26, stranger('idris.calloway@example.org')],
    [6, stranger('petra.lindgren@example.org')],
    [24, first && { ...first, afterwards: settles(liftHold) }],
    [4, second],
    [22, others[0] && { ...others[0], as: 'minor', guardian: 'grants' }],
    [19, others[1] && { ...others[1], as: 'minor', guardian: 'refuses' }],
  ];
  for (const [place, [daysAgo, guest]] of guests.entries()) {
    const sentAt = morning(stage, daysAgo) + (2 * HOUR + place * 7 * MINUTE);
    if (guest) at(sentAt, () => sendOne(stage, guest, 'accepted', 2 + 12 * place, sentAt));
  }
}

const dismissed = [
  ['reunion.rooms@example.org', 'A hotel that wanted to advertise'],
  ['friend.of.a.friend@example.org', 'Was never with us, as she wrote herself'],
] as const;

/** "Send me a new link", from addresses that staff have to look at. The last ones still wait. */
export function answerRequests(stage: Stage, [approved, ...waiting]: readonly string[]): void {
  const { now, at, supportId } = stage;
  const requestOf = async (email: string) => (await requestsOf(email))[0]?.id ?? '';
  for (const [place, [email, reason]] of dismissed.entries()) {
    const asked = morning(stage, 20 - place * 9) + 2 * HOUR;
    at(asked, () => askForLink(email));
    at(asked + 4 * HOUR, async () => dismiss(await requestOf(email), reason, atDesk(supportId)));
  }
  if (approved) {
    const asked = whenFree(stage, morning(stage, 9));
    at(asked, () => askForLink(approved));
    at(asked + 18 * HOUR, async () =>
      approve(await requestOf(approved), { override: warnings }, atDesk(supportId)),
    );
  }
  for (const [place, email] of waiting.entries())
    for (const again of place === 1 ? [0, 4, 8] : [0])
      at(now - (52 - place * 9 - again) * HOUR - 13 * MINUTE, () => askForLink(email));
}
