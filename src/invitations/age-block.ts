import { col, fn, Op } from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, NOW } from '../platform/db/database.ts';
import { Conflict } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { getInvitation, Invitation } from './invitation.ts';

/**
 * Records that the person with an open invitation is too young. No link to their address can be used until staff lift
 * the block.
 */
export async function blockByAge(invitationId: string, actor: Actor): Promise<void> {
  const [blocked] = await Invitation.scope('open').update(
    { ageBlockedAt: NOW, openedAt: fn('coalesce', col('opened_at'), NOW) },
    { where: { id: invitationId, ageBlockedAt: null } },
  );
  if (blocked > 0) await recordAgeBlockEvent('age-blocked', invitationId, actor);
}

/** When someone with this address was last found too young; null if staff have lifted the block. */
export function findAgeBlock(email: string): Promise<Date | null> {
  return Invitation.max('ageBlockedAt', { where: { email } });
}

/** Lifts the age block of all invitations of the address. @throws NotFound, Conflict if none is blocked */
export function liftAgeBlock(invitationId: string, actor: Actor): Promise<Invitation> {
  return inTransaction(async () => {
    const invitation = await getInvitation(invitationId);
    const [, unblockedInvitations] = await Invitation.update(
      { ageBlockedAt: null },
      { where: { email: invitation.email, ageBlockedAt: { [Op.ne]: null } }, returning: ['id'] },
    );
    if (unblockedInvitations.length === 0) throw new Conflict(t('registration:link.noAgeBlock'));
    for (const { id } of unblockedInvitations) await recordAgeBlockEvent('age-block-lifted', id, actor);
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
