import { record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { enqueue } from '../jobs/queue.ts';
import { openInvitationFor } from './invitation.ts';
import { resend } from './invite.ts';

const MOST_A_DAY = 3;

/**
 * Takes "send me a new link". It is written down and answered by a job, for every address alike, so the answer and its
 * time tell nothing about the address.
 */
export function askForLink(email: string): Promise<void> {
  return inTransaction(async () => {
    const request = await row<{ id: string }>(
      `insert into invitation_requests (email) values ($1)
       on conflict (email) where answered_at is null
       do update set times = invitation_requests.times + 1, last_asked_at = now()
       returning id`,
      [email],
    );
    if (request) await enqueue('answer-invitation-request', { requestId: request.id });
  });
}

/**
 * The job: an open invitation is sent again at once, three times a day at most; everything else stays in the queue of
 * the staff.
 */
export function answerInvitationRequest(requestId: string): Promise<void> {
  return inTransaction(async () => {
    const request = await row<{ email: string }>(
      `select email from invitation_requests where id = $1 and answered_at is null for update`,
      [requestId],
    );
    if (!request) return;
    const invitation = await openInvitationFor(request.email);
    if (!invitation || (await answeredToday(request.email)) >= MOST_A_DAY) return;
    await resend(invitation.id, 'mail', { kind: 'system' }, { requested: true });
    await rows(
      `update invitation_requests set answered_at = now(), answer = 'resent', invitation_id = $2 where id = $1`,
      [requestId, invitation.id],
    );
    const event = {
      action: 'invitation-request.answered',
      subject: 'invitation-request',
      subjectId: requestId,
    } as const;
    await record({ kind: 'system' }, { ...event, detail: { invitationId: invitation.id } });
  });
}

async function answeredToday(email: string): Promise<number> {
  const answered = await row<{ count: number }>(
    `select count(*)::int as count from invitation_requests
     where email = $1 and answer = 'resent' and answered_at > now() - interval '1 day'`,
    [email],
  );
  return answered?.count ?? 0;
}
