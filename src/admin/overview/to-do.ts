import { countHeldForReview } from '../../alumni/matching/unmatched.ts';
import { countGuardiansForReview } from '../../consents/guardians/list.ts';
import { countOpenRequests, type ListedRequest, listOpenRequests } from '../../invitations/requests/list.ts';
import { countMessages } from '../../platform/mail/outbox.ts';

/** What waits for somebody of the staff. */
export type TodoList = Readonly<{
  requests: readonly ListedRequest[];
  openRequests: number;
  failedMails: number;
  heldForReview: number;
  /** Whose address is looked at first, or who ask for data to be erased. */
  guardians: number;
}>;

const MAX_REQUESTS_SHOWN = 5;

export async function getTodoList(): Promise<TodoList> {
  const [{ items: newestRequests }, openRequestCount, failedMailCount, heldForReviewCount, guardianCount] =
    await Promise.all([
      listOpenRequests(null, MAX_REQUESTS_SHOWN),
      countOpenRequests(),
      countMessages({ search: '', delivery: 'failed', template: '', cursor: null }),
      countHeldForReview(),
      countGuardiansForReview(),
    ]);
  return {
    requests: newestRequests,
    openRequests: openRequestCount,
    failedMails: failedMailCount,
    heldForReview: heldForReviewCount,
    guardians: guardianCount,
  };
}
