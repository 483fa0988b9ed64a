import { countGuardiansForStaff } from '../consent/guardian-list.ts';
import { countOpenRequests, type ListedRequest, openRequests } from '../invitations/request-queue.ts';
import { countMessages } from '../mail/outbox.ts';
import { countHeld } from '../register/unmatched.ts';

/** What waits for somebody of the staff. */
export type NextSteps = Readonly<{
  requests: readonly ListedRequest[];
  openRequests: number;
  failedMails: number;
  heldForReview: number;
  /** Whose address is looked at first, or who ask for data to be erased. */
  guardians: number;
}>;

const A_FEW = 5;

export async function nextSteps(): Promise<NextSteps> {
  const [{ items }, waiting, failedMails, heldForReview, guardians] = await Promise.all([
    openRequests(null, A_FEW),
    countOpenRequests(),
    countMessages({ search: '', delivery: 'failed', template: '', cursor: null }),
    countHeld(),
    countGuardiansForStaff(),
  ]);
  return { requests: items, openRequests: waiting, failedMails, heldForReview, guardians };
}
