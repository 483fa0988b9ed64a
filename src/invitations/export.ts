import type { Readable } from 'node:stream';
import { type Actor, record } from '../audit/audit.ts';
import { type CsvColumn, writeCsv } from '../csv/write.ts';
import { inTransaction, rows } from '../database.ts';
import type { DeliveryState } from './filter.ts';
import type { DeclineReason } from './invitation.ts';
import { conditionsOfSelection, type Selection } from './selection.ts';
import { type InvitationFacts, statusOf } from './status.ts';

type Exported = InvitationFacts &
  Readonly<{
    id: string;
    reference: string;
    email: string;
    name: string;
    batch: number | null;
    center: string | null;
    delivery: DeliveryState;
    group: string | null;
    groupRole: string | null;
    staffRole: string | null;
    inviter: string | null;
    createdAt: Date;
    openedAt: Date | null;
    revokedReason: string | null;
    declinedReason: DeclineReason | null;
  }>;

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
      `select i.id, i.reference, i.email, i.name, i.batch, i.center, i.delivery, g.name as "group",
         i.group_role, i.staff_role, a.name as inviter, i.created_at,
         i.expires_at, i.opened_at, i.accepted_at,
         i.revoked_at, i.revoked_reason, i.declined_at,
         i.declined_reason
       from invitations i left join accounts a on a.id = i.invited_by left join groups g on g.id = i.group_id
       where ${sql} and i.id > $${bind.length + 1}::bigint order by i.id limit ${A_CHUNK}`,
      [...bind, last],
    );
    if (chunk.length > 0) yield chunk;
    if (chunk.length < A_CHUNK) return;
    last = chunk.at(-1)?.id ?? last;
  }
}
