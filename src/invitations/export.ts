import type { Attributes } from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { columnsOf, inTransaction, queryRows } from '../platform/db/database.ts';
import { t } from '../platform/i18n/i18n.ts';
import { type Table, type TableColumn, tableOf } from '../platform/tables/write.ts';
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
  Readonly<{
    group: string | null;
    inviter: string | null;
    /** Of the account that accepted it, which may have another address by now. */
    accountEmail: string | null;
    /** The office's ids of the people that account has claimed. */
    externalIds: string | null;
  }>;

const CHUNK_SIZE = 2_000;

// Contains no link and nothing that a link could be derived from.
const listColumns = (): readonly TableColumn<ExportedInvitation>[] => [
  { heading: t('invitations:export.reference'), value: ({ reference }) => reference },
  { heading: t('invitations:export.address'), value: ({ email }) => email },
  { heading: t('invitations:export.name'), value: ({ name }) => name },
  { heading: t('invitations:export.batch'), value: ({ batch }) => batch },
  { heading: t('invitations:export.center'), value: ({ center }) => center },
  { heading: t('invitations:export.status'), value: (invitation) => statusOf(invitation) },
  {
    heading: t('invitations:export.delivery'),
    value: ({ delivery }) => (delivery === 'link' ? 'shared' : delivery),
  },
  { heading: t('invitations:export.sent'), value: ({ createdAt }) => createdAt, isTime: true },
  { heading: t('invitations:export.validUntil'), value: ({ expiresAt }) => expiresAt, isTime: true },
  { heading: t('invitations:export.opened'), value: ({ openedAt }) => openedAt, isTime: true },
  { heading: t('invitations:export.accepted'), value: ({ acceptedAt }) => acceptedAt, isTime: true },
  { heading: t('invitations:export.revoked'), value: ({ revokedAt }) => revokedAt, isTime: true },
  {
    heading: t('invitations:export.reason'),
    value: ({ revokedReason, declinedReason }) => revokedReason ?? declinedReason,
  },
  { heading: t('invitations:export.declined'), value: ({ declinedAt }) => declinedAt, isTime: true },
  { heading: t('invitations:export.group'), value: ({ group }) => group },
  { heading: t('invitations:export.groupRole'), value: ({ groupRole }) => groupRole },
  { heading: t('invitations:export.staffRole'), value: ({ staffRole }) => staffRole },
  { heading: t('invitations:export.inviter'), value: ({ inviter }) => inviter },
  { heading: t('invitations:export.accountAddress'), value: ({ accountEmail }) => accountEmail },
  { heading: t('invitations:export.externalIds'), value: ({ externalIds }) => externalIds },
];

/** Streams invitations as a table, oldest first. Records the export before it begins. */
export async function exportInvitations(selection: Selection, actor: Actor): Promise<Table> {
  const detail = 'ids' in selection ? { selected: selection.ids.length } : { filter: selection.filter };
  const event = {
    action: 'invitation.exported',
    subject: 'invitation',
    subjectId: 'export',
    detail,
  } as const;
  await inTransaction(() => recordEvent(actor, event));
  return tableOf(listColumns(), readInChunks(selection));
}

async function* readInChunks(selection: Selection): AsyncGenerator<ExportedInvitation[]> {
  const { sql, bind } = selectionConditions(selection);
  for (let last = '0'; ; ) {
    const chunk = await queryRows<ExportedInvitation>(
      `select ${columnsOf(Invitation, 'i', exportedAttributes)}, g.name as "group", a.name as inviter,
         member.email as account_email,
         (select string_agg(m.external_id, ', ' order by p.id) from profiles p
           join alumni_members m on m.id = p.alumni_member_id where p.account_id = i.accepted_by) as external_ids
       from invitations i left join accounts a on a.id = i.invited_by left join groups g on g.id = i.group_id
         left join accounts member on member.id = i.accepted_by
       where ${sql} and i.id > $${bind.length + 1}::bigint order by i.id limit ${CHUNK_SIZE}`,
      [...bind, last],
    );
    if (chunk.length > 0) yield chunk;
    if (chunk.length < CHUNK_SIZE) return;
    last = chunk.at(-1)?.id ?? last;
  }
}
