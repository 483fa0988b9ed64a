import { lockForAdmin, resolveRequest } from '../../invitations/requests/help-resolution.ts';
import { recordRequestEvent } from '../../invitations/requests/resolution.ts';
import type { Actor } from '../../platform/audit/audit.ts';
import { inTransaction } from '../../platform/db/database.ts';
import { Conflict } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { findAccountByEmail } from '../account.ts';
import { changeAddressByStaff } from './address-change.ts';

/**
 * Answers the request of someone who can't read mail at their account's address, like `changeAddressByStaff`.
 * @throws NotFound, Forbidden, InvalidInput; Conflict if the request is resolved, or the address has no account
 */
export function changeRequestedAddress(
  requestId: string,
  reason: string,
  actor: Actor,
): Promise<Readonly<{ to: string; name: string }>> {
  return inTransaction(async () => {
    const { kind, email, newEmail } = await lockForAdmin(requestId, actor);
    const account = kind === 'mailbox-lost' ? await findAccountByEmail(email) : null;
    if (account === null || newEmail === null) throw new Conflict(t('invitations:requests.errors.noAccount'));
    await changeAddressByStaff(account.id, { email: newEmail, reason }, actor);
    await resolveRequest(requestId, 'address-change', actor, { correctedEmail: newEmail });
    await recordRequestEvent('approved', requestId, { resolution: 'address-change' }, actor);
    return { to: newEmail, name: account.name };
  });
}
