import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { Conflict } from '../errors.ts';
import { type Invitation, invitationById } from './invitation.ts';
import { openSql } from './status.ts';

/** Notes that whoever has an open invitation is too young: no link of its address admits anybody until it is reopened. */
export async function blockByAge(invitationId: string, actor: Actor): Promise<void> {
  const blocked = await rows(
    `update invitations i set age_blocked_at = now(), opened_at = coalesce(opened_at, now())
     where i.id = $1 and i.age_blocked_at is null and ${openSql} returning i.id`,
    [invitationId],
  );
  if (blocked.length > 0) await note('age-blocked', invitationId, actor);
}

/** When somebody of an address was last found too young, unless staff have reopened it since. */
export async function ageBlockOf(email: string): Promise<Date | null> {
  const found = await row<{ at: Date | null }>(
    'select max(age_blocked_at) as at from invitations where email = $1',
    [email],
  );
  return found?.at ?? null;
}

/** Lets the invitations of an address admit somebody again. @throws NotFound, Conflict when nothing is blocked */
export function reopen(invitationId: string, actor: Actor): Promise<Invitation> {
  return inTransaction(async () => {
    const invitation = await invitationById(invitationId);
    const opened = await rows<{ id: string }>(
      `update invitations set age_blocked_at = null where email = $1 and age_blocked_at is not null returning id`,
      [invitation.email],
    );
    if (opened.length === 0) throw new Conflict('Nobody of this address has been found too young.');
    for (const { id } of opened) await note('reopened', id, actor);
    return invitation;
  });
}

function note(what: 'age-blocked' | 'reopened', subjectId: string, actor: Actor): Promise<void> {
  return record(actor, { action: `invitation.${what}`, subject: 'invitation', subjectId });
}
