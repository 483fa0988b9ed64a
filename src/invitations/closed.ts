import { date } from '../web/view.ts';
import type { Invitation } from './invitation.ts';

/** Why an invitation that is not open can't be changed any more: the end of a sentence. */
export function whyClosed(invitation: Invitation): string {
  if (invitation.acceptedAt) return `it was accepted on ${date(invitation.acceptedAt)}.`;
  if (invitation.revokedAt) return `it was revoked on ${date(invitation.revokedAt)}.`;
  return invitation.declinedAt ? `it was declined on ${date(invitation.declinedAt)}.` : 'it is closed.';
}
