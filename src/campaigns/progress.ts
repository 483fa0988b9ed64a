import { rows } from '../database.ts';

export const inviteeStates = [
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
export type InviteeState = (typeof inviteeStates)[number];

/** How many of a campaign's invitations are in each state. */
export type Progress = Readonly<Record<InviteeState, number>>;

/** The state of `invitations i`, to the database. `sent`: a mail server has accepted the mail. */
export const stateSql = `case when i.accepted_at is not null then 'accepted' when i.declined_at is not null then 'declined'
  when i.revoked_at is not null then 'revoked' when i.bounced_at is not null then 'bounced'
  when i.failed_at is not null then 'failed' when i.opened_at is not null then 'opened'
  when i.delivered_at is not null or i.handed_on then 'sent'
  when i.dropped_at is not null then 'dropped' else 'queued' end`;

const NONE = Object.fromEntries(inviteeStates.map((state) => [state, 0])) as Progress;

/** The progress of some campaigns, by id. */
export async function progressOf(campaignIds: readonly string[]): Promise<(id: string) => Progress> {
  const counted = await rows<{ campaignId: string; state: InviteeState; count: number }>(
    `select i.campaign_id, ${stateSql} as state, count(*)::int as count from invitations i
     where i.campaign_id = any($1::bigint[]) group by 1, 2`,
    [campaignIds],
  );
  const found = new Map<string, Progress>();
  for (const { campaignId, state, count } of counted)
    found.set(campaignId, { ...(found.get(campaignId) ?? NONE), [state]: count });
  return (id) => found.get(id) ?? NONE;
}

/** How many can still be recalled: nobody has accepted or declined them. */
export function countOpen({ queued, sent, opened, bounced, failed, dropped }: Progress): number {
  return queued + sent + opened + bounced + failed + dropped;
}
