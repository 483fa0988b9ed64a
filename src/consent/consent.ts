import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row } from '../database.ts';
import { Conflict, NotFound } from '../errors.ts';
import { queueMail } from '../mail/messages.ts';
import { readSettings, type Settings } from '../settings.ts';
import { newReference } from '../web/reference.ts';
import { date } from '../web/view.ts';
import { currentDisclosure } from './disclosure.ts';
import { type Guardian, guardianById, lockProfile, wardOf } from './guardian.ts';
import { type Act, asDecidedBy, minorsAddress, type Standing, standingOf, type Ward } from './standing.ts';

export const CONSENT_MONTHS = 12;
export const RENEWAL_DAYS = 30;

/** A guardian, and the profile as if this guardian alone decided. */
type Situation = Readonly<{ guardian: Guardian; ward: Ward; standing: Standing; policy: Settings }>;

/** A consent whose last days have come can be renewed; before that there is nothing to renew. */
export function renewalDue({ consentExpiresAt }: Pick<Ward, 'consentExpiresAt'>, at: Date): boolean {
  return consentExpiresAt !== null && consentExpiresAt.getTime() - at.getTime() < RENEWAL_DAYS * 86_400_000;
}

/**
 * Consents for 12 months: the first time, again after an end, or as a renewal in the last 30 days. The guardian has
 * stated to have parental authority. Where the other guardian has said no, there is no access all the same.
 * @throws Conflict when there is nothing to consent to
 */
export function grant(guardianId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const situation = await situationOf(guardianId);
    const { ward, standing } = situation;
    if (standing === 'supervised' && !renewalDue(ward, new Date())) {
      throw new Conflict(`You have consented already, until ${date(ward.consentExpiresAt ?? new Date())}.`);
    }
    const act = standing === 'supervised' ? 'renewed' : 'granted';
    await append(act, situation, actor);
    await tellGuardian('consent-granted', situation);
    if (act === 'granted') await tellMinor('access-granted', situation);
  });
}

/** Says no; nothing is told to anybody but the young person. @throws Conflict when a consent is in force */
export function refuse(guardianId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const situation = await situationOf(guardianId);
    if (situation.standing === 'supervised')
      throw new Conflict('You have consented. You can withdraw your consent.');
    if (situation.standing === 'refused') return;
    await append('refused', situation, actor);
    await tellMinor('access-ended', situation);
  });
}

/** Ends a consent at once. Twice does no harm. @throws Conflict when none is in force */
export function withdraw(guardianId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const situation = await situationOf(guardianId);
    if (situation.standing === 'withdrawn') return;
    if (situation.standing !== 'supervised')
      throw new Conflict('There is no consent in force that could be withdrawn.');
    await end(situation, actor);
  });
}

/** Ends the consent of a guardian of a minor if one is in force, in the caller's transaction. @throws Conflict, NotFound */
export async function withdrawIfGranted(guardianId: string, actor: Actor): Promise<void> {
  const situation = await lookAt(guardianId);
  if (situation.standing === 'full')
    throw new Conflict(`${situation.ward.firstName} is grown up now and decides alone.`);
  if (situation.standing === 'supervised') await end(situation, actor);
}

async function end(situation: Situation, actor: Actor): Promise<void> {
  await append('withdrawn', situation, actor);
  await tellGuardian('consent-withdrawn', situation);
  await tellMinor('access-ended', situation);
}

async function situationOf(guardianId: string): Promise<Situation> {
  const situation = await lookAt(guardianId);
  const { ward, standing } = situation;
  if (standing === 'full')
    throw new Conflict(`${ward.firstName} is grown up now and needs no consent any more.`);
  if (standing === 'blocked') throw new Conflict(`${ward.firstName} is too young to be admitted.`);
  return situation;
}

// The lock on the profile lets acts at one moment follow each other.
async function lookAt(guardianId: string): Promise<Situation> {
  const found = await guardianById(guardianId);
  if (found) await lockProfile(found.profileId);
  const guardian = await guardianById(guardianId);
  const shared = guardian && (await wardOf(guardian));
  if (!guardian || !shared) throw new NotFound('This request is no longer there.');
  if (guardian.supersededAt !== null) throw new Conflict('Somebody else has been asked since.');
  const policy = await readSettings();
  const ward = await asDecidedBy(guardianId, shared);
  return { guardian, ward, standing: standingOf(ward, policy, new Date()), policy };
}

async function append(act: Act, { guardian, ward, policy }: Situation, actor: Actor): Promise<void> {
  const { version } = await currentDisclosure();
  const consents = act === 'granted' || act === 'renewed';
  const stored = await row<{ id: string }>(
    `insert into consents (profile_id, account_id, alumni_member_id, guardian_id, act, guardian_name, guardian_email,
       authority_stated, disclosure_version, policy_version, expires_at, ip)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
       case when $8 then greatest($11::timestamptz, now()) + make_interval(months => ${CONSENT_MONTHS}) end, $12)
     returning id`,
    [
      ward.profileId,
      ward.accountId,
      ward.recordId,
      guardian.id,
      act,
      guardian.name,
      guardian.email,
      consents,
      version,
      policy.policyVersion,
      act === 'renewed' ? ward.consentExpiresAt : null,
      'ip' in actor ? actor.ip : null,
    ],
  );
  const event = { action: `consent.${act}`, subject: 'profile', subjectId: ward.profileId } as const;
  await record(actor, { ...event, detail: { consentId: stored?.id, disclosureVersion: version } });
}

async function tellGuardian(template: string, { guardian, ward }: Situation): Promise<void> {
  const { email: to, id: subjectId } = guardian;
  await queueMail({ template, to, subjectId, accountId: ward.accountId, reference: newReference() });
}

// A child without an account of its own is told by its parent.
async function tellMinor(template: string, { guardian, ward }: Situation): Promise<void> {
  const to = await minorsAddress(ward);
  if (to === null) return;
  const { accountId } = ward;
  await queueMail({ template, to, subjectId: guardian.id, accountId, reference: newReference() });
}
