import { UniqueConstraintError } from 'sequelize';
import type { Actor } from '../platform/audit/audit.ts';
import { inTransaction } from '../platform/db/database.ts';
import { Conflict, InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
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
import { findExpiryAfterResend } from './validity.ts';

export type AddressCorrection = Readonly<{ id: string; email: string; override?: readonly ReasonName[] }>;

/**
 * Corrects the addresses of open invitations and sends them again. Older links stop working, the delivery dates of the
 * first mail are cleared, and the full validity period starts again. The audit events contain no address; the mails of
 * an invitation show where each one went.
 * @throws NotFound; Conflict if an invitation is not open or blocked by age; InvalidInput if the new address can't be
 * invited; NotEligible if it needs an override
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
    throw new InvalidInput({ email: t('invitations:errors.invitedJustNow') });
  }
}

async function correctOne(
  { id, email, override = [] }: AddressCorrection,
  actor: Actor,
): Promise<IssuedInvitation> {
  const invitation = getSingleResult(await lockOpenInvitations([id]));
  if (invitation.ageBlockedAt) throw new Conflict(t('invitations:errors.addressTooYoung'));
  const overridden = await requireEligible(invitation, email, override);
  const clearedDelivery = { deliveredAt: null, bouncedAt: null, failedAt: null, openedAt: null };
  const expiresAt = (await findExpiryAfterResend(id)) ?? invitation.expiresAt;
  await Invitation.update({ email, expiresAt, ...clearedDelivery }, { where: { id } });
  const [linkId = ''] = await issueLinks([{ ...invitation, email, delivery: 'mail' }]);
  await recordInvitationEvents('address-corrected', [invitation], () => overridden, actor);
  return { invitationId: id, email, linkId, delivery: 'mail' };
}

/** @returns the overridden warnings, for the audit event */
async function requireEligible(
  invitation: LockedInvitation,
  email: string,
  override: readonly ReasonName[],
): Promise<{ override?: ReasonName[] }> {
  if (invitation.email === email) throw new InvalidInput({ email: t('invitations:errors.sameAddress') });
  const { groupId = null, staffRole } = invitation;
  const [reasons = []] = await checkEligibility([{ email, groupId, staffRole }]);
  // If only upper and lower case differ, the open invitation found is this one.
  const otherReasons = reasons.filter(
    ({ name, invitationId }) => !(name === 'open' && invitationId === invitation.id),
  );
  // An address correction can't replace another invitation.
  const blockingReasons = otherReasons.filter(
    ({ name, severity }) => severity === 'blocked' || name === 'open',
  );
  if (blockingReasons.length > 0)
    throw new InvalidInput({ email: blockingReasons.map(describeReason).join(' ') });
  if (unresolvedReasons(otherReasons, override).length > 0) throw new NotEligible(otherReasons);
  const names = otherReasons.filter(({ severity }) => severity === 'warning').map(({ name }) => name);
  return names.length > 0 ? { override: names } : {};
}
