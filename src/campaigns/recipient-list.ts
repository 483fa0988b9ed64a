import type { Attributes } from 'sequelize';
import type { ReasonName } from '../invitations/eligibility/eligibility.ts';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { columnsOf, inTransaction, queryRow, queryRows } from '../platform/db/database.ts';
import { Conditions, type Cursor, type Page, readPage } from '../platform/db/paging.ts';
import { type Table, type TableColumn, tableOf } from '../platform/tables/write.ts';
import type { Campaign } from './campaign.ts';
import { excludingReasons } from './inclusion.ts';
import { type ProgressState, progressStateSql } from './progress.ts';
import { CampaignRecipient, type RecipientOutcome, type RecipientStatus } from './recipient.ts';

const listedAttributes = [
  'position',
  'email',
  'name',
  'status',
  'explanation',
  'outcome',
  'invitationId',
] as const;

/** `state` and `expiresAt` are null if the recipient has no invitation. */
export type ListedRecipient = Readonly<
  Pick<Attributes<CampaignRecipient>, 'position' | 'email' | 'name' | 'explanation' | 'invitationId'> & {
    status: RecipientStatus | null;
    outcome: RecipientOutcome | null;
    state: ProgressState | null;
    expiresAt: Date | null;
    isIncluded: boolean;
  }
>;

/** Recipients with a reason, without excluding reasons (`ready`), or included but not invited (`skipped`). */
export type RecipientFilter = ReasonName | 'ready' | 'skipped' | null;

const CHUNK_SIZE = 2_000;

/** One page of recipients in file order. */
export function listRecipients(
  campaign: Campaign,
  filter: RecipientFilter,
  cursor: Cursor | null,
): Promise<Page<ListedRecipient>> {
  const conditions = new Conditions().and('r.campaign_id = ?', campaign.id);
  const included = includedSql(conditions.bindValue(excludingReasons(campaign.override)));
  if (filter === 'ready') conditions.and('not r.reasons && ?::text[]', excludingReasons([]));
  else if (filter === 'skipped') conditions.and(`r.outcome <> 'invited'`);
  else if (filter !== null) conditions.and('r.reasons @> array[?]', filter);
  return readPage<ListedRecipient>({
    select: recipientColumnsSql(included),
    from: FROM,
    conditions,
    order: [{ sql: 'r.position', type: 'int' }],
    cursor,
  });
}

/** The recipient for the mail preview: the one at a position, or the first included one. */
export function findPreviewRecipient(
  campaign: Campaign,
  position: number | null,
): Promise<Attributes<CampaignRecipient> | null> {
  return queryRow<Attributes<CampaignRecipient>>(
    `select ${columnsOf(CampaignRecipient, 'r')} from campaign_recipients r
     where r.campaign_id = $1 and ($2::int is null or r.position = $2)
     order by not r.reasons && $3::text[] desc nulls last, r.position limit 1`,
    [campaign.id, position, excludingReasons(campaign.override)],
  );
}

export type RecipientColumns = readonly TableColumn<ListedRecipient>[];

/** Exports all recipients as a table, and records the export first. */
export async function exportRecipients(
  campaign: Campaign,
  columns: RecipientColumns,
  actor: Actor,
): Promise<Table> {
  const event = { action: 'campaign.exported', subject: 'campaign', subjectId: campaign.id } as const;
  await inTransaction(() => recordEvent(actor, event));
  return tableOf(columns, readInChunks(campaign));
}

const FROM = 'campaign_recipients r left join invitations i on i.id = r.invitation_id';

function includedSql(excluding: string): string {
  return `not r.reasons && ${excluding}::text[] as is_included`;
}

function recipientColumnsSql(included: string): string {
  return `${columnsOf(CampaignRecipient, 'r', listedAttributes)}, case when i.id is not null then ${progressStateSql} end as state,
    i.expires_at, ${included}`;
}

async function* readInChunks({ id, override }: Campaign): AsyncGenerator<ListedRecipient[]> {
  for (let last = 0; ; ) {
    const chunk = await queryRows<ListedRecipient>(
      `select ${recipientColumnsSql(includedSql('$3'))} from ${FROM}
       where r.campaign_id = $1 and r.position > $2 order by r.position limit ${CHUNK_SIZE}`,
      [id, last, excludingReasons(override)],
    );
    if (chunk.length > 0) yield chunk;
    if (chunk.length < CHUNK_SIZE) return;
    last = chunk.at(-1)?.position ?? last;
  }
}
