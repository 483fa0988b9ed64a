import type { Readable } from 'node:stream';
import type { Attributes } from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { type CsvColumn, writeCsv } from '../platform/csv/write.ts';
import { columnsOf, inTransaction, queryRows } from '../platform/db/database.ts';
import { type Selection, selectionConditions } from './bulk-actions/selection.ts';
import { Invitation } from './invitation.ts';
import { statusOf } from './status.ts';

const exportedAttributes = [
  'id',
  'reference',
  'email',
  'name',
  'batch',
  'center',
  'delivery',
  'groupRole',
  'staffRole',
  'createdAt',
  'expiresAt',
  'openedAt',
  'acceptedAt',
  'revokedAt',
  'revokedReason',
  'declinedAt',
  'declinedReason',
] as const;

type ExportedInvitation = Pick<Attributes<Invitation>, (typeof exportedAttributes)[number]> &
  Readonly<{ group: string | null; inviter: string | null }>;

const CHUNK_SIZE = 2_000;

// Contains no link and nothing that a link could be derived from.
const columns: readonly CsvColumn<ExportedInvitation>[] = [
  { heading: 'Reference', value: ({ reference }) => reference },
  { heading: 'Address', value: ({ email }) => email },
  { heading: 'Name', value: ({ name }) => name },
  { heading: 'Batch', value: ({ batch }) => batch },
  { heading: 'Center', value: ({ center }) => center },
  { heading: 'Status', value: (invitation) => statusOf(invitation) },
  { heading: 'Mail or link', value: ({ delivery }) => (delivery === 'link' ? 'shared' : delivery) },
  { heading: 'Sent', value: ({ createdAt }) => createdAt },
  { heading: 'Valid until', value: ({ expiresAt }) => expiresAt },
  { heading: 'Opened', value: ({ openedAt }) => openedAt },
  { heading: 'Accepted', value: ({ acceptedAt }) => acceptedAt },
  { heading: 'Revoked', value: ({ revokedAt }) => revokedAt },
  { heading: 'Reason', value: ({ revokedReason, declinedReason }) => revokedReason ?? declinedReason },
  { heading: 'Declined', value: ({ declinedAt }) => declinedAt },
  { heading: 'Group', value: ({ group }) => group },
  { heading: 'Group role', value: ({ groupRole }) => groupRole },
  { heading: 'Staff role', value: ({ staffRole }) => staffRole },
  { heading: 'Invited by', value: ({ inviter }) => inviter },
];

/** Streams invitations as a CSV file, oldest first. Records the export before it begins. */
export async function exportInvitations(selection: Selection, actor: Actor): Promise<Readable> {
  const detail = 'ids' in selection ? { selected: selection.ids.length } : { filter: selection.filter };
  const event = {
    action: 'invitation.exported',
    subject: 'invitation',
    subjectId: 'export',
    detail,
  } as const;
  await inTransaction(() => recordEvent(actor, event));
  return writeCsv(columns, readInChunks(selection));
}

async function* readInChunks(selection: Selection): AsyncGenerator<ExportedInvitation[]> {
  const { sql, bind } = selectionConditions(selection);
  for (let last = '0'; ; ) {
    const chunk = await queryRows<ExportedInvitation>(
      `select ${columnsOf(Invitation, 'i', exportedAttributes)}, g.name as "group", a.name as inviter
       from invitations i left join accounts a on a.id = i.invited_by left join groups g on g.id = i.group_id
       where ${sql} and i.id > $${bind.length + 1}::bigint order by i.id limit ${CHUNK_SIZE}`,
      [...bind, last],
    );
    if (chunk.length > 0) yield chunk;
    if (chunk.length < CHUNK_SIZE) return;
    last = chunk.at(-1)?.id ?? last;
  }
}
