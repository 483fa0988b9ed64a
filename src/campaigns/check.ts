import { Transaction } from 'sequelize';
import { Import } from '../imports/import.ts';
import { type Invitee, listInviteesAfter } from '../imports/kinds/invitees.ts';
import { checkEligibility } from '../invitations/eligibility/eligibility.ts';
import { describeReason } from '../invitations/eligibility/explain.ts';
import { recordEvent } from '../platform/audit/audit.ts';
import { queryRows } from '../platform/db/database.ts';
import type { Campaign } from './campaign.ts';

// Chunks of twice this size use 110 MB more memory for 100,000 recipients.
const CHUNK_SIZE = 1_000;

/**
 * One step: stores all recipients of the import. It locks the import in one transaction, so that its columns can't be
 * changed and it can't be deleted meanwhile.
 */
export async function loadRecipientsStep(campaign: Campaign): Promise<void> {
  const { id, importId } = campaign;
  const lock = Transaction.LOCK.SHARE;
  const source = importId === null ? null : await Import.findByPk(importId, { lock });
  if (!source?.checkedAt || source.rowsPurgedAt) return discardDraft(campaign);
  for (let line = 0; ; ) {
    const chunk = await listInviteesAfter(source.id, line, CHUNK_SIZE);
    if (chunk.length === 0) break;
    await insertRecipients(id, chunk);
    line = chunk.at(-1)?.line ?? line;
  }
  await queryRows(
    `update campaigns set recipients_loaded_at = now(),
       recipient_count = (select count(*) from campaign_recipients where campaign_id = $1) where id = $1`,
    [id],
  );
}

/** One step: checks the next recipients, or finishes the check when none are left. */
export async function checkRecipientsStep({
  id,
  lastPosition,
  groupId: defaultGroupId,
}: Campaign): Promise<void> {
  const next = await queryRows<{ position: number; email: string; groupId: string | null }>(
    `select r.position, r.email, r.group_id from campaign_recipients r
     where r.campaign_id = $1 and r.position > $2 order by r.position limit ${CHUNK_SIZE}`,
    [id, lastPosition],
  );
  if (next.length === 0) return finishChecking(id);
  const reasonLists = await checkEligibility(
    next.map(({ email, groupId }) => ({ email, groupId: groupId ?? defaultGroupId })),
  );
  await queryRows(
    `update campaign_recipients r set reasons = string_to_array(input.reasons, ','), status = input.status,
       explanation = input.explanation
     from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as input (position, reasons, status, explanation)
     where r.campaign_id = $1 and r.position = input.position`,
    [
      id,
      next.map(({ position }) => position),
      reasonLists.map((reasons) => reasons.map(({ name }) => name).join(',')),
      reasonLists.map(([worst]) => worst?.name ?? 'ready'),
      reasonLists.map((reasons) => reasons.map(describeReason).join(' ')),
    ],
  );
  await queryRows(
    'update campaigns set last_position = $2, checked_count = checked_count + $3 where id = $1',
    [id, next.at(-1)?.position, next.length],
  );
}

async function finishChecking(id: string): Promise<void> {
  await queryRows(
    `update campaigns set checked_at = now(), last_position = 0, reason_counts = coalesce(
       (select jsonb_object_agg(names, count) from (
         select array_to_string(reasons, ',') as names, count(*) from campaign_recipients
         where campaign_id = $1 group by 1) counted), '{}')
     where id = $1`,
    [id],
  );
}

async function insertRecipients(id: string, invitees: readonly Invitee[]): Promise<void> {
  await queryRows(
    `insert into campaign_recipients (campaign_id, position, email, name, message, group_id, group_role, language)
     select $1::bigint, input.* from unnest($2::int[], $3::citext[], $4::text[], $5::text[], $6::bigint[], $7::text[],
       $8::text[]) as input
     on conflict do nothing`,
    [
      id,
      invitees.map(({ line }) => line),
      invitees.map(({ email }) => email),
      invitees.map(({ name }) => name),
      invitees.map(({ message }) => message || null),
      invitees.map(({ groupId }) => groupId),
      invitees.map(({ groupRole }) => groupRole),
      invitees.map(({ language }) => language),
    ],
  );
}

/** Deletes a draft whose import was deleted or changed before its recipients were stored. */
async function discardDraft(campaign: Campaign): Promise<void> {
  await campaign.destroy();
  await recordEvent(
    { kind: 'system' },
    {
      action: 'campaign.deleted',
      subject: 'campaign',
      subjectId: campaign.id,
      detail: { name: campaign.name, reason: 'its file has changed' },
    },
  );
}
