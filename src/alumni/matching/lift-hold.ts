import { liftReviewHold } from '../../accounts/review-hold.ts';
import type { Actor } from '../../platform/audit/audit.ts';
import { inTransaction } from '../../platform/db/database.ts';
import { Conflict } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { queueMail } from '../../platform/mail/messages.ts';
import { newReference } from '../../platform/text/support-reference.ts';
import { readSettings } from '../../settings/settings.ts';
import { ageStatusAt } from '../age.ts';
import { lockUnmatchedAccount, type UnmatchedAccount } from './unmatched.ts';

/**
 * Lifts a hold after a staff review and notifies the person. The usual access rules then apply.
 * @throws NotFound, Conflict if it isn't held, or is a minor's without a record: no guardian could consent
 */
export function liftHoldAndNotify(accountId: string, actor: Actor): Promise<UnmatchedAccount> {
  return inTransaction(async () => {
    const account = await lockUnmatchedAccount(accountId);
    const { heldForReviewAt, yearOfBirth, hasSelf, name, email } = account;
    if (heldForReviewAt === null) throw new Conflict(t('alumni:errors.notHeld'));
    const policy = await readSettings();
    if (!hasSelf && yearOfBirth !== null && ageStatusAt(yearOfBirth, new Date(), policy) !== 'full')
      throw new Conflict(t('alumni:errors.minorHold', { name }));
    await liftReviewHold(accountId, actor);
    const mail = { template: 'hold-lifted', to: email, subjectId: accountId, accountId };
    await queueMail({ ...mail, reference: newReference() });
    return account;
  });
}
