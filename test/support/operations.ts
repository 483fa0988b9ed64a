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

/** Invites an address whatever is known of it; an open invitation or a suppression only stands back for `replace`. */
export async function invite({ replace = false, ...given }: TestInvitation, actor: Actor): Promise<Issued> {
  if (replace) await liftSuppressions(given.email, suppressionKinds, 'for a test', actor);
  const override = warningNames.filter((name) => name !== 'open' || replace);
  const issued = await inviteOne({ override, ...given }, actor);
  return { ...issued, invitation: await getInvitation(issued.invitationId) };
}

/** Sends one invitation again. @throws as `onlyOne` */
export async function resend(
  id: string,
  delivery: 'mail' | 'link',
  actor: Actor,
  { requestedAnonymously = false } = {},
): Promise<Issued> {
  const issued = getSingleResult(
    await resending.resendInvitations([id], { delivery, requestedAnonymously }, actor),
    'sent again',
  );
  return { ...issued, invitation: await getInvitation(issued.invitationId) };
}

/** Revokes one invitation. @throws as `onlyOne` */
export async function revoke(id: string, reason: string | null, actor: Actor): Promise<Invitation> {
  getSingleResult(await revoking.revokeInvitations([id], reason, actor), 'revoked');
  return getInvitation(id);
}

/** Gives one invitation more days. @throws as `onlyOne` */
export async function extend(id: string, days: number, actor: Actor): Promise<void> {
  getSingleResult(await extending.extendInvitations([id], days, actor), 'extended');
}

/** Sends one invitation to another address. */
export async function correctAddress(id: string, email: string, actor: Actor): Promise<Issued> {
  const [issued] = await correcting.correctAddresses([{ id, email }], actor);
  if (!issued) throw new Error('nothing was corrected');
  return { ...issued, invitation: await getInvitation(id) };
}
