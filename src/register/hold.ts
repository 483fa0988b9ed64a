import { liftReviewHold } from '../accounts/review.ts';
import { ageStatusAt } from '../alumni/age.ts';
import type { Actor } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
import { Conflict } from '../errors.ts';
import { queueMail } from '../mail/messages.ts';
import { readSettings } from '../settings.ts';
import { newReference } from '../web/reference.ts';
import { lockUnmatchedAccount, type UnmatchedAccount } from './unmatched.ts';

/**
 * Ends a hold because somebody of the staff knows who this is, and tells the person. What the account may do is then
 * judged as for everybody else.
 * @throws NotFound, Conflict when it isn't held, or is a minor's without a record: nobody could consent
 */
export function liftHoldAndNotify(accountId: string, actor: Actor): Promise<UnmatchedAccount> {
  return inTransaction(async () => {
    const account = await lockUnmatchedAccount(accountId);
    const { heldForReviewAt, yearOfBirth, hasSelf, name, email } = account;
    if (heldForReviewAt === null) throw new Conflict('This account isn’t held for review.');
    const policy = await readSettings();
    if (!hasSelf && yearOfBirth !== null && ageStatusAt(yearOfBirth, new Date(), policy) !== 'full')
      throw new Conflict(
        `${name} is a minor by their own word. Match the account with their record: then a guardian is asked.`,
      );
    await liftReviewHold(accountId, actor);
    const mail = { template: 'hold-lifted', to: email, subjectId: accountId, accountId };
    await queueMail({ ...mail, reference: newReference() });
    return account;
  });
}
