import { row } from '../database.ts';
import { Conflict } from '../errors.ts';
import { date } from '../web/view.ts';
import { type DeclineReason, type Invitation, invitationById } from './invitation.ts';

/** The address has an open invitation, or its owner asked not to be written to; can be overridden. */
export class AlreadyInvited extends Conflict {
  readonly earlier: Invitation;

  constructor(earlier: Invitation, message: string) {
    super(message);
    this.earlier = earlier;
  }
}

/** @throws AlreadyInvited */
export async function refuseSecond(email: string, earlier: Invitation | null): Promise<void> {
  if (earlier) {
    const state = earlier.status === 'expired' ? 'has expired' : 'is still open';
    throw new AlreadyInvited(
      earlier,
      `An invitation of ${date(earlier.createdAt)} for this address ${state}.`,
    );
  }
  const wish = await wishOf(email);
  if (wish) throw new AlreadyInvited(await invitationById(wish.id), wish.told);
}

/** That nobody writes to an address any more, because its owner asked so or has died: the invitation that says so. */
export async function wishOf(email: string): Promise<Readonly<{ id: string; told: string }> | null> {
  const declined = await row<{ id: string; reason: DeclineReason; at: Date }>(
    `select id, declined_reason as reason, declined_at as at from invitations
     where email = $1 and declined_reason in ('stop', 'deceased') order by declined_at desc limit 1`,
    [email],
  );
  if (!declined) return null;
  const wish = declined.reason === 'stop' ? 'asked us to stop writing' : 'was reported to have died';
  return { id: declined.id, told: `The person at this address ${wish} on ${date(declined.at)}.` };
}
