import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRow, queryRows } from '../platform/db/database.ts';
import { Conflict, InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { describeAddressFault, parseAddress } from '../platform/text/address.ts';
import { isSameMailbox } from '../platform/text/mailbox.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { readSettings } from '../settings/settings.ts';
import { checkGuardianAddress } from './guardians/address-check.ts';
import {
  findProfileAccess,
  type Guardian,
  type GuardianHoldReason,
  hasEverConsented,
  listCurrentGuardians,
  lockProfile,
  type NamedGuardian,
  nameGuardian,
} from './guardians/guardian.ts';
import { accessStatusOf, hasAccess, type ProfileAccess } from './profile-access.ts';

const MAX_REQUESTS_PER_DAY = 3;

/** Validates the guardian whom a minor names. @throws InvalidInput with an error for each field */
export async function parseNamedGuardian(
  typed: { guardianName: string; guardianEmail: string },
  minorEmail: string,
): Promise<NamedGuardian> {
  const { guardianName: name, guardianEmail } = typed;
  const parsed = parseAddress(guardianEmail);
  const errors: Record<string, string> = {};
  if (name === '') errors.guardianName = t('consents:form.yourGuardianNameRequired');
  if (guardianEmail === '') errors.guardianEmail = t('consents:form.yourGuardianEmailRequired');
  else if ('fault' in parsed) errors.guardianEmail = describeAddressFault(parsed.fault);
  if ('fault' in parsed || name === '') throw new InvalidInput(errors);
  const { address: email } = parsed;
  return { name, email, hold: await checkGuardianAddress(email, minorEmail, 'minor') };
}

/** Stores the guardian and, unless the address is held for review, queues the request mail. */
export async function requestConsent(
  profileId: string,
  accountId: string,
  named: NamedGuardian,
  actor: Actor,
): Promise<void> {
  const requestedFromIp = 'ip' in actor ? actor.ip : null;
  const id = await nameGuardian(profileId, { ...named, requestedFromIp });
  if (named.hold === null) await mailConsentRequest(id, named.email, accountId);
  const action = named.hold === null ? 'guardian.consent-requested' : 'guardian.held-for-review';
  const event = { action, subject: 'profile', subjectId: profileId } as const;
  await recordEvent(actor, { ...event, detail: { guardianId: id, reason: named.hold } });
}

/** Queues the mail that asks a guardian to decide. */
export async function mailConsentRequest(guardianId: string, to: string, accountId: string): Promise<void> {
  const mail = { template: 'guardian-request', to, subjectId: guardianId, accountId };
  await queueMail({ ...mail, reference: newReference() });
}

/**
 * Asks the same guardian again, or another one.
 * @returns why the address is held for review; null if the mail was queued
 * @throws Conflict if the minor already has access, has asked three times today, or names someone else although a guardian
 *   has consented before; InvalidInput for an unsuitable address
 */
export function requestConsentAgain(
  profile: ProfileAccess,
  minorEmail: string,
  named: Readonly<{ name: string; email: string }>,
  actor: Actor,
): Promise<GuardianHoldReason | null> {
  return inTransaction(async () => {
    await lockProfile(profile.profileId);
    const latest = await findProfileAccess(profile);
    if (!latest || hasAccess(accessStatusOf(latest, await readSettings(), new Date()))) {
      throw new Conflict(t('consents:errors.hasAccess'));
    }
    const addressHold = await checkGuardianAddress(named.email, minorEmail, 'minor');
    const current = await listCurrentGuardians(profile.profileId);
    ensureNotSecondGuardian(current, named.email);
    const first = current.find(({ isSecond }) => !isSecond);
    if (first && (await hasEverConsented(first.id))) {
      await requestFromConsentedGuardian(first, named.email, profile.accountId, actor);
      return null;
    }
    await enforceDailyRequestLimit(profile.profileId);
    const hold = addressHold ?? (await findPreviousRefusal(profile.profileId, named.email));
    await requestConsent(profile.profileId, profile.accountId, { ...named, hold }, actor);
    return hold;
  });
}

/** A guardian who has ever consented can't be replaced, only asked again: by the same link, once a day. */
async function requestFromConsentedGuardian(
  guardian: Guardian,
  email: string,
  accountId: string,
  actor: Actor,
): Promise<void> {
  if (!isSameMailbox(guardian.email, email)) {
    throw new Conflict(t('consents:errors.guardianFixed', { name: guardian.name }));
  }
  const requested = await queryRow(
    `update guardians set requested_at = now() where id = $1 and requested_at < now() - interval '1 day' returning id`,
    [guardian.id],
  );
  if (!requested) throw new Conflict(t('consents:errors.askedToday'));
  await mailConsentRequest(guardian.id, guardian.email, accountId);
  const event = {
    action: 'guardian.consent-requested',
    subject: 'profile',
    subjectId: guardian.profileId,
  } as const;
  await recordEvent(actor, { ...event, detail: { guardianId: guardian.id } });
}

function ensureNotSecondGuardian(current: readonly Guardian[], email: string): void {
  if (!current.some((guardian) => guardian.isSecond && isSameMailbox(guardian.email, email))) return;
  throw new InvalidInput({ guardianEmail: t('consents:address.secondGuardians') });
}

async function enforceDailyRequestLimit(profileId: string): Promise<void> {
  const recent = await queryRow<{ count: number }>(
    `select count(*)::int as count from guardians
     where profile_id = $1 and not is_second and requested_at > now() - interval '1 day'`,
    [profileId],
  );
  if ((recent?.count ?? 0) >= MAX_REQUESTS_PER_DAY) throw new Conflict(t('consents:errors.askedTooOften'));
}

/** Someone named after a refusal may be a way round it, so staff review the address. */
async function findPreviousRefusal(profileId: string, email: string): Promise<GuardianHoldReason | null> {
  const refusing = await queryRows<{ email: string }>(
    `select g.email from guardians g where g.profile_id = $1
       and (select decision from consents where guardian_id = g.id order by id desc limit 1) = 'refused'`,
    [profileId],
  );
  return refusing.length > 0 && !refusing.some((guardian) => isSameMailbox(guardian.email, email))
    ? 'previously-refused'
    : null;
}
