import { randomUUID } from 'node:crypto';
import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Op,
} from 'sequelize';
import { config } from '../platform/config/config.ts';
import { hashToken, signLinkToken } from '../platform/crypto/signed-links.ts';
import { columnsOf, database, NOW, queryRow, queryRows } from '../platform/db/database.ts';
import { queueMails } from '../platform/mail/messages.ts';
import { type DeliveryMethod, Invitation } from './invitation.ts';

/** A secret link of an invitation. Of several, the newest is current. */
export class InvitationLink extends Model<
  InferAttributes<InvitationLink>,
  InferCreationAttributes<InvitationLink>
> {
  declare id: string;
  declare invitationId: string;
  declare tokenHash: Buffer;
  declare delivery: DeliveryMethod;
  /** The address it was made for: another than the invitation's once staff have corrected that. */
  declare email: string;
  /** Asked for by somebody who proved nothing: earlier links keep working until this one is opened. */
  declare requestedAnonymously: CreationOptional<boolean>;
  declare firstOpenedAt: CreationOptional<Date | null>;
  declare createdAt: CreationOptional<Date>;
  /** When a newer link was made. */
  declare supersededAt: CreationOptional<Date | null>;
  /** SHA-256 of the id of the session that redeemed it, see `redeemedIn`. */
  declare redeemedSessionHash: CreationOptional<Buffer | null>;
}

InvitationLink.init(
  {
    id: { type: DataTypes.UUID, primaryKey: true },
    invitationId: DataTypes.BIGINT,
    tokenHash: DataTypes.BLOB,
    delivery: DataTypes.TEXT,
    email: DataTypes.CITEXT,
    requestedAnonymously: DataTypes.BOOLEAN,
    firstOpenedAt: DataTypes.DATE,
    createdAt: DataTypes.DATE,
    supersededAt: DataTypes.DATE,
    redeemedSessionHash: DataTypes.BLOB,
  },
  {
    sequelize: database,
    tableName: 'invitation_links',
    scopes: { current: { where: { supersededAt: null } } },
  },
);

const linkAttributes = ['delivery', 'supersededAt', 'invitationId'] as const;
const invitationAttributes = [
  'reference',
  'email',
  'message',
  'expiresAt',
  'acceptedAt',
  'acceptedBy',
  'revokedAt',
  'declinedAt',
  'declinedReason',
  'groupRole',
] as const;

/** A link as it was found by its token, with what its invitation says now. */
export type FoundLink = Pick<Attributes<InvitationLink>, (typeof linkAttributes)[number]> &
  Pick<Attributes<Invitation>, (typeof invitationAttributes)[number]> &
  Readonly<{
    linkId: string;
    /** The address it was made for: another than `email` once staff have corrected that. */
    linkEmail: string;
    /** When the newer link was sent; null while that was only requested and nobody has opened it, as this one still works. */
    newerLinkSentAt: Date | null;
    /** When our mail with it was handed over; null until then, and for one that a person hands on. */
    mailedAt: Date | null;
    inviter: string | null;
    /** When somebody of this address said that they are too young; null again once staff have reopened it. */
    ageBlockedAt: Date | null;
    /** The place in a group that it gives as well, unless that is archived. */
    groupId: string | null;
    groupName: string | null;
  }>;

/** An invitation that gets a new link, which is mailed or given to somebody to share. */
export type LinkToIssue = Readonly<{
  /** The invitation's. */
  id: string;
  email: string;
  reference: string;
  delivery: DeliveryMethod;
  /** Asked for by somebody who proved nothing: earlier links keep working until this one is opened. */
  requestedAnonymously?: boolean;
}>;

/**
 * Makes invitations' new links, which supersede the older ones, and queues the mails of those that are mailed.
 * @returns the links' ids, in the order given
 */
