import { queryRows } from '../../platform/db/database.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { type Table, type TableColumn, tableOf } from '../../platform/tables/write.ts';
import { MIN_MINUTES_BETWEEN_RESENDS, type SkipReason } from '../operation.ts';
import { MAX_VALIDITY_DAYS } from '../validity.ts';

/** Why an invitation was skipped: "Already accepted". */
export function describeSkipReason(skipReason: SkipReason): string {
  return t(`invitations:skipReasons.${skipReason}`, {
    minutes: MIN_MINUTES_BETWEEN_RESENDS,
    days: MAX_VALIDITY_DAYS,
  });
}

/** The number of skipped invitations by reason, highest first. */
export function countSkipReasons(bulkActionId: string): Promise<{ skipReason: SkipReason; count: number }[]> {
  return queryRows(
    `select skip_reason, count(*)::int as count from bulk_action_targets
     where bulk_action_id = $1 and skip_reason is not null group by skip_reason order by 2 desc, 1`,
    [bulkActionId],
  );
}

export type SkippedTarget = Readonly<{ id: string; email: string | null; skipReason: SkipReason }>;

const CHUNK_SIZE = 2_000;

/** Skipped targets with ids after `last`, in order of id. */
export function listSkippedAfter(
  bulkActionId: string,
  last: string,
  limit: number,
): Promise<SkippedTarget[]> {
  return queryRows<SkippedTarget>(
    `select t.invitation_id as id, i.email, t.skip_reason from bulk_action_targets t
     left join invitations i on i.id = t.invitation_id
     where t.bulk_action_id = $1 and t.invitation_id > $2 and t.skip_reason is not null order by t.invitation_id limit $3`,
    [bulkActionId, last, limit],
  );
}

/** All skipped targets as a table. */
export function exportSkippedTargets(bulkActionId: string): Table {
  const columns: readonly TableColumn<SkippedTarget>[] = [
    { heading: t('invitations:bulk.address'), value: ({ email }) => email },
    { heading: t('invitations:bulk.whySkipped'), value: ({ skipReason }) => describeSkipReason(skipReason) },
  ];
  return tableOf(columns, readInChunks(bulkActionId));
}

async function* readInChunks(bulkActionId: string): AsyncGenerator<SkippedTarget[]> {
  for (let last = '0'; ; ) {
    const chunk = await listSkippedAfter(bulkActionId, last, CHUNK_SIZE);
    if (chunk.length > 0) yield chunk;
    if (chunk.length < CHUNK_SIZE) return;
    last = chunk.at(-1)?.id ?? last;
  }
}
