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
/** What became of an invitation: its final answer, or else how far its mail has come. */
export type ProgressState = (typeof progressStates)[number];

/** How many of a campaign's invitations are in each state. */
export type Progress = Readonly<Record<ProgressState, number>>;

/** The state of `invitations i`, to the database. `sent`: a mail server has accepted the mail. */
export const progressStateSql = `case when i.accepted_at is not null then 'accepted' when i.declined_at is not null then 'declined'
  when i.revoked_at is not null then 'revoked' when i.bounced_at is not null then 'bounced'
  when i.failed_at is not null then 'failed' when i.opened_at is not null then 'opened'
  when i.delivered_at is not null or i.handed_on then 'sent'
  when i.dropped_at is not null then 'dropped' else 'queued' end`;

const NO_PROGRESS = Object.fromEntries(progressStates.map((state) => [state, 0])) as Progress;

/** The progress of some campaigns, by id. */
export async function getProgressByCampaign(
  campaignIds: readonly string[],
): Promise<(id: string) => Progress> {
  const counted = await queryRows<{ campaignId: string; state: ProgressState; count: number }>(
    `select i.campaign_id, ${progressStateSql} as state, count(*)::int as count from invitations i
     where i.campaign_id = any($1::bigint[]) group by 1, 2`,
    [campaignIds],
  );
  const found = new Map<string, Progress>();
  for (const { campaignId, state, count } of counted)
    found.set(campaignId, { ...(found.get(campaignId) ?? NO_PROGRESS), [state]: count });
  return (id) => found.get(id) ?? NO_PROGRESS;
}

/** How many can still be recalled: nobody has accepted or declined them. */
export function countRecallable({ queued, sent, opened, bounced, failed, dropped }: Progress): number {
  return queued + sent + opened + bounced + failed + dropped;
}
