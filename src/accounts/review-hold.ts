import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { Account, type HoldReason } from './account.ts';

/** Holds an account for review by staff. Until then it can sign in and see why, but has no access. */
export async function holdForReview(accountId: string, reason: HoldReason, actor: Actor): Promise<void> {
  const changes = { heldForReviewAt: new Date(), heldForReviewReason: reason };
  const where = { id: accountId, heldForReviewAt: null };
  const [held] = await Account.update(changes, { where });
  if (held === 0) return;
  const event = { action: 'account.held-for-review', subject: 'account', subjectId: accountId } as const;
  await recordEvent(actor, { ...event, detail: { reason } });
}

/** Lifts the hold of an account. @returns whether it was held */
export async function liftReviewHold(accountId: string, actor: Actor): Promise<boolean> {
  const account = await Account.findByPk(accountId, { lock: true });
  if (!account?.heldForReviewAt) return false;
  const reason = account.heldForReviewReason;
  const changes = { heldForReviewAt: null, heldForReviewReason: null, holdLiftedAt: new Date() };
  await account.update(changes);
  const event = { action: 'account.hold-lifted', subject: 'account', subjectId: accountId } as const;
  await recordEvent(actor, { ...event, detail: { reason } });
  return true;
}
