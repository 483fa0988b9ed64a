import { isVisible } from '../accounts/fields.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { Conflict, Invalid } from '../errors.ts';
import { normaliseAddress } from '../mail/address.ts';
import { isSameMailbox } from '../mail/mailbox.ts';
import { queueMail } from '../mail/messages.ts';
import { readSettings } from '../settings.ts';
import { newReference } from '../web/reference.ts';
import {
  type Guardian,
  type GuardianHold,
  guardiansOf,
  hasConsented,
  lockProfile,
  type NamedGuardian,
  nameGuardian,
  wardOf,
} from './guardian.ts';
import { judgeGuardianAddress } from './guardian-address.ts';
import { hasAccess, standingOf, type Ward } from './standing.ts';

const MOST_REQUESTS_A_DAY = 3;

/** The guardian whom a minor named. @throws Invalid with one sentence a field */
export async function readGuardian(
  typed: { guardianName: string; guardianEmail: string },
  minorEmail: string,
): Promise<NamedGuardian> {
  const email = normaliseAddress(typed.guardianEmail);
  const isNamed = isVisible(typed.guardianName);
  const errors: Record<string, string> = {};
  if (!isNamed) errors.guardianName = 'Type the name of your parent or guardian';
  if (email === null) errors.guardianEmail = 'Type the e-mail address of your parent or guardian';
  if (email === null || !isNamed) throw new Invalid(errors);
  return { name: typed.guardianName, email, hold: await judgeGuardianAddress(email, minorEmail, 'minor') };
}

/** Asks a guardian whom a minor named: the mail with the link commits with the request. Staff may look first. */
export async function askGuardian(
  profileId: string,
  accountId: string,
  named: NamedGuardian,
  actor: Actor,
): Promise<void> {
  const askedFrom = 'ip' in actor ? actor.ip : null;
  const id = await nameGuardian(profileId, { ...named, askedFrom });
  if (named.hold === null) await mailRequest(id, named.email, accountId);
  const action = named.hold === null ? 'guardian.asked' : 'guardian.held-for-review';
  const event = { action, subject: 'profile', subjectId: profileId } as const;
  await record(actor, { ...event, detail: { guardianId: id, reason: named.hold } });
}

/** The mail that asks for a decision. */
export async function mailRequest(guardianId: string, to: string, accountId: string): Promise<void> {
  const mail = { template: 'guardian-request', to, subjectId: guardianId, accountId };
  await queueMail({ ...mail, reference: newReference() });
}

/**
 * Asks again, the same guardian or another one.
 * @returns why staff look at the address first; null when the mail is on its way
 * @throws Conflict when the minor has access already, has asked three times today, or names another guardian than the one
 *   who has decided; Invalid for a wrong address
 */
export function askAgain(
  ward: Ward,
  minorEmail: string,
  named: Readonly<{ name: string; email: string }>,
  actor: Actor,
): Promise<GuardianHold | null> {
  return inTransaction(async () => {
    await lockProfile(ward.profileId);
    const now = await wardOf(ward);
    if (!now || hasAccess(standingOf(now, await readSettings(), new Date()))) {
      throw new Conflict('Nobody needs to be asked any more.');
    }
    const judged = await judgeGuardianAddress(named.email, minorEmail, 'minor');
    const current = await guardiansOf(ward.profileId);
    refuseSecond(current, named.email);
    const first = current.find(({ isSecond }) => !isSecond);
    if (first && (await hasConsented(first.id))) {
      await askWhoDecided(first, named.email, ward.accountId, actor);
      return null;
    }
    await refuseFourth(ward.profileId);
    const hold = judged ?? (await refusedBefore(ward.profileId, named.email));
    await askGuardian(ward.profileId, ward.accountId, { ...named, hold }, actor);
    return hold;
  });
}

/** Whoever has consented once is asked again by the same link, once a day. Nobody else takes the place. */
async function askWhoDecided(
  guardian: Guardian,
  email: string,
  accountId: string,
  actor: Actor,
): Promise<void> {
  if (!isSameMailbox(guardian.email, email)) {
    throw new Conflict(
      `${guardian.name} has given permission before, so only ${guardian.name} can give it again. If that isn’t possible, please write to us.`,
    );
  }
  const asked = await row(
    `update guardians set asked_at = now() where id = $1 and asked_at < now() - interval '1 day' returning id`,
    [guardian.id],
  );
  if (!asked) throw new Conflict('We have asked today. Please try again tomorrow.');
  await mailRequest(guardian.id, guardian.email, accountId);
  const event = { action: 'guardian.asked', subject: 'profile', subjectId: guardian.profileId } as const;
  await record(actor, { ...event, detail: { guardianId: guardian.id } });
}

function refuseSecond(current: readonly Guardian[], email: string): void {
  if (!current.some((one) => one.isSecond && isSameMailbox(one.email, email))) return;
  throw new Invalid({ guardianEmail: 'This person has been asked already, as a second guardian' });
}

async function refuseFourth(profileId: string): Promise<void> {
  const asked = await row<{ count: number }>(
    `select count(*)::int as count from guardians
     where profile_id = $1 and not is_second and asked_at > now() - interval '1 day'`,
    [profileId],
  );
  if ((asked?.count ?? 0) >= MOST_REQUESTS_A_DAY)
    throw new Conflict('We have asked three times today. Please try again tomorrow.');
}

/** Whoever is named after a guardian said no may be named to get round it. */
async function refusedBefore(profileId: string, email: string): Promise<GuardianHold | null> {
  const refusing = await rows<{ email: string }>(
    `select g.email from guardians g where g.profile_id = $1
       and (select act from consents where guardian_id = g.id order by id desc limit 1) = 'refused'`,
    [profileId],
  );
  return refusing.length > 0 && !refusing.some((one) => isSameMailbox(one.email, email))
    ? 'refused-before'
    : null;
}
