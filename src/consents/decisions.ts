import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRow } from '../platform/db/database.ts';
import { Conflict, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { CONSENT_MONTHS, RENEWAL_DAYS } from './consent.ts';
import { getCurrentDisclosure } from './disclosure.ts';
import { findGuardian, findProfileAccess, type Guardian, lockProfile } from './guardians/guardian.ts';
import {
  type AccessStatus,
  accessStatusOf,
  asDecidedByGuardian,
  type ConsentDecision,
  findMinorsAddress,
  type ProfileAccess,
} from './profile-access.ts';

/** A guardian, and the profile with this guardian's own decision. */
type DecisionContext = Readonly<{
  guardian: Guardian;
  profile: ProfileAccess;
  access: AccessStatus;
  policy: Settings;
}>;

/** Whether a consent is in its last 30 days or has expired. */
export function isRenewalDue(
  { consentExpiresAt }: Pick<ProfileAccess, 'consentExpiresAt'>,
  at: Date,
): boolean {
  return consentExpiresAt !== null && consentExpiresAt.getTime() - at.getTime() < RENEWAL_DAYS * 86_400_000;
}

/**
 * Grants or renews consent for 12 months. The caller has made sure that the guardian stated parental authority. A second
 * guardian's refusal or withdrawal still denies access.
 * @throws NotFound, Conflict if the minor needs no consent, is too young, or has one that isn't due for renewal
 */
export function grantConsent(guardianId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const context = await lockMinorsDecisionContext(guardianId);
    const { profile, access } = context;
    if (access === 'supervised' && !isRenewalDue(profile, new Date())) {
      throw new Conflict(
        t('consents:errors.alreadyGranted', { until: profile.consentExpiresAt ?? new Date() }),
      );
    }
    const decision = access === 'supervised' ? 'renewed' : 'granted';
    await recordDecision(decision, context, actor);
    await notifyGuardian('consent-granted', context);
    if (decision === 'granted') await notifyMinor('access-granted', context);
  });
}

/** Refuses consent and notifies only the minor. @throws NotFound, Conflict if a consent is in force */
export function refuseConsent(guardianId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const context = await lockMinorsDecisionContext(guardianId);
    if (context.access === 'supervised') throw new Conflict(t('consents:errors.granted'));
    if (context.access === 'refused') return;
    await recordDecision('refused', context, actor);
    await notifyMinor('access-ended', context);
  });
}

/** Withdraws a consent. Idempotent. @throws NotFound, Conflict if none is in force */
export function withdrawConsent(guardianId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const context = await lockMinorsDecisionContext(guardianId);
    if (context.access === 'withdrawn') return;
    if (context.access !== 'supervised') throw new Conflict(t('consents:errors.nothingToWithdraw'));
    await endConsent(context, actor);
  });
}

/** Withdraws the guardian's consent if one is in force. @throws NotFound, Conflict if the person is an adult */
export async function withdrawConsentIfGranted(guardianId: string, actor: Actor): Promise<void> {
  const context = await lockDecisionContext(guardianId);
  if (context.access === 'full')
    throw new Conflict(t('consents:errors.adultDecides', { firstName: context.profile.firstName }));
  if (context.access === 'supervised') await endConsent(context, actor);
}

async function endConsent(context: DecisionContext, actor: Actor): Promise<void> {
  await recordDecision('withdrawn', context, actor);
  await notifyGuardian('consent-withdrawn', context);
  await notifyMinor('access-ended', context);
}

async function lockMinorsDecisionContext(guardianId: string): Promise<DecisionContext> {
  const context = await lockDecisionContext(guardianId);
  const { profile, access } = context;
  if (access === 'full') throw new Conflict(t('consents:errors.adult', { firstName: profile.firstName }));
  if (access === 'blocked')
    throw new Conflict(t('consents:errors.tooYoung', { firstName: profile.firstName }));
  return context;
}

// Locks the profile, so that concurrent decisions are made one after the other.
async function lockDecisionContext(guardianId: string): Promise<DecisionContext> {
  const found = await findGuardian(guardianId);
  if (found) await lockProfile(found.profileId);
  const guardian = await findGuardian(guardianId);
  const combinedProfile = guardian && (await findProfileAccess(guardian));
  if (!guardian || !combinedProfile) throw new NotFound(t('consents:errors.requestGone'));
  if (guardian.supersededAt !== null) throw new Conflict(t('consents:errors.superseded'));
  const policy = await readSettings();
  const profile = await asDecidedByGuardian(guardianId, combinedProfile);
  return { guardian, profile, access: accessStatusOf(profile, policy, new Date()), policy };
}

async function recordDecision(
  decision: ConsentDecision,
  { guardian, profile, policy }: DecisionContext,
  actor: Actor,
): Promise<void> {
  const { version } = await getCurrentDisclosure();
  const givesConsent = decision === 'granted' || decision === 'renewed';
  const stored = await queryRow<{ id: string }>(
    `insert into consents (profile_id, account_id, alumni_member_id, guardian_id, decision, guardian_name, guardian_email,
       authority_stated, disclosure_version, policy_version, expires_at, ip)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
       case when $8 then greatest($11::timestamptz, now()) + make_interval(months => ${CONSENT_MONTHS}) end, $12)
     returning id`,
    [
      profile.profileId,
      profile.accountId,
      profile.recordId,
      guardian.id,
      decision,
      guardian.name,
      guardian.email,
      givesConsent,
      version,
      policy.policyVersion,
      decision === 'renewed' ? profile.consentExpiresAt : null,
      'ip' in actor ? actor.ip : null,
    ],
  );
  const event = { action: `consent.${decision}`, subject: 'profile', subjectId: profile.profileId } as const;
  await recordEvent(actor, { ...event, detail: { consentId: stored?.id, disclosureVersion: version } });
}

async function notifyGuardian(template: string, { guardian, profile }: DecisionContext): Promise<void> {
  const { email: to, id: subjectId } = guardian;
  await queueMail({ template, to, subjectId, accountId: profile.accountId, reference: newReference() });
}

// A claimed child has no account and gets no mail.
async function notifyMinor(template: string, { guardian, profile }: DecisionContext): Promise<void> {
  const to = await findMinorsAddress(profile);
  if (to === null) return;
  const { accountId } = profile;
  await queueMail({ template, to, subjectId: guardian.id, accountId, reference: newReference() });
}
