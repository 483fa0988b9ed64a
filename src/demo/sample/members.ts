import { randomBytes } from 'node:crypto';
import { accountById, noteSignIn } from '../../accounts/account.ts';
import { actingAs } from '../../accounts/guard.ts';
import { accessAt } from '../../alumni/age.ts';
import { displayName, type RecordOnFile, recordsForAddress } from '../../alumni/record.ts';
import type { Actor } from '../../audit/audit.ts';
import { childrenUndecided, decideFor, withdrawFor } from '../../consent/children.ts';
import { grant, refuse } from '../../consent/consent.ts';
import { guardiansOf } from '../../consent/guardian.ts';
import { wardsOf } from '../../consent/standing.ts';
import { currentLink, type FoundLink, findLink, noteFirstOpening } from '../../invitations/link.ts';
import { notePerson } from '../../invitations/visits.ts';
import type { Answer } from '../../registration/claims.ts';
import { proveMailbox, sendCode } from '../../registration/mailbox.ts';
import { register } from '../../registration/registration.ts';
import { mayJoin } from './groups.ts';
import { atHome, type Guest, morning, type Stage } from './stage.ts';
import { DAY, HOUR, MINUTE } from './time.ts';

const devices = ['Chrome on Windows', 'Safari on iPhone', 'Chrome on Android', 'Firefox on Windows'];

/** The newest link of an invitation. */
export async function linkOf(invitationId: string): Promise<FoundLink> {
  const link = await findLink((await currentLink(invitationId)) ?? '');
  if (!link) throw new Error('the invitation has no link');
  return link;
}

/** A person opens the invitation's page, and perhaps sends a form that is refused. */
export async function opens(invitationId: string, turn: number, hasFault: boolean): Promise<FoundLink> {
  const link = await linkOf(invitationId);
  const device = devices[turn % devices.length] ?? '';
  await noteFirstOpening(link.linkId);
  await notePerson(link, device);
  if (hasFault) await notePerson(link, device, ['password']);
  return link;
}

/** Opens the invitation, and registers some minutes later. */
export async function joins(
  stage: Stage,
  guest: Guest,
  invitationId: string,
  turn: number,
  openedAt: number,
) {
  const link = await opens(invitationId, turn, turn % 13 === 5);
  const visitor = atHome(stage.chance);
  if (link.delivery === 'link') await sendCode(link, visitor);
  const registeredAt = openedAt + stage.chance.between(3, 9) * MINUTE;
  stage.at(registeredAt, async () => {
    const code = /\b\d{6}\b/.exec(stage.worker.newestMail(link.email))?.[0] ?? '';
    if (link.delivery === 'link') await proveMailbox(link, code, visitor);
    const typed = await formOf(stage, guest);
    // Nobody can sign in: the password is forgotten at once.
    const password = randomBytes(24).toString('base64');
    const { id } = await register(link, { ...typed, password }, randomBytes(32), visitor);
    livesOn(stage, guest, link, actingAs(id, visitor), id, turn, registeredAt);
  });
}

async function formOf({ policy }: Stage, { email, as, people }: Guest) {
  const found = await recordsForAddress(email);
  const access = ({ yearOfBirth }: RecordOnFile) =>
    yearOfBirth === null ? null : accessAt(yearOfBirth, new Date(), policy);
  const eldestFirst = found.sort((one, other) => (one.yearOfBirth ?? 0) - (other.yearOfBirth ?? 0));
  const ownAccess = { adult: 'full', minor: 'consent', parent: undefined, stranger: undefined }[as];
  const self = eldestFirst.find((one) => access(one) === ownAccess);
  const answer = (one: RecordOnFile): Answer => {
    if (one === self) return 'self';
    return access(one) === 'consent' ? 'child' : 'none';
  };
  const asked = found.filter((one) => access(one) !== 'blocked');
  const lastName = people.at(-1)?.lastName;
  return {
    name: self ? displayName(self) : lastName ? `Marit ${lastName}` : nameIn(email),
    records: Object.fromEntries(asked.map((one) => [one.id, answer(one)])),
    yearOfBirth: {},
    ownYearOfBirth: self ? '' : '1979',
    guardianName: `Anselm ${lastName}`,
    guardianEmail: `parents.of.${email}`,
  };
}

/** “Tess Winter” of `tess.winter@example.org`. */
function nameIn(email: string): string {
  return email
    .replace(/@.*/, '')
    .replace(/(^|\.)(.)/g, (_, dot, letter) => (dot ? ' ' : '') + letter.toUpperCase());
}

function livesOn(
  stage: Stage,
  guest: Guest,
  link: FoundLink,
  actor: Actor,
  accountId: string,
  turn: number,
  registeredAt: number,
): void {
  guest.afterwards?.(accountId, registeredAt);
  if (turn % 3 !== 1)
    stage.at(registeredAt + (turn % 9) * 2 * DAY + 2 * HOUR, () => noteSignIn(accountId, actor));
  if (guest.as === 'minor') asksGuardian(stage, guest, accountId, registeredAt);
  if (guest.as !== 'adult') return;
  const circle = stage.circles.find(({ id }) => id === link.groupId);
  if (link.groupRole === 'owner' && circle) circle.ownerId = accountId;
  if (!circle) mayJoin(stage, accountId, turn, registeredAt);
  decides(stage, accountId, actor, turn, registeredAt);
}

/** Most parents decide at once, for all their children. Some say no, some withdraw later, some haven't decided yet. */
function decides(stage: Stage, accountId: string, actor: Actor, turn: number, registeredAt: number): void {
  if (registeredAt > morning(stage, 6) && turn % 2 === 0) return;
  stage.at(registeredAt + 2 * MINUTE, async () => {
    const parent = await accountById(accountId);
    const children = await childrenUndecided(accountId);
    if (!parent || children.length === 0) return;
    await decideFor(parent, children, turn % 36 === 15 ? 'refuse' : 'grant', actor);
    const [{ profileId } = { profileId: '' }] = children;
    if (turn % 36 === 6)
      stage.at(registeredAt + 6 * DAY, () =>
        withdrawFor(parent, profileId, actingAs(accountId, atHome(stage.chance))),
      );
  });
}

function asksGuardian(
  { at, chance }: Stage,
  { guardian }: Guest,
  accountId: string,
  registeredAt: number,
): void {
  if (!guardian) return;
  at(registeredAt + 22 * HOUR, async () => {
    const [ward] = await wardsOf(accountId);
    const [asked] = await guardiansOf(ward?.profileId ?? '');
    if (asked) await (guardian === 'grants' ? grant : refuse)(asked.id, atHome(chance));
  });
}
