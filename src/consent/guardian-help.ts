import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, NOW, row } from '../database.ts';
import { Conflict, Invalid, NotFound } from '../errors.ts';
import { enqueue } from '../jobs/queue.ts';
import { isSameMailbox } from '../mail/mailbox.ts';
import { queueMail } from '../mail/messages.ts';
import { newReference } from '../web/reference.ts';
import {
  Guardian,
  guardianById,
  guardiansOf,
  hasConsented,
  lockProfile,
  nameGuardian,
  wardOf,
} from './guardian.ts';
import { judgeGuardianAddress } from './guardian-address.ts';
import { minorsAddress, type Ward } from './standing.ts';

const MOST_MAILS_A_DAY = 3;
const notHeld = { heldForReviewAt: null, heldForReviewReason: null };

/** What staff do for a guardian. */
type Helped = Readonly<{ guardian: Guardian; ward: Ward }>;

/**
 * Writes to another address instead. The old one is told that its link is dead, and nothing else.
 * @throws NotFound, Conflict when this guardian has consented, Invalid for a wrong address
 */
export function correctAddress(
  guardianId: string,
  email: string,
  reason: string,
  actor: Actor,
): Promise<Helped> {
  return inTransaction(async () => {
    const { guardian, ward } = await held(guardianId);
    if (await hasConsented(guardian.id)) {
      throw new Conflict(
        `${guardian.name} has given permission by this address, so it stays. You can add a second guardian instead.`,
      );
    }
    if (guardian.accountId !== null)
      throw new Conflict(`${guardian.name} has an account: its address is changed there.`);
    const others = await guardiansOf(ward.profileId);
    if (others.some((one) => isSameMailbox(one.email, email)))
      throw new Invalid({ guardianEmail: 'This is the address of a guardian already' });
    await judgeGuardianAddress(email, await minorsAddress(ward), 'others');
    const { name, isSecond } = guardian;
    const id = await nameGuardian(ward.profileId, { name, email, isSecond, hold: null });
    const corrected = await guardianById(id);
    if (!corrected) throw new Error('the guardian was not stored');
    await mail(isSecond ? 'second-guardian' : 'guardian-request', corrected, ward);
    if (guardian.heldForReviewAt === null) await mail('guardian-corrected', guardian, ward);
    await note('address-corrected', ward, { guardianId: id, before: guardian.id, reason }, actor);
    return { guardian: corrected, ward };
  });
}

/** Sends a guardian the link again. @throws NotFound, Conflict after three mails in a day */
export function resendToGuardian(guardianId: string, actor: Actor): Promise<Helped> {
  return inTransaction(async () => {
    const helped = await held(guardianId);
    if (helped.guardian.heldForReviewAt !== null)
      throw new Conflict('Look at the address first: nothing was sent to it yet.');
    await refuseFourthMail(helped.guardian);
    await mail('guardian-link', helped.guardian, helped.ward);
    await note('link-resent', helped.ward, { guardianId }, actor);
    return helped;
  });
}

/** Says yes to an address: the guardian is asked now. @throws NotFound, Conflict when it isn't held */
export function allowGuardian(guardianId: string, actor: Actor): Promise<Helped> {
  return inTransaction(async () => {
    const helped = await heldForReview(guardianId);
    await Guardian.update({ ...notHeld, askedAt: NOW }, { where: { id: guardianId } });
    const { guardian, ward } = helped;
    await mail(guardian.isSecond ? 'second-guardian' : 'guardian-request', guardian, ward);
    await note('allowed', ward, { guardianId }, actor);
    return helped;
  });
}

/** Says no to an address: the young person is told to name another. @throws NotFound, Conflict when it isn't held */
export function turnDownGuardian(guardianId: string, actor: Actor): Promise<Helped> {
  return inTransaction(async () => {
    const helped = await heldForReview(guardianId);
    const { guardian, ward } = helped;
    const turnedDown = { ...notHeld, turnedDownAt: NOW, supersededAt: NOW };
    await Guardian.update(turnedDown, { where: { id: guardianId } });
    const to = await minorsAddress(ward);
    if (to !== null && !guardian.isSecond) {
      const { accountId } = ward;
      const told = { template: 'guardian-turned-down', to, subjectId: guardianId, accountId };
      await queueMail({ ...told, reference: newReference() });
    }
    await note('turned-down', ward, { guardianId }, actor);
    return helped;
  });
}

/** Takes the wish for a link. All the work is a job's, so known and unknown addresses get the same answer in the same time. */
export function requestGuardianLink(email: string): Promise<void> {
  return inTransaction(() => enqueue('mail-guardian-links', { email }));
}

/**
 * The job behind "I lost the link": mails each guardian with this address their link, three times a day at most. That
 * nobody has the address is told to nobody.
 */
export function mailGuardianLinks(email: string): Promise<void> {
  return inTransaction(async () => {
    const guardians = await Guardian.scope('asked').findAll({
      where: { email },
      order: [['askedAt', 'ASC']],
      limit: 10,
    });
    for (const guardian of guardians) {
      const ward = await wardOf(guardian);
      if (!ward || (await mailsToday(guardian)) >= MOST_MAILS_A_DAY) continue;
      await mail('guardian-link', guardian, ward);
    }
  });
}

async function held(guardianId: string): Promise<Helped> {
  const found = await guardianById(guardianId);
  if (found) await lockProfile(found.profileId);
  const guardian = await guardianById(guardianId);
  const ward = guardian && (await wardOf(guardian));
  if (!guardian || !ward) throw new NotFound('There is no such guardian.');
  if (guardian.supersededAt !== null) throw new Conflict('Somebody else has been asked since.');
  return { guardian, ward };
}

async function heldForReview(guardianId: string): Promise<Helped> {
  const helped = await held(guardianId);
  if (helped.guardian.heldForReviewAt === null) throw new Conflict('Somebody has answered this already.');
  return helped;
}

async function refuseFourthMail(guardian: Guardian): Promise<void> {
  if ((await mailsToday(guardian)) < MOST_MAILS_A_DAY) return;
  throw new Conflict('The link was sent three times within a day. Please try again tomorrow.');
}

async function mailsToday({ id, email }: Pick<Guardian, 'id' | 'email'>): Promise<number> {
  const sent = await row<{ count: number }>(
    `select count(*)::int as count from messages
     where recipient = $1 and template = 'guardian-link' and subject_id = $2
       and queued_at > now() - interval '1 day'`,
    [email, id],
  );
  return sent?.count ?? 0;
}

async function mail(
  template: string,
  { id: subjectId, email: to }: Pick<Guardian, 'id' | 'email'>,
  { accountId }: Ward,
): Promise<void> {
  await queueMail({ template, to, subjectId, accountId, reference: newReference() });
}

function note(
  what: string,
  { profileId: subjectId }: Ward,
  detail: Readonly<Record<string, unknown>>,
  actor: Actor,
): Promise<void> {
  return record(actor, { action: `guardian.${what}`, subject: 'profile', subjectId, detail });
}
