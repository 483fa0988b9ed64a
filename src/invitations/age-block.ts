import { col, fn, Op } from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, NOW } from '../platform/db/database.ts';
import { Conflict } from '../platform/errors.ts';
import { getInvitation, Invitation } from './invitation.ts';

/** Notes that whoever has an open invitation is too young: no link of its address admits anybody until it is reopened. */
export async function blockByAge(invitationId: string, actor: Actor): Promise<void> {
  const [blocked] = await Invitation.scope('open').update(
    { ageBlockedAt: NOW, openedAt: fn('coalesce', col('opened_at'), NOW) },
    { where: { id: invitationId, ageBlockedAt: null } },
  );
  if (blocked > 0) await recordAgeBlockEvent('age-blocked', invitationId, actor);
}

/** When somebody of an address was last found too young, unless staff have reopened it since. */
export function findAgeBlock(email: string): Promise<Date | null> {
  return Invitation.max('ageBlockedAt', { where: { email } });
}

/** Lets the invitations of an address admit somebody again. @throws NotFound, Conflict when nothing is blocked */
export function liftAgeBlock(invitationId: string, actor: Actor): Promise<Invitation> {
  return inTransaction(async () => {
    const invitation = await getInvitation(invitationId);
    const [, unblocked] = await Invitation.update(
      { ageBlockedAt: null },
      { where: { email: invitation.email, ageBlockedAt: { [Op.ne]: null } }, returning: ['id'] },
    );
    if (unblocked.length === 0) throw new Conflict('Nobody of this address has been found too young.');
    for (const { id } of unblocked) await recordAgeBlockEvent('age-block-lifted', id, actor);
    return invitation;
  });
}

function recordAgeBlockEvent(
  action: 'age-blocked' | 'age-block-lifted',
  subjectId: string,
  actor: Actor,
): Promise<void> {
  return recordEvent(actor, { action: `invitation.${action}`, subject: 'invitation', subjectId });
}
