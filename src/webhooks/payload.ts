import type { Relationship } from '../alumni/profile.ts';
import { Membership } from '../groups/membership.ts';
import { Invitation } from '../invitations/invitation.ts';
import { queryRow, queryRows } from '../platform/db/database.ts';
import type { WebhookDelivery } from './delivery.ts';
import { TEST_EVENT } from './events.ts';

/** A message. `data` describes the subject at the time of sending, never with a link or code. */
export type Payload = Readonly<{ type: string; timestamp: string; data: Readonly<Record<string, unknown>> }>;

type Claim = Readonly<{ external_id: string; relationship: Relationship }>;

type DeliveryEvent = Readonly<Pick<WebhookDelivery, 'type' | 'subjectId' | 'occurredAt'>>;

const payloadReaders: Readonly<Record<string, (id: string) => Promise<Record<string, unknown> | null>>> = {
  invitation: readInvitation,
  membership: readMembership,
  consent: readConsent,
};

/** Builds the message of an event. If the subject has been deleted, `data` has only its id. */
export async function buildPayload({ type, subjectId, occurredAt }: DeliveryEvent): Promise<Payload> {
  const [subjectType = ''] = type.split('.');
  const read = payloadReaders[subjectType];
  const id = subjectId ?? '';
  const data =
    type === TEST_EVENT ? { message: 'This is a test.' } : ((await read?.(id)) ?? { id: Number(id) });
  return { type, timestamp: occurredAt.toISOString(), data };
}

async function readInvitation(id: string): Promise<Record<string, unknown> | null> {
  const invitation = await Invitation.findByPk(id);
  return (
    invitation && {
      id: Number(invitation.id),
      reference: invitation.reference,
      email: invitation.email,
      name: invitation.name,
      batch: invitation.batch,
      center: invitation.center,
      group_id: toNumber(invitation.groupId),
      group_role: invitation.groupRole,
      user_id: toNumber(invitation.acceptedBy),
      status: invitation.status,
      expires_at: invitation.expiresAt,
      claims: await readClaims(invitation.acceptedBy),
    }
  );
}

/** The records that the account claims, by their ids in the office's own system. */
async function readClaims(accountId: string | null): Promise<Claim[]> {
  const rows = await queryRows<{ claim: Claim }>(
    `select json_build_object('external_id', m.external_id, 'relationship', p.relationship) as claim
     from profiles p join alumni_members m on m.id = p.alumni_member_id where p.account_id = $1 order by p.id`,
    [accountId],
  );
  return rows.map(({ claim }) => claim);
}

async function readMembership(id: string): Promise<Record<string, unknown> | null> {
  const membership = await Membership.findByPk(id, { include: 'account' });
  return (
    membership && {
      id: Number(membership.id),
      group_id: Number(membership.groupId),
      user_id: toNumber(membership.accountId),
      email: membership.account?.email ?? null,
      role: membership.role,
      invitation_id: toNumber(membership.invitationId),
      joined_at: membership.joinedAt,
    }
  );
}

async function readConsent(id: string): Promise<Record<string, unknown> | null> {
  const consent = await queryRow<{ data: Record<string, unknown>; at: Date; expiresAt: Date | null }>(
    `select c.at, c.expires_at, json_build_object('id', c.id, 'profile_id', c.profile_id, 'user_id', c.account_id,
       'email', a.email, 'external_id', m.external_id, 'decision', c.decision) as data
     from consents c left join accounts a on a.id = c.account_id
     left join alumni_members m on m.id = c.alumni_member_id where c.id = $1`,
    [id],
  );
  return consent && { ...consent.data, at: consent.at, expires_at: consent.expiresAt };
}

function toNumber(id: string | null): number | null {
  return id === null ? null : Number(id);
}
