import { row } from '../database.ts';
import { statusOf } from '../invitations/status.ts';
import { TEST_EVENT } from './events.ts';

/** What is told. `data` is what the subject is when it is sent: ids and plain facts, never a link or code. */
export type Payload = Readonly<{ type: string; timestamp: string; data: Readonly<Record<string, unknown>> }>;

type Event = Readonly<{ type: string; subjectId: string | null; at: Date }>;

const readers: Readonly<Record<string, (id: string) => Promise<Record<string, unknown> | null>>> = {
  invitation: readInvitation,
  membership: (id) =>
    row(
      `select m.id::float8 as id, m.group_id::float8 as group_id, m.account_id::float8 as user_id, a.email, m.role,
         m.joined_at, m.invitation_id::float8 as invitation_id
       from memberships m left join accounts a on a.id = m.account_id where m.id = $1`,
      [id],
    ),
  consent: (id) =>
    row(
      `select c.id::float8 as id, c.profile_id::float8 as profile_id, c.account_id::float8 as user_id, a.email,
         m.external_id, c.act, c.at, c.expires_at
       from consents c left join accounts a on a.id = c.account_id
       left join alumni_members m on m.id = c.alumni_member_id where c.id = $1`,
      [id],
    ),
};

/** The message of an event. What is gone since is told by its id alone. */
export async function payloadOf({ type, subjectId, at }: Event): Promise<Payload> {
  const [noun = ''] = type.split('.');
  const read = readers[noun];
  const id = subjectId ?? '';
  const data =
    type === TEST_EVENT ? { message: 'This is a test.' } : ((await read?.(id)) ?? { id: Number(id) });
  return { type, timestamp: at.toISOString(), data };
}

async function readInvitation(id: string): Promise<Record<string, unknown> | null> {
  const found = await row<{
    acceptedAt: Date | null;
    revokedAt: Date | null;
    declinedAt: Date | null;
    expiresAt: Date;
    told: Record<string, unknown>;
  }>(
    `select accepted_at as "acceptedAt", revoked_at as "revokedAt", declined_at as "declinedAt",
       expires_at as "expiresAt",
       json_build_object('id', id, 'reference', reference, 'email', email, 'name', name, 'batch', batch,
         'center', center, 'group_id', group_id, 'group_role', group_role, 'user_id', accepted_by) as told
     from invitations where id = $1`,
    [id],
  );
  return found && { ...found.told, status: statusOf(found), expires_at: found.expiresAt };
}
