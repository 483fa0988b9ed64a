import { recordDeath } from '../../alumni/change.ts';
import { getRecord, type ListedRecord } from '../../alumni/listed-record.ts';
import { listRecordsForAddress } from '../../alumni/record.ts';
import type { Actor } from '../../platform/audit/audit.ts';
import { inTransaction } from '../../platform/db/database.ts';
import { officeText } from '../../platform/i18n/i18n.ts';
import { suppress } from '../../platform/mail/suppressions.ts';
import { findOpenInvitation, type Invitation } from '../invitation.ts';
import { revokeInvitations } from '../revoke.ts';

/** The open invitation of the address of a record, unless another record has the same address. */
export async function findSoleOpenInvitation({ id, email }: ListedRecord): Promise<Invitation | null> {
  if (email === null || (await isAddressShared(email, id))) return null;
  return findOpenInvitation(email);
}

/**
 * Marks a record as deceased. If no other record has its address, suppresses the address and, with `revoke`, revokes
 * its open invitation.
 * @returns the record before the change, and whether an invitation was revoked
 * @throws NotFound, Conflict
 */
export function markDeceased(
  id: string,
  { revoke }: { revoke: boolean },
  actor: Actor,
): Promise<{ record: ListedRecord; revoked: boolean }> {
  return inTransaction(async () => {
    const { email } = await getRecord(id);
    // Locks the invitation before the record, as registration does.
    const open = revoke && email !== null ? await findOpenInvitation(email) : null;
    const record = await recordDeath(id, actor);
    if (email === null || (await isAddressShared(email, id))) return { record, revoked: false };
    await suppress(
      [{ email, kind: 'deceased', reason: officeText('invitations:stored.markedDeceased') }],
      actor,
    );
    if (!open) return { record, revoked: false };
    await revokeInvitations([open.id], officeText('invitations:stored.died'), actor);
    return { record, revoked: true };
  });
}

async function isAddressShared(email: string, id: string): Promise<boolean> {
  return (await listRecordsForAddress(email)).some((record) => record.id !== id);
}
