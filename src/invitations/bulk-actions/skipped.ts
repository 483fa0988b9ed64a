import type { Readable } from 'node:stream';
import { type CsvColumn, writeCsv } from '../../platform/csv/write.ts';
import { queryRows } from '../../platform/db/database.ts';
import { MIN_MINUTES_BETWEEN_RESENDS, type SkipReason } from '../operation.ts';
import { MAX_VALIDITY_DAYS } from '../validity.ts';

/** Why invitations were skipped, for one and for several: "12 were accepted already". */
const skipReasonTexts: Readonly<Record<SkipReason, readonly [one: string, many: string]>> = {
  accepted: ['was accepted already', 'were accepted already'],
  revoked: ['was revoked already', 'were revoked already'],
  declined: ['was declined', 'were declined'],
  blocked: [
    'can’t be written to: see “Addresses we don’t write to”',
    'can’t be written to: see “Addresses we don’t write to”',
  ],
  'recently-sent': [
    `was mailed within the last ${MIN_MINUTES_BETWEEN_RESENDS} minutes`,
    `were mailed within the last ${MIN_MINUTES_BETWEEN_RESENDS} minutes`,
  ],
  'resend-limit': ['was sent again several times within a day', 'were sent again several times within a day'],
  'max-validity': [
    `is valid for ${MAX_VALIDITY_DAYS} days already, the longest there is`,
    `are valid for ${MAX_VALIDITY_DAYS} days already, the longest there is`,
  ],
  superseded: [
    'has no link that could work again: send it again',
    'have no link that could work again: send them again',
  ],
  'not-found': ['no longer exists', 'no longer exist'],
};

export function describeSkipReason(skipReason: SkipReason, count: number): string {
  return skipReasonTexts[skipReason][count === 1 ? 0 : 1];
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

const columns: readonly CsvColumn<SkippedTarget>[] = [
  { heading: 'Address', value: ({ email }) => email },
  { heading: 'Why it was skipped', value: ({ skipReason }) => describeSkipReason(skipReason, 1) },
];

/** All skipped targets as a CSV file. */
export function exportSkippedTargets(bulkActionId: string): Readable {
  return writeCsv(columns, readInChunks(bulkActionId));
}

async function* readInChunks(bulkActionId: string): AsyncGenerator<SkippedTarget[]> {
  for (let last = '0'; ; ) {
    const chunk = await listSkippedAfter(bulkActionId, last, CHUNK_SIZE);
    if (chunk.length > 0) yield chunk;
    if (chunk.length < CHUNK_SIZE) return;
    last = chunk.at(-1)?.id ?? last;
  }
}
