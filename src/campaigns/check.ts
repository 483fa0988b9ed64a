import { Transaction } from 'sequelize';
import { record } from '../audit/audit.ts';
import { rows } from '../database.ts';
import { Import } from '../imports/import.ts';
import { type Invitee, inviteesAfter } from '../imports/invitees.ts';
import { eligibilityOf } from '../invitations/eligibility.ts';
import { explain } from '../invitations/eligibility-words.ts';
import type { Campaign } from './campaign.ts';

// With twice as many, the process grows by 110 MB for 100,000 recipients.
const CHUNK = 1_000;

/**
 * One step: stores everyone whom the file names. All of it is one transaction that holds the import, so that the file
 * can't be read in another way or deleted in between.
 */
export async function fillStep(campaign: Campaign): Promise<void> {
  const { id, importId } = campaign;
  const lock = Transaction.LOCK.SHARE;
  const source = importId === null ? null : await Import.findByPk(importId, { lock });
  if (!source?.checkedAt || source.emptiedAt) return discard(campaign);
  for (let line = 0; ; ) {
    const chunk = await inviteesAfter(source.id, line, CHUNK);
    if (chunk.length === 0) break;
    await store(id, chunk);
    line = chunk.at(-1)?.line ?? line;
  }
  await rows(
    `update campaigns set filled_at = now(),
       recipient_count = (select count(*) from campaign_recipients where campaign_id = $1) where id = $1`,
    [id],
  );
}

/** One step: checks the next some thousand recipients, or notes that everyone is checked. */
export async function checkStep({ id, lastPosition, groupId: usualGroup }: Campaign): Promise<void> {
  const next = await rows<{ position: number; email: string; groupId: string | null }>(
    `select r.position, r.email, r.group_id from campaign_recipients r
     where r.campaign_id = $1 and r.position > $2 order by r.position limit ${CHUNK}`,
    [id, lastPosition],
  );
  if (next.length === 0) return finish(id);
  const found = await eligibilityOf(
    next.map(({ email, groupId }) => ({ email, groupId: groupId ?? usualGroup })),
  );
  await rows(
    `update campaign_recipients r set reasons = string_to_array(given.reasons, ','), status = given.status,
       remark = given.remark
     from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as given (position, reasons, status, remark)
     where r.campaign_id = $1 and r.position = given.position`,
    [
      id,
      next.map(({ position }) => position),
      found.map((reasons) => reasons.map(({ name }) => name).join(',')),
      found.map(([worst]) => worst?.name ?? 'ready'),
      found.map((reasons) => reasons.map(explain).join(' ')),
    ],
  );
  await rows('update campaigns set last_position = $2, checked = checked + $3 where id = $1', [
    id,
    next.at(-1)?.position,
    next.length,
  ]);
}

async function finish(id: string): Promise<void> {
  await rows(
    `update campaigns set checked_at = now(), last_position = 0, reason_counts = coalesce(
       (select jsonb_object_agg(names, count) from (
         select array_to_string(reasons, ',') as names, count(*) from campaign_recipients
         where campaign_id = $1 group by 1) counted), '{}')
     where id = $1`,
    [id],
  );
}

async function store(id: string, invitees: readonly Invitee[]): Promise<void> {
  await rows(
    `insert into campaign_recipients (campaign_id, position, email, name, message, group_id, group_role)
     select $1::bigint, given.* from unnest($2::int[], $3::citext[], $4::text[], $5::text[], $6::bigint[], $7::text[])
       as given
     on conflict do nothing`,
    [
      id,
      invitees.map(({ line }) => line),
      invitees.map(({ email }) => email),
      invitees.map(({ name }) => name),
      invitees.map(({ message }) => message || null),
      invitees.map(({ groupId }) => groupId),
      invitees.map(({ groupRole }) => groupRole),
    ],
  );
}

/** Its file was deleted, or is being checked again, before anyone was stored: there is nothing to keep. */
async function discard(campaign: Campaign): Promise<void> {
  await campaign.destroy();
  await record(
    { kind: 'system' },
    {
      action: 'campaign.deleted',
      subject: 'campaign',
      subjectId: campaign.id,
      detail: { name: campaign.name, reason: 'its file has changed' },
    },
  );
}
