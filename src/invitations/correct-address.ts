import { UniqueConstraintError } from 'sequelize';
import type { Actor } from '../platform/audit/audit.ts';
import { inTransaction } from '../platform/db/database.ts';
import { Conflict, InvalidInput } from '../platform/errors.ts';
import { checkEligibility, type ReasonName, unresolvedReasons } from './eligibility/eligibility.ts';
import { describeReason } from './eligibility/explain.ts';
import { NotEligible } from './eligibility/not-eligible.ts';
import { Invitation } from './invitation.ts';
import { issueLinks } from './link.ts';
import type { IssuedInvitation } from './new-invitation.ts';
import {
  getSingleResult,
  type LockedInvitation,
  lockOpenInvitations,
  recordInvitationEvents,
} from './operation.ts';
import { expiryAfterResend } from './validity.ts';

export type AddressCorrection = Readonly<{ id: string; email: string; override?: readonly ReasonName[] }>;

/**
 * Sends open invitations to other addresses, because there was a mistake in the first ones. The older links stop working,
 * what happened to the mail to the first address is forgotten, and the invitation is valid for its whole time again. The
 * audit holds no address: the mails of an invitation show where each went.
 * @throws NotFound; Conflict for one that is closed or blocked by age; Invalid where the new address can't have it;
 * NotEligible where it needs an override
 */
export async function correctAddresses(
  corrections: readonly AddressCorrection[],
  actor: Actor,
): Promise<IssuedInvitation[]> {
  try {
    return await inTransaction(async () => {
      const issued: IssuedInvitation[] = [];
      for (const correction of corrections) issued.push(await correctOne(correction, actor));
      return issued;
    });
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
    throw new InvalidInput({ email: 'Somebody invited this address a moment ago' });
  }
}

async function correctOne(
  { id, email, override = [] }: AddressCorrection,
  actor: Actor,
): Promise<IssuedInvitation> {
  const invitation = getSingleResult(await lockOpenInvitations([id]), 'corrected');
  if (invitation.ageBlockedAt)
    throw new Conflict(
      'Somebody at this address said that they are too young. Invite the other address instead, or reopen this invitation first.',
    );
  const overridden = await requireEligible(invitation, email, override);
  const clearedDelivery = { deliveredAt: null, bouncedAt: null, failedAt: null, openedAt: null };
  await Invitation.update(
    { email, expiresAt: expiryAfterResend(invitation), ...clearedDelivery },
    { where: { id } },
  );
  const [linkId = ''] = await issueLinks([{ ...invitation, email, delivery: 'mail' }]);
  await recordInvitationEvents('address-corrected', [invitation], () => overridden, actor);
  return { invitationId: id, email, linkId, delivery: 'mail' };
}

/** @returns for the audit: the warnings that were overridden */
async function requireEligible(
  invitation: LockedInvitation,
  email: string,
  override: readonly ReasonName[],
): Promise<{ override?: ReasonName[] }> {
  if (invitation.email === email) throw new InvalidInput({ email: 'This is the address that it has' });
  const { groupId = null, staffRole } = invitation;
  const [reasons = []] = await checkEligibility([{ email, groupId, staffRole }]);
  // The same address in another spelling of case has this very invitation.
  const otherReasons = reasons.filter(
    ({ name, invitationId }) => !(name === 'open' && invitationId === invitation.id),
  );
  // Another invitation can't be replaced from here.
  const blockingReasons = otherReasons.filter(
    ({ name, severity }) => severity === 'blocked' || name === 'open',
  );
  if (blockingReasons.length > 0)
    throw new InvalidInput({ email: blockingReasons.map(describeReason).join(' ') });
  if (unresolvedReasons(otherReasons, override).length > 0) throw new NotEligible(otherReasons);
  const names = otherReasons.filter(({ severity }) => severity === 'warning').map(({ name }) => name);
  return names.length > 0 ? { override: names } : {};
}
