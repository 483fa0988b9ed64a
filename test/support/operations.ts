import type { Actor } from '../../src/audit/audit.ts';
import * as correcting from '../../src/invitations/correct-address.ts';
import { warnings } from '../../src/invitations/eligibility.ts';
import * as extending from '../../src/invitations/extend.ts';
import { onlyOne } from '../../src/invitations/held.ts';
import { type Invitation, invitationById } from '../../src/invitations/invitation.ts';
import { type Issued as IssuedLink, inviteOne, type NewInvitation } from '../../src/invitations/invite.ts';
import * as resending from '../../src/invitations/resend.ts';
import * as revoking from '../../src/invitations/revoke.ts';
import { liftAll, suppressionKinds } from '../../src/mail/suppressions.ts';

export type Issued = IssuedLink & Readonly<{ invitation: Invitation }>;
export type GivenInvitation = NewInvitation & Readonly<{ replace?: boolean }>;

/** Invites an address whatever is known of it; an open invitation or a suppression only stands back for `replace`. */
export async function invite({ replace = false, ...given }: GivenInvitation, actor: Actor): Promise<Issued> {
  if (replace) await liftAll(given.email, suppressionKinds, 'for a test', actor);
  const override = warnings.filter((name) => name !== 'open' || replace);
  const issued = await inviteOne({ override, ...given }, actor);
  return { ...issued, invitation: await invitationById(issued.invitationId) };
}

/** Sends one invitation again. @throws as `onlyOne` */
export async function resend(
  id: string,
  delivery: 'mail' | 'link',
  actor: Actor,
  { requested = false } = {},
): Promise<Issued> {
  const issued = onlyOne(await resending.resend([id], { delivery, requested }, actor), 'sent again');
  return { ...issued, invitation: await invitationById(issued.invitationId) };
}

/** Revokes one invitation. @throws as `onlyOne` */
export async function revoke(id: string, reason: string | null, actor: Actor): Promise<Invitation> {
  onlyOne(await revoking.revoke([id], reason, actor), 'revoked');
  return invitationById(id);
}

/** Gives one invitation more days. @throws as `onlyOne` */
export async function extend(id: string, days: number, actor: Actor): Promise<void> {
  onlyOne(await extending.extend([id], days, actor), 'extended');
}

/** Sends one invitation to another address. */
export async function correctAddress(id: string, email: string, actor: Actor): Promise<Issued> {
  const [issued] = await correcting.correctAddress([{ id, email }], actor);
  if (!issued) throw new Error('nothing was corrected');
  return { ...issued, invitation: await invitationById(id) };
}
