import * as correcting from '../../src/invitations/correct-address.ts';
import { warningNames } from '../../src/invitations/eligibility/eligibility.ts';
import * as extending from '../../src/invitations/extend.ts';
import { getInvitation, type Invitation } from '../../src/invitations/invitation.ts';
import { inviteOne } from '../../src/invitations/invite.ts';
import type { IssuedInvitation as IssuedLink, NewInvitation } from '../../src/invitations/new-invitation.ts';
import { getSingleResult } from '../../src/invitations/operation.ts';
import * as resending from '../../src/invitations/resend.ts';
import * as revoking from '../../src/invitations/revoke.ts';
import type { Actor } from '../../src/platform/audit/audit.ts';
import { liftSuppressions, suppressionKinds } from '../../src/platform/mail/suppressions.ts';

export type Issued = IssuedLink & Readonly<{ invitation: Invitation }>;
export type TestInvitation = NewInvitation & Readonly<{ replace?: boolean }>;

/** Invites an address despite warnings. `replace` also overrides an open invitation and suppressions. */
export async function invite({ replace = false, ...input }: TestInvitation, actor: Actor): Promise<Issued> {
  if (replace) await liftSuppressions(input.email, suppressionKinds, 'for a test', actor);
  const override = warningNames.filter((name) => name !== 'open' || replace);
  const issued = await inviteOne({ override, ...input }, actor);
  return { ...issued, invitation: await getInvitation(issued.invitationId) };
}

/** Resends one invitation. @throws like `getSingleResult` */
export async function resend(
  id: string,
  delivery: 'mail' | 'link',
  actor: Actor,
  { requestedAnonymously = false } = {},
): Promise<Issued> {
  const issued = getSingleResult(
    await resending.resendInvitations([id], { delivery, requestedAnonymously }, actor),
  );
  return { ...issued, invitation: await getInvitation(issued.invitationId) };
}

/** Revokes one invitation. @throws like `getSingleResult` */
export async function revoke(id: string, reason: string | null, actor: Actor): Promise<Invitation> {
  getSingleResult(await revoking.revokeInvitations([id], reason, actor));
  return getInvitation(id);
}

/** Extends one invitation. @throws like `getSingleResult` */
export async function extend(id: string, days: number, actor: Actor): Promise<void> {
  getSingleResult(await extending.extendInvitations([id], days, actor));
}

/** Corrects the address of one invitation. */
export async function correctAddress(id: string, email: string, actor: Actor): Promise<Issued> {
  const [issued] = await correcting.correctAddresses([{ id, email }], actor);
  if (!issued) throw new Error('no invitation was corrected');
  return { ...issued, invitation: await getInvitation(id) };
}
