import { row } from '../database.ts';
import { statusOf } from '../invitations/status.ts';
import { TEST_EVENT } from './events.ts';

/** What is told. `data` is what the subject is when it is sent: ids and plain facts, never a link or code. */
export type Payload = Readonly<{ type: string; timestamp: string; data: Readonly<Record<string, unknown>> }>;

type Event = Readonly<{ type: string; subjectId: string | null; at: Date }>;

const readers: Readonly<Record<string, (id: string) => Promise<Record<string, unknown> | null>>> = {
  invitation: readInvitation,
  membership: readMembership,
  consent: readConsent,
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
    `select accepted_at, revoked_at, declined_at,
       expires_at,
       json_build_object('id', id, 'reference', reference, 'email', email, 'name', name, 'batch', batch,
         'center', center, 'group_id', group_id, 'group_role', group_role, 'user_id', accepted_by) as told
     from invitations where id = $1`,
    [id],
  );
  return found && { ...found.told, status: statusOf(found), expires_at: found.expiresAt };
}

async function readMembership(id: string): Promise<Record<string, unknown> | null> {
  const found = await row<{ told: Record<string, unknown>; joinedAt: Date | null }>(
    `select m.joined_at, json_build_object('id', m.id, 'group_id', m.group_id, 'user_id', m.account_id, 'email', a.email,
       'role', m.role, 'invitation_id', m.invitation_id) as told
     from memberships m left join accounts a on a.id = m.account_id where m.id = $1`,
    [id],
  );
  return found && { ...found.told, joined_at: found.joinedAt };
}

async function readConsent(id: string): Promise<Record<string, unknown> | null> {
  const found = await row<{ told: Record<string, unknown>; at: Date; expiresAt: Date | null }>(
    `select c.at, c.expires_at, json_build_object('id', c.id, 'profile_id', c.profile_id, 'user_id', c.account_id,
       'email', a.email, 'external_id', m.external_id, 'act', c.act) as told
     from consents c left join accounts a on a.id = c.account_id
     left join alumni_members m on m.id = c.alumni_member_id where c.id = $1`,
    [id],
  );
  return found && { ...found.told, at: found.at, expires_at: found.expiresAt };
}
