import type { Transaction } from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { Conflict, Invalid, NotFound } from '../errors.ts';
import { enqueue } from '../jobs/queue.ts';
import { isSameMailbox } from '../mail/mailbox.ts';
import { queueMail } from '../mail/messages.ts';
import { newReference } from '../web/reference.ts';
import {
  GUARDIAN_COLUMNS,
  type Guardian,
  guardianById,
  guardiansOf,
  hasConsented,
  lockProfile,
  nameGuardian,
  wardOf,
} from './guardian.ts';
import { judgeGuardianAddress } from './guardian-address.ts';
import { minorsAddress } from './second-guardian.ts';
import type { Ward } from './standing.ts';

const MOST_MAILS_A_DAY = 3;

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
  return inTransaction(async (transaction) => {
    const { guardian, ward } = await held(guardianId, transaction);
    if (await hasConsented(guardian.id, transaction)) {
      throw new Conflict(
        `${guardian.name} has given permission by this address, so it stays. You can add a second guardian instead.`,
      );
    }
    if (guardian.accountId !== null)
      throw new Conflict(`${guardian.name} has an account: its address is changed there.`);
    const others = await guardiansOf(ward.profileId, transaction);
    if (others.some((one) => isSameMailbox(one.email, email)))
      throw new Invalid({ guardianEmail: 'This is the address of a guardian already' });
    await judgeGuardianAddress(email, await minorsAddress(ward, transaction), transaction);
    const { name, isSecond } = guardian;
    const id = await nameGuardian(ward.profileId, { name, email, isSecond, hold: null }, transaction);
    const corrected = await guardianById(id, transaction);
    if (!corrected) throw new Error('the guardian was not stored');
    await mail(isSecond ? 'second-guardian' : 'guardian-request', corrected, ward, transaction);
    if (guardian.heldForReviewAt === null) await mail('guardian-corrected', guardian, ward, transaction);
    await note(
      'address-corrected',
      ward,
      { guardianId: id, before: guardian.id, reason },
      actor,
      transaction,
    );
    return { guardian: corrected, ward };
  });
}

/** Sends a guardian the link again. @throws NotFound, Conflict after three mails in a day */
export function resendToGuardian(guardianId: string, actor: Actor): Promise<Helped> {
  return inTransaction(async (transaction) => {
    const helped = await held(guardianId, transaction);
    if (helped.guardian.heldForReviewAt !== null)
      throw new Conflict('Look at the address first: nothing was sent to it yet.');
    await refuseFourthMail(helped.guardian, transaction);
    await mail('guardian-link', helped.guardian, helped.ward, transaction);
    await note('link-resent', helped.ward, { guardianId }, actor, transaction);
    return helped;
  });
}

/** Says yes to an address: the guardian is asked now. @throws NotFound, Conflict when it isn't held */
export function allowGuardian(guardianId: string, actor: Actor): Promise<Helped> {
  return inTransaction(async (transaction) => {
    const helped = await heldForReview(guardianId, transaction);
    await rows(
      'update guardians set held_for_review_at = null, held_for_review_reason = null, asked_at = now() where id = $1',
      [guardianId],
      transaction,
    );
    const { guardian, ward } = helped;
    await mail(guardian.isSecond ? 'second-guardian' : 'guardian-request', guardian, ward, transaction);
    await note('allowed', ward, { guardianId }, actor, transaction);
    return helped;
  });
}

/** Says no to an address: the young person is told to name another. @throws NotFound, Conflict when it isn't held */
export function turnDownGuardian(guardianId: string, actor: Actor): Promise<Helped> {
  return inTransaction(async (transaction) => {
    const helped = await heldForReview(guardianId, transaction);
    const { guardian, ward } = helped;
    await rows(
      `update guardians set held_for_review_at = null, held_for_review_reason = null, turned_down_at = now(),
         superseded_at = now() where id = $1`,
      [guardianId],
      transaction,
    );
    const to = await minorsAddress(ward, transaction);
    if (to !== null && !guardian.isSecond) {
      const { accountId } = ward;
      const told = { template: 'guardian-turned-down', to, subjectId: guardianId, accountId };
      await queueMail({ ...told, reference: newReference() }, transaction);
    }
    await note('turned-down', ward, { guardianId }, actor, transaction);
    return helped;
  });
}

/** Takes the wish for a link. All the work is a job's, so known and unknown addresses get the same answer in the same time. */
export function requestGuardianLink(email: string): Promise<void> {
  return inTransaction((transaction) => enqueue('mail-guardian-links', { email }, transaction));
}

/**
 * The job behind "I lost the link": mails each guardian with this address their link, three times a day at most. That
 * nobody has the address is told to nobody.
 */
export function mailGuardianLinks(email: string): Promise<void> {
  return inTransaction(async (transaction) => {
    const guardians = await rows<Omit<Guardian, 'tokenHash'>>(
      `select ${GUARDIAN_COLUMNS} from guardians g
       where g.email = $1 and g.superseded_at is null and g.held_for_review_at is null order by g.asked_at limit 10`,
      [email],
      transaction,
    );
    for (const guardian of guardians) {
      const ward = await wardOf(guardian, transaction);
      if (!ward || (await mailsToday(guardian, transaction)) >= MOST_MAILS_A_DAY) continue;
      await mail('guardian-link', guardian, ward, transaction);
    }
  });
}

async function held(guardianId: string, transaction: Transaction): Promise<Helped> {
  const found = await guardianById(guardianId, transaction);
  if (found) await lockProfile(found.profileId, transaction);
  const guardian = await guardianById(guardianId, transaction);
  const ward = guardian && (await wardOf(guardian, transaction));
  if (!guardian || !ward) throw new NotFound('There is no such guardian.');
  if (guardian.supersededAt !== null) throw new Conflict('Somebody else has been asked since.');
  return { guardian, ward };
}

async function heldForReview(guardianId: string, transaction: Transaction): Promise<Helped> {
  const helped = await held(guardianId, transaction);
  if (helped.guardian.heldForReviewAt === null) throw new Conflict('Somebody has answered this already.');
  return helped;
}

async function refuseFourthMail(guardian: Guardian, transaction: Transaction): Promise<void> {
  if ((await mailsToday(guardian, transaction)) < MOST_MAILS_A_DAY) return;
  throw new Conflict('The link was sent three times within a day. Please try again tomorrow.');
}

async function mailsToday(
  { id, email }: Pick<Guardian, 'id' | 'email'>,
  transaction: Transaction,
): Promise<number> {
  const sent = await row<{ count: number }>(
    `select count(*)::int as count from messages
     where recipient = $1 and template = 'guardian-link' and subject_id = $2
       and queued_at > now() - interval '1 day'`,
    [email, id],
    transaction,
  );
  return sent?.count ?? 0;
}

async function mail(
  template: string,
  { id: subjectId, email: to }: Pick<Guardian, 'id' | 'email'>,
  { accountId }: Ward,
  transaction: Transaction,
): Promise<void> {
  await queueMail({ template, to, subjectId, accountId, reference: newReference() }, transaction);
}

function note(
  what: string,
  { profileId: subjectId }: Ward,
  detail: Readonly<Record<string, unknown>>,
  actor: Actor,
  transaction: Transaction,
): Promise<void> {
  return record(actor, { action: `guardian.${what}`, subject: 'profile', subjectId, detail }, transaction);
}
