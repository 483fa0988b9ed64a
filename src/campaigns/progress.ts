import { queryRows } from '../platform/db/database.ts';

export const progressStates = [
  'queued',
  'sent',
  'opened',
  'accepted',
  'declined',
  'bounced',
  'failed',
  'dropped',
  'revoked',
] as const;
/** The final state of an invitation, or otherwise the state of its mail. */
export type ProgressState = (typeof progressStates)[number];

/** The number of a campaign's invitations in each state. */
export type Progress = Readonly<Record<ProgressState, number>>;

/** SQL for the state of `invitations i`. `sent` means that a mail server accepted the mail. */
export const progressStateSql = `case when i.accepted_at is not null then 'accepted' when i.declined_at is not null then 'declined'
  when i.revoked_at is not null then 'revoked' when i.bounced_at is not null then 'bounced'
  when i.failed_at is not null then 'failed' when i.opened_at is not null then 'opened'
  when i.delivered_at is not null or i.link_shared then 'sent'
  when i.dropped_at is not null then 'dropped' else 'queued' end`;

const NO_PROGRESS = Object.fromEntries(progressStates.map((state) => [state, 0])) as Progress;

/** Returns a function that gives the progress of a campaign by its id. */
export async function getProgressByCampaign(
  campaignIds: readonly string[],
): Promise<(id: string) => Progress> {
  const counts = await queryRows<{ campaignId: string; state: ProgressState; count: number }>(
    `select i.campaign_id, ${progressStateSql} as state, count(*)::int as count from invitations i
     where i.campaign_id = any($1::bigint[]) group by 1, 2`,
    [campaignIds],
  );
  const progress = new Map<string, Progress>();
  for (const { campaignId, state, count } of counts)
    progress.set(campaignId, { ...(progress.get(campaignId) ?? NO_PROGRESS), [state]: count });
  return (id) => progress.get(id) ?? NO_PROGRESS;
}

/** How many invitations a recall would revoke: those that are neither accepted, declined nor revoked. */
export function countRecallable({ queued, sent, opened, bounced, failed, dropped }: Progress): number {
  return queued + sent + opened + bounced + failed + dropped;
}
