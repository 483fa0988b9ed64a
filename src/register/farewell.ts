import { noteDeath } from '../alumni/change.ts';
import { type ListedRecord, recordById } from '../alumni/listed-record.ts';
import { recordsForAddress } from '../alumni/record.ts';
import type { Actor } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
import { type Invitation, openInvitationFor } from '../invitations/invitation.ts';
import { revoke as revokeInvitations } from '../invitations/revoke.ts';
import { suppress } from '../mail/suppressions.ts';

/** The open invitation of a record’s address, where nobody else of the register has that address. */
export async function invitationOfNobodyElse({ id, email }: ListedRecord): Promise<Invitation | null> {
  if (email === null || (await areOthers(email, id))) return null;
  return openInvitationFor(email);
}

/**
 * Notes that a person has died; with `revoke`, the open invitation of the address goes as well, unless somebody else has
 * that address. Nothing is written to an address that only they had. @returns the record as it was, and whether an invitation was revoked. @throws NotFound, Conflict
 */
export function markDeceased(
  id: string,
  { revoke }: { revoke: boolean },
  actor: Actor,
): Promise<{ record: ListedRecord; revoked: boolean }> {
  return inTransaction(async () => {
    const { email } = await recordById(id);
    // In the order in which a registration takes them: first the invitation, then the record.
    const open = revoke && email !== null ? await openInvitationFor(email) : null;
    const record = await noteDeath(id, actor);
    if (email === null || (await areOthers(email, id))) return { record, revoked: false };
    await suppress([{ email, kind: 'deceased', because: 'Marked as deceased in the directory' }], actor);
    if (!open) return { record, revoked: false };
    await revokeInvitations([open.id], 'The person has died', actor);
    return { record, revoked: true };
  });
}

async function areOthers(email: string, id: string): Promise<boolean> {
  return (await recordsForAddress(email)).some((other) => other.id !== id);
}
