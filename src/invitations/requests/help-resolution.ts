import { UniqueConstraintError } from 'sequelize';
import { changeUnclaimedRecord } from '../../alumni/change.ts';
import { matchAccount } from '../../alumni/matching/match.ts';
import { type Actor, accountIdOf } from '../../platform/audit/audit.ts';
import { inTransaction, NOW } from '../../platform/db/database.ts';
import { Conflict, Forbidden } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { readSettings } from '../../settings/settings.ts';
import { correctAddresses } from '../correct-address.ts';
import type { ReasonName } from '../eligibility/eligibility.ts';
import { getInvitation, type Invitation } from '../invitation.ts';
import { inviteOne } from '../invite.ts';
import { InvitationRequest, type RequestResolution } from './invitation-request.ts';
import type { ListedRequest } from './list.ts';
import { getActorStaffRole, lockOpenRequest, recordRequestEvent } from './resolution.ts';

/** The record that staff chose gets the new address, so that the person can claim it. Null if none is theirs. */
export type NewAddressApproval = Readonly<{ recordId: string | null; override: readonly ReasonName[] }>;

/** Whether the open invitation itself moves to the new address. Otherwise the new address gets one of its own. */
export function movesInvitation(
  { kind }: Pick<ListedRequest, 'kind'>,
  invitation: Invitation | null,
): boolean {
  return kind === 'address-lost' && invitation !== null && invitation.isOpen;
}

/**
 * Invites the person at the address they gave, by the same rules as any other address. Nothing is sent to an address
 * that is suppressed, and its suppression stays.
 * @throws NotFound, Forbidden; Conflict if the request is resolved, the record can't be claimed or the invitation gives
 * staff rights; NotEligible; InvalidInput if the invitation can't move
 */
export async function inviteAtNewAddress(
  requestId: string,
  { recordId, override }: NewAddressApproval,
  actor: Actor,
): Promise<{ to: string }> {
  const run = async () => {
    const request = await lockForAdmin(requestId, actor);
    const { newEmail: email, invitationId } = request;
    if (email === null) throw new Conflict(t('invitations:requests.errors.noNewAddress'));
    if (recordId !== null) await changeUnclaimedRecord(recordId, { email }, actor);
    const invitation = invitationId === null ? null : await getInvitation(invitationId);
    const issued = movesInvitation(request, invitation)
      ? await moveInvitation(invitation, email, override, actor)
      : await inviteNewAddress(invitation, email, override, actor);
    await resolveRequest(requestId, 'invited', actor, { correctedEmail: email });
    const detail = { resolution: 'invited', invitationId: issued.invitationId, recordId };
    await recordRequestEvent('approved', requestId, detail, actor);
    return { to: email };
  };
  return inTransaction(run).catch((error: unknown) => {
    if (!(error instanceof UniqueConstraintError)) throw error;
    throw new Conflict(t('invitations:requests.errors.invitedJustNow'));
  });
}

async function moveInvitation(
  invitation: Invitation | null,
  email: string,
  override: readonly ReasonName[],
  actor: Actor,
) {
  if (invitation === null) throw new Error('there is no invitation to move');
  // Correcting the address of such an invitation needs a recent sign-in.
  if (invitation.staffRole !== null) throw new Conflict(t('invitations:requests.errors.givesStaffRights'));
  const [issued] = await correctAddresses([{ id: invitation.id, email, override }], actor);
  if (!issued) throw new Error('correctAddresses returned no result');
  return issued;
}

async function inviteNewAddress(
  invitation: Invitation | null,
  email: string,
  override: readonly ReasonName[],
  actor: Actor,
) {
  const { invitationDays: validityDays } = await readSettings();
  const language = invitation?.language ?? null;
  return inviteOne({ email, message: null, validityDays, delivery: 'mail', override, language }, actor);
}

export type NameCorrection = Readonly<{
  recordId: string;
  firstName: string;
  lastName: string;
  formerName: string | null;
  /** Whether the record gets the invited address too, so that the person can claim it. */
  setsAddress: boolean;
}>;

/**
 * Changes the name on the record, and keeps the former one.
 * @throws NotFound, Forbidden; Conflict if the request is resolved or the record can't be claimed
 */
export function correctName(
  requestId: string,
  { recordId, setsAddress, ...names }: NameCorrection,
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    const { email, kind } = await lockForAdmin(requestId, actor);
    if (kind !== 'name-changed') throw new Conflict(t('invitations:requests.errors.noNewName'));
    await changeUnclaimedRecord(recordId, { ...names, ...(setsAddress && { email }) }, actor);
    await resolveRequest(requestId, 'record-changed', actor);
    await recordRequestEvent('approved', requestId, { resolution: 'record-changed', recordId }, actor);
  });
}

/** Matches an account with a record, see `matchAccount`, and resolves the requests that asked for it. */
export function matchAndResolveRequests(
  accountId: string,
  recordId: string,
  actor: Actor,
): ReturnType<typeof matchAccount> {
  return inTransaction(async () => {
    const matched = await matchAccount(accountId, recordId, actor);
    const kind = ['find-record', 'name-changed'] as const;
    const waiting = await InvitationRequest.findAll({
      attributes: ['id'],
      where: { email: matched.account.email, kind, resolvedAt: null },
      order: ['id'],
      lock: true,
    });
    for (const { id } of waiting) {
      await resolveRequest(id, 'matched', actor);
      await recordRequestEvent('approved', id, { resolution: 'matched', recordId }, actor);
    }
    return matched;
  });
}

export async function lockForAdmin(requestId: string, actor: Actor): Promise<ListedRequest> {
  const request = await lockOpenRequest(requestId);
  if ((await getActorStaffRole(actor)) !== 'admin')
    throw new Forbidden(t('invitations:requests.errors.onlyAdminsChange'));
  return request;
}

export async function resolveRequest(
  id: string,
  resolution: RequestResolution,
  actor: Actor,
  others: Readonly<{ correctedEmail?: string }> = {},
): Promise<void> {
  const resolved = { resolvedAt: NOW, resolution, resolvedBy: accountIdOf(actor), ...others };
  await InvitationRequest.update(resolved, { where: { id } });
}
