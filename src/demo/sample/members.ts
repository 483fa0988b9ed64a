import { randomBytes } from 'node:crypto';
import { findAccount, recordSignIn } from '../../accounts/account.ts';
import { proveMailbox, sendMailboxCode } from '../../accounts/registration/mailbox-code.ts';
import type { ClaimAnswer } from '../../accounts/registration/possible-answers.ts';
import { registerMember } from '../../accounts/registration/register.ts';
import { ageStatusAt } from '../../alumni/age.ts';
import { hasClassmates, showToClassmates } from '../../alumni/classmates.ts';
import { displayName, listRecordsForAddress, type RecordOnFile } from '../../alumni/record.ts';
import { decideForChildren, listUndecidedChildren, withdrawForChild } from '../../consents/children.ts';
import { grantConsent, refuseConsent } from '../../consents/decisions.ts';
import { listCurrentGuardians } from '../../consents/guardians/guardian.ts';
import { listProfileAccess } from '../../consents/profile-access.ts';
import { type FoundLink, findCurrentLinkId, findLink, recordFirstOpen } from '../../invitations/link.ts';
import { recordLinkOpenByPerson } from '../../invitations/opens/link-open.ts';
import type { Actor } from '../../platform/audit/audit.ts';
import { actingAs } from '../../platform/audit/audit.ts';
import { maybeJoinByLink } from './groups.ts';
import { DAY, HOUR, MINUTE } from './simulated-time.ts';
import { morningDaysAgo, type SampleInvitee, type Simulation, visitorActor } from './simulation.ts';

const devices = ['Chrome, Windows', 'Safari, iPhone', 'Chrome, Android', 'Firefox, Windows'];

export async function getCurrentLink(invitationId: string): Promise<FoundLink> {
  const link = await findLink((await findCurrentLinkId(invitationId)) ?? '');
  if (!link) throw new Error('the invitation has no link');
  return link;
}

/** Records that a person opened the link and, with `hasError`, submitted an invalid form. */
export async function openInvitation(
  invitationId: string,
  index: number,
  hasError: boolean,
): Promise<FoundLink> {
  const link = await getCurrentLink(invitationId);
  const device = devices[index % devices.length] ?? '';
  await recordFirstOpen(link.linkId);
  await recordLinkOpenByPerson(link, device);
  if (hasError) await recordLinkOpenByPerson(link, device, ['password']);
  return link;
}

/** Opens the invitation and registers a few minutes later. */
export async function openAndRegister(
  simulation: Simulation,
  invitee: SampleInvitee,
  invitationId: string,
  index: number,
  openedAt: number,
) {
  const link = await openInvitation(invitationId, index, index % 13 === 5);
  const visitor = visitorActor(simulation.random);
  if (link.delivery === 'link') await sendMailboxCode(link, visitor);
  const registeredAt = openedAt + simulation.random.integer(3, 9) * MINUTE;
  simulation.at(registeredAt, async () => {
    const code = /\b\d{6}\b/.exec(simulation.worker.newestMail(link.email))?.[0] ?? '';
    if (link.delivery === 'link') await proveMailbox(link, code, visitor);
    const formValues = await createFormValues(simulation, invitee);
    // A random password that is not stored anywhere, so that nobody can sign in.
    const password = randomBytes(24).toString('base64');
    const { id } = await registerMember(link, { ...formValues, password }, randomBytes(32), visitor);
    simulateMember(simulation, invitee, link, actingAs(id, visitor), id, index, registeredAt);
  });
}

async function createFormValues({ settings }: Simulation, { email, kind, people }: SampleInvitee) {
  const found = await listRecordsForAddress(email);
  const access = ({ yearOfBirth }: RecordOnFile) =>
    yearOfBirth === null ? null : ageStatusAt(yearOfBirth, new Date(), settings);
  const eldestFirst = found.sort((left, right) => (left.yearOfBirth ?? 0) - (right.yearOfBirth ?? 0));
  const ownAccess = { adult: 'full', minor: 'consent', parent: undefined, stranger: undefined }[kind];
  const self = eldestFirst.find((record) => access(record) === ownAccess);
  const answer = (record: RecordOnFile): ClaimAnswer => {
    if (record === self) return 'self';
    return access(record) === 'consent' ? 'child' : 'none';
  };
  const claimable = found.filter((record) => access(record) !== 'blocked');
  const lastName = people.at(-1)?.lastName;
  return {
    name: self ? displayName(self) : lastName ? `Marit ${lastName}` : nameFromAddress(email),
    records: Object.fromEntries(claimable.map((record) => [record.id, answer(record)])),
    yearOfBirth: {},
    ownYearOfBirth: self ? '' : '1979',
    guardianName: `Anselm ${lastName}`,
    guardianEmail: `parents.of.${email}`,
  };
}

/** `tess.winter@example.org` becomes `Tess Winter`. */
function nameFromAddress(email: string): string {
  return email
    .replace(/@.*/, '')
    .replace(/(^|\.)(.)/g, (_, dot, letter) => (dot ? ' ' : '') + letter.toUpperCase());
}

function simulateMember(
  simulation: Simulation,
  invitee: SampleInvitee,
  link: FoundLink,
  actor: Actor,
  accountId: string,
  index: number,
  registeredAt: number,
): void {
  invitee.onRegistered?.(accountId, registeredAt);
  if (index % 3 !== 1)
    simulation.at(registeredAt + (index % 9) * 2 * DAY + 2 * HOUR, () => recordSignIn(accountId, actor));
  if (invitee.kind === 'minor') simulateGuardianDecision(simulation, invitee, accountId, registeredAt);
  if (invitee.kind !== 'adult') return;
  const group = simulation.groups.find(({ id }) => id === link.groupId);
  if (link.groupRole === 'owner' && group) group.ownerId = accountId;
  if (!group) maybeJoinByLink(simulation, accountId, index, registeredAt);
  if (index % 4 !== 2)
    simulation.at(registeredAt + MINUTE, async () => {
      if (await hasClassmates(accountId)) await showToClassmates(accountId, true, actor);
    });
  simulateDecisionForChildren(simulation, accountId, actor, index, registeredAt);
}

/** Most parents decide immediately for all their children. Some refuse, some withdraw later, some haven't decided yet. */
function simulateDecisionForChildren(
  simulation: Simulation,
  accountId: string,
  actor: Actor,
  index: number,
  registeredAt: number,
): void {
  if (registeredAt > morningDaysAgo(simulation, 6) && index % 2 === 0) return;
  simulation.at(registeredAt + 2 * MINUTE, async () => {
    const parent = await findAccount(accountId);
    const children = await listUndecidedChildren(accountId);
    if (!parent || children.length === 0) return;
    await decideForChildren(parent, children, index % 36 === 15 ? 'refuse' : 'grant', actor);
    const [{ profileId } = { profileId: '' }] = children;
    if (index % 36 === 6)
      simulation.at(registeredAt + 6 * DAY, () =>
        withdrawForChild(parent, profileId, actingAs(accountId, visitorActor(simulation.random))),
      );
  });
}

function simulateGuardianDecision(
  { at, random }: Simulation,
  { guardian }: SampleInvitee,
  accountId: string,
  registeredAt: number,
): void {
  if (!guardian) return;
  at(registeredAt + 22 * HOUR, async () => {
    const [profile] = await listProfileAccess(accountId);
    const [guardianRecord] = await listCurrentGuardians(profile?.profileId ?? '');
    if (guardianRecord)
      await (guardian === 'grants' ? grantConsent : refuseConsent)(guardianRecord.id, visitorActor(random));
  });
}