export async function issueLinks(list: readonly LinkToIssue[]): Promise<string[]> {
  const linkIds = list.map(() => randomUUID());
  await queryRows(
    `update invitation_links set superseded_at = now() where invitation_id = any($1::bigint[]) and superseded_at is null`,
    [list.map(({ id }) => id)],
  );
  await queryRows(
    `insert into invitation_links (id, invitation_id, token_hash, delivery, email, requested_anonymously)
     select * from unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::text[], $5::citext[], $6::boolean[])`,
    [
      linkIds,
      list.map(({ id }) => id),
      linkIds.map((id) => hashToken(signLinkToken('invitation', id))),
      list.map(({ delivery }) => delivery),
      list.map(({ email }) => email),
      list.map(({ requestedAnonymously = false }) => requestedAnonymously),
    ],
  );
  const mails = list.flatMap(
    ({ id: invitationId, email: to, reference, delivery, requestedAnonymously }, index) => {
      const mail = {
        to,
        subjectId: linkIds[index] ?? '',
        reference,
        invitationId,
        isRequested: requestedAnonymously ?? false,
      };
      return delivery === 'mail' ? [mail] : [];
    },
  );
  await queueMails('invitation', mails);
  return linkIds;
}

/** Those of some invitations that have a link which works, or would if it were extended. */
export async function findIdsWithCurrentLink(invitationIds: readonly string[]): Promise<Set<string>> {
  const links = await InvitationLink.scope('current').findAll({
    attributes: ['invitationId'],
    where: { invitationId: [...invitationIds] },
  });
  return new Set(links.map(({ invitationId }) => invitationId));
}

/** Those of some invitations whose current link was mailed in the last so many minutes. */
export async function findIdsMailedWithin(
  minutes: number,
  list: readonly Readonly<{ id: string }>[],
): Promise<Set<string>> {
  const links = await InvitationLink.scope('current').findAll({
    attributes: ['invitationId'],
    where: {
      invitationId: list.map(({ id }) => id),
      delivery: 'mail',
      createdAt: { [Op.gt]: new Date(Date.now() - minutes * 60_000) },
    },
  });
  return new Set(links.map(({ invitationId }) => invitationId));
}

/** The link of that id, whatever its state; null when we have no such link (any more). */
export function findLink(linkId: string): Promise<FoundLink | null> {
  return queryRow<FoundLink>(
    `select l.id as link_id, ${columnsOf(InvitationLink, 'l', linkAttributes)}, l.email as link_email,
       (select max(n.created_at) from invitation_links n
        where n.invitation_id = i.id and n.created_at > l.created_at and (not n.requested_anonymously or n.first_opened_at is not null)) as newer_link_sent_at,
       (select max(m.sent_at) from messages m where m.invitation_id = i.id and m.subject_id = l.id::text) as mailed_at,
       ${columnsOf(Invitation, 'i', invitationAttributes)}, a.name as inviter,
       (select max(b.age_blocked_at) from invitations b where b.email = i.email) as age_blocked_at,
       g.id as group_id, g.name as group_name
     from invitation_links l
     join invitations i on i.id = l.invitation_id
     left join accounts a on a.id = i.invited_by
     left join groups g on g.id = i.group_id and g.archived_at is null
     where l.id = $1`,
    [linkId],
  );
}

/** From the first time that a link is opened, those before it are replaced: what a visitor `requested` waits for that. */
export async function recordFirstOpen(linkId: string): Promise<void> {
  const where = { id: linkId, requestedAnonymously: true, firstOpenedAt: null };
  await InvitationLink.update({ firstOpenedAt: NOW }, { where });
}

/** The address under which an invitation is opened: what a mail says, or a person hands on. */
export function linkUrl(token: string): string {
  return `${config.baseUrl}/register?token=${token}`;
}

/** The id of an invitation's current link. */
export async function findCurrentLinkId(invitationId: string): Promise<string | null> {
  const link = await InvitationLink.scope('current').findOne({ where: { invitationId } });
  return link?.id ?? null;
}
