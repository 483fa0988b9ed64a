import { countRecordsToCorrect } from '../../alumni/corrections.ts';
import { countHeldForReview } from '../../alumni/matching/unmatched.ts';
import { countGuardiansForReview } from '../../consents/guardians/list.ts';
import { countOpenRequests, type ListedRequest, listOpenRequests } from '../../invitations/requests/list.ts';
import { countMessages } from '../../platform/mail/outbox.ts';

/** Everything that is waiting for staff. */
export type TodoList = Readonly<{
  newestRequests: readonly ListedRequest[];
  openRequestCount: number;
  failedMailCount: number;
  heldForReviewCount: number;
  /** Guardians whose address needs a review, or who requested an erasure. */
  guardianCount: number;
  /** Records about which members say that something is wrong. */
  correctionCount: number;
}>;

const MAX_REQUESTS_SHOWN = 5;

export async function getTodoList(): Promise<TodoList> {
  const [
    { items: newestRequests },
    openRequestCount,
    failedMailCount,
    heldForReviewCount,
    guardianCount,
    correctionCount,
  ] = await Promise.all([
    listOpenRequests({ kind: null }, null, MAX_REQUESTS_SHOWN),
    countOpenRequests(),
    countMessages({ search: '', deliveryStatus: 'failed', template: '', cursor: null }),
    countHeldForReview(),
    countGuardiansForReview(),
    countRecordsToCorrect(),
  ]);
  return {
    newestRequests,
    openRequestCount,
    failedMailCount,
    heldForReviewCount,
    guardianCount,
    correctionCount,
  };
}
