import { UniqueConstraintError } from 'sequelize';
import type { Actor } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
import { Conflict, Invalid } from '../errors.ts';
import { eligibilityOf, obstacles, type ReasonName } from './eligibility.ts';
import { explain } from './eligibility-words.ts';
import { renewedExpiry } from './extension.ts';
import { type Held, holdOpen, onlyOne, recordEach } from './held.ts';
import { Invitation } from './invitation.ts';
import type { Issued } from './invite.ts';
import { sendLinks } from './link.ts';
import { NotEligible } from './not-eligible.ts';

export type Correction = Readonly<{ id: string; email: string; override?: readonly ReasonName[] }>;

/**
 * Sends open invitations to other addresses, because there was a mistake in the first ones. The older links stop working,
 * what happened to the mail to the first address is forgotten, and the invitation is valid for its whole time again. The
 * audit holds no address: the mails of an invitation show where each went.
 * @throws NotFound; Conflict for one that is closed or blocked by age; Invalid where the new address can't have it;
 * NotEligible where it needs an override
 */
export async function correctAddress(corrections: readonly Correction[], actor: Actor): Promise<Issued[]> {
  try {
    return await inTransaction(async () => {
      const issued: Issued[] = [];
      for (const correction of corrections) issued.push(await correctOne(correction, actor));
      return issued;
    });
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
    throw new Invalid({ email: 'Somebody invited this address a moment ago' });
  }
}

async function correctOne({ id, email, override = [] }: Correction, actor: Actor): Promise<Issued> {
  const invitation = onlyOne(await holdOpen([id]), 'corrected');
  if (invitation.ageBlockedAt)
    throw new Conflict(
      'Somebody at this address said that they are too young. Invite the other address instead, or reopen this invitation first.',
    );
  const overridden = await requireEligible(invitation, email, override);
  const forgotten = { deliveredAt: null, bouncedAt: null, failedAt: null, openedAt: null };
  await Invitation.update({ email, expiresAt: renewedExpiry(invitation), ...forgotten }, { where: { id } });
  const [linkId = ''] = await sendLinks([{ ...invitation, email, delivery: 'mail' }]);
  await recordEach('address-corrected', [invitation], () => overridden, actor);
  return { invitationId: id, email, linkId, delivery: 'mail' };
}

/** @returns for the audit: the warnings that were overridden */
async function requireEligible(
  invitation: Held,
  email: string,
  override: readonly ReasonName[],
): Promise<{ override?: ReasonName[] }> {
  if (invitation.email === email) throw new Invalid({ email: 'This is the address that it has' });
  const { groupId = null, staffRole } = invitation;
  const [reasons = []] = await eligibilityOf([{ email, groupId, staffRole }]);
  // The same address in another spelling of case has this very invitation.
  const others = reasons.filter(
    ({ name, invitationId }) => !(name === 'open' && invitationId === invitation.id),
  );
  // Another invitation can't be replaced from here.
  const final = others.filter(({ name, severity }) => severity === 'blocked' || name === 'open');
  if (final.length > 0) throw new Invalid({ email: final.map(explain).join(' ') });
  if (obstacles(others, override).length > 0) throw new NotEligible(others);
  const names = others.filter(({ severity }) => severity === 'warning').map(({ name }) => name);
  return names.length > 0 ? { override: names } : {};
}
