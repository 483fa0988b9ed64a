import { Membership } from '../groups/membership.ts';
import { Invitation } from '../invitations/invitation.ts';
import { queryRow } from '../platform/db/database.ts';
import type { WebhookDelivery } from './delivery.ts';
import { TEST_EVENT } from './events.ts';

/** What is told. `data` is what the subject is when it is sent: ids and plain facts, never a link or code. */
export type Payload = Readonly<{ type: string; timestamp: string; data: Readonly<Record<string, unknown>> }>;

type DeliveryEvent = Readonly<Pick<WebhookDelivery, 'type' | 'subjectId' | 'occurredAt'>>;

const payloadReaders: Readonly<Record<string, (id: string) => Promise<Record<string, unknown> | null>>> = {
  invitation: readInvitation,
  membership: readMembership,
  consent: readConsent,
};

/** The message of an event. What is gone since is told by its id alone. */
export async function buildPayload({ type, subjectId, occurredAt }: DeliveryEvent): Promise<Payload> {
  const [subjectType = ''] = type.split('.');
  const read = payloadReaders[subjectType];
  const id = subjectId ?? '';
  const data =
    type === TEST_EVENT ? { message: 'This is a test.' } : ((await read?.(id)) ?? { id: Number(id) });
  return { type, timestamp: occurredAt.toISOString(), data };
}

async function readInvitation(id: string): Promise<Record<string, unknown> | null> {
  const found = await Invitation.findByPk(id);
  return (
    found && {
      id: Number(found.id),
      reference: found.reference,
      email: found.email,
      name: found.name,
      batch: found.batch,
      center: found.center,
      group_id: toNumber(found.groupId),
      group_role: found.groupRole,
      user_id: toNumber(found.acceptedBy),
      status: found.status,
      expires_at: found.expiresAt,
    }
  );
}

async function readMembership(id: string): Promise<Record<string, unknown> | null> {
  const found = await Membership.findByPk(id, { include: 'account' });
  return (
    found && {
      id: Number(found.id),
      group_id: Number(found.groupId),
      user_id: toNumber(found.accountId),
      email: found.account?.email ?? null,
      role: found.role,
      invitation_id: toNumber(found.invitationId),
      joined_at: found.joinedAt,
    }
  );
}

async function readConsent(id: string): Promise<Record<string, unknown> | null> {
  const found = await queryRow<{ data: Record<string, unknown>; at: Date; expiresAt: Date | null }>(
    `select c.at, c.expires_at, json_build_object('id', c.id, 'profile_id', c.profile_id, 'user_id', c.account_id,
       'email', a.email, 'external_id', m.external_id, 'decision', c.act) as data
     from consents c left join accounts a on a.id = c.account_id
     left join alumni_members m on m.id = c.alumni_member_id where c.id = $1`,
    [id],
  );
  return found && { ...found.data, at: found.at, expires_at: found.expiresAt };
}

function toNumber(id: string | null): number | null {
  return id === null ? null : Number(id);
}
