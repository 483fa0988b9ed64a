import { UniqueConstraintError } from 'sequelize';
import { accountWithAddress } from '../accounts/account.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
import { Conflict, Invalid } from '../errors.ts';
import { date } from '../web/view.ts';
import { wishOf } from './already-invited.ts';
import { whyClosed } from './closed.ts';
import { extendedExpiry, MOST_DAYS_AHEAD, renewedExpiry } from './extension.ts';
import { type Invitation, invitationById, openInvitationFor } from './invitation.ts';
import { type Issued, sendLink } from './invite.ts';
import { currentLink } from './link.ts';

const HOUR_MS = 60 * 60 * 1000;

/**
 * Lets an open invitation be valid for some more days; the link that was sent stays as it is.
 * @throws Conflict when it is closed or its link is superseded, Invalid when it is valid for as long as can be already
 */
export function extend(invitationId: string, days: number, actor: Actor): Promise<Invitation> {
  return inTransaction(async () => {
    const invitation = await invitationById(invitationId);
    if (!invitation.open) throw new Conflict(`It can’t be given more time: ${whyClosed(invitation)}`);
    if (!(await currentLink(invitation.id)))
      throw new Conflict('It has no link that could work for longer. Send it again instead.');
    const expiresAt = extendedExpiry(invitation.expiresAt, days);
    if (expiresAt.getTime() - invitation.expiresAt.getTime() < HOUR_MS)
      throw new Invalid({ days: `It is valid for ${MOST_DAYS_AHEAD} days already, the longest there is` });
    await invitation.update({ expiresAt });
    await note('extended', invitation, { days, expiresAt }, actor);
    return invitation;
  });
}

/**
 * Sends an open invitation to another address, because there was a slip in the first one. The older links die, what
 * became of the mail to the first address is forgotten, and it is valid for its whole time again. The audit holds no
 * address: the mails of the invitation say where each went.
 * @throws Conflict when it is closed or blocked by age; Invalid when the new address can't have it
 */
export async function correctAddress(invitationId: string, email: string, actor: Actor): Promise<Issued> {
  try {
    return await inTransaction(async () => {
      const invitation = await invitationById(invitationId);
      if (!invitation.open) throw new Conflict(`Its address can’t be corrected: ${whyClosed(invitation)}`);
      if (invitation.ageBlockedAt)
        throw new Conflict(
          'Somebody at this address said that they are too young. Invite the other address instead, or reopen this invitation first.',
        );
      await refuseAddress(invitation, email);
      const fresh = {
        deliveredAt: null,
        bouncedAt: null,
        failedAt: null,
        openedAt: null,
      };
      await invitation.update({ email, expiresAt: renewedExpiry(invitation), ...fresh });
      const linkId = await sendLink(invitation, 'mail');
      await note('address-corrected', invitation, {}, actor);
      return { invitation, linkId, delivery: 'mail' } as const;
    });
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
    throw new Invalid({ email: 'Somebody invited this address a moment ago' });
  }
}

async function refuseAddress(invitation: Invitation, email: string): Promise<void> {
  const refuse = (why: string) => {
    throw new Invalid({ email: why });
  };
  if (invitation.email === email) refuse('This is the address that it has');
  const other = await openInvitationFor(email);
  if (other && other.id !== invitation.id)
    refuse(`This address has an open invitation of ${date(other.createdAt)}. Revoke one of the two`);
  const isForMembers = invitation.groupId !== null || invitation.staffRole !== null;
  if (!isForMembers && (await accountWithAddress(email)))
    refuse('This address has an account already. Revoke this invitation: they can simply sign in');
  const wish = await wishOf(email);
  if (wish) refuse(`${wish.told} Nobody writes to it`);
}

function note(
  what: 'extended' | 'address-corrected',
  { id: subjectId }: Invitation,
  detail: Record<string, unknown>,
  actor: Actor,
): Promise<void> {
  return record(actor, { action: `invitation.${what}`, subject: 'invitation', subjectId, detail });
}
