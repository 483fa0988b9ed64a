import type { Readable } from 'node:stream';
import type { Attributes } from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { type CsvColumn, writeCsv } from '../csv/write.ts';
import { columnsOf, inTransaction, rows } from '../database.ts';
import { Invitation } from './invitation.ts';
import { conditionsOfSelection, type Selection } from './selection.ts';
import { statusOf } from './status.ts';

const exported = [
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

type Exported = Pick<Attributes<Invitation>, (typeof exported)[number]> &
  Readonly<{ group: string | null; inviter: string | null }>;

const A_CHUNK = 2_000;

// No link, nor anything one could be made from.
const columns: readonly CsvColumn<Exported>[] = [
  { heading: 'Reference', value: ({ reference }) => reference },
  { heading: 'Address', value: ({ email }) => email },
  { heading: 'Name', value: ({ name }) => name },
  { heading: 'Batch', value: ({ batch }) => batch },
  { heading: 'Center', value: ({ center }) => center },
  { heading: 'Status', value: (invitation) => statusOf(invitation) },
  { heading: 'Mail or link', value: ({ delivery }) => (delivery === 'link' ? 'handed on' : delivery) },
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

/** Invitations as a CSV file, the oldest first, made while it is read. Who took it is noted before it begins. */
export async function exportInvitations(selection: Selection, actor: Actor): Promise<Readable> {
  const detail = 'ids' in selection ? { ticked: selection.ids.length } : { filter: selection.filter };
  const event = {
    action: 'invitation.exported',
    subject: 'invitation',
    subjectId: 'export',
    detail,
  } as const;
  await inTransaction(() => record(actor, event));
  return writeCsv(columns, inChunks(selection));
}

async function* inChunks(selection: Selection): AsyncGenerator<Exported[]> {
  const { sql, bind } = conditionsOfSelection(selection);
  for (let last = '0'; ; ) {
    const chunk = await rows<Exported>(
      `select ${columnsOf(Invitation, 'i', exported)}, g.name as "group", a.name as inviter
       from invitations i left join accounts a on a.id = i.invited_by left join groups g on g.id = i.group_id
       where ${sql} and i.id > $${bind.length + 1}::bigint order by i.id limit ${A_CHUNK}`,
      [...bind, last],
    );
    if (chunk.length > 0) yield chunk;
    if (chunk.length < A_CHUNK) return;
    last = chunk.at(-1)?.id ?? last;
  }
}
