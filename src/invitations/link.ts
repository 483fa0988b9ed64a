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

/** A secret link of an invitation. The newest one is the current one. */
export class InvitationLink extends Model<
  InferAttributes<InvitationLink>,
  InferCreationAttributes<InvitationLink>
> {
  declare id: string;
  declare invitationId: string;
  declare tokenHash: Buffer;
  declare delivery: DeliveryMethod;
  /** The address it was issued for. It differs from the invitation's address once staff have corrected that. */
  declare email: string;
  /** Requested by someone who had not proven the mailbox: earlier links keep working until this one is opened. */
  declare requestedAnonymously: CreationOptional<boolean>;
  declare firstOpenedAt: CreationOptional<Date | null>;
  declare createdAt: CreationOptional<Date>;
  /** When a newer link was issued. */
  declare supersededAt: CreationOptional<Date | null>;
  /** SHA-256 of the id of the session that redeemed it, see `findAccountRedeemedBySession`. */
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

/** A link with the current data of its invitation. */
export type FoundLink = Pick<Attributes<InvitationLink>, (typeof linkAttributes)[number]> &
  Pick<Attributes<Invitation>, (typeof invitationAttributes)[number]> &
  Readonly<{
    linkId: string;
    /** The address it was issued for. It differs from `email` once staff have corrected that. */
    linkEmail: string;
    /**
     * When the newer link was sent. Null while that one was only requested and nobody has opened it: this link still
     * works.
     */
    newerLinkSentAt: Date | null;
    /** When the mail server accepted our mail with the link. Null before that, and for shared links. */
    mailedAt: Date | null;
    inviter: string | null;
    /** The language on file for the person: see `language_of` in the database. */
    language: string | null;
    /** When someone with this address said that they are too young. Null again after staff lift the block. */
    ageBlockedAt: Date | null;
    /** The group that the invitation also grants, unless it is archived. */
    groupId: string | null;
    groupName: string | null;
  }>;

/** An invitation that needs a new link, to be mailed or shared. */
export type LinkToIssue = Readonly<{
  /** The id of the invitation. */
  id: string;
  email: string;
  reference: string;
  delivery: DeliveryMethod;
  /** Requested by someone who had not proven the mailbox: earlier links keep working until this one is opened. */
  requestedAnonymously?: boolean;
}>;

/**
 * Issues new links, which supersede the older ones, and queues the mails.
 * @returns the ids of the links, in the order given
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

/** The ids of those invitations whose newest link is current, so that an extension is enough to make it work. */
export async function findIdsWithCurrentLink(invitationIds: readonly string[]): Promise<Set<string>> {
  const links = await InvitationLink.scope('current').findAll({
    attributes: ['invitationId'],
    where: { invitationId: [...invitationIds] },
  });
  return new Set(links.map(({ invitationId }) => invitationId));
}

/** The ids of those invitations whose current link was mailed within the last `minutes` minutes. */
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

/** Finds a link in any state. */
export function findLink(linkId: string): Promise<FoundLink | null> {
  return queryRow<FoundLink>(
    `select l.id as link_id, ${columnsOf(InvitationLink, 'l', linkAttributes)}, l.email as link_email,
       (select max(n.created_at) from invitation_links n
        where n.invitation_id = i.id and n.created_at > l.created_at and (not n.requested_anonymously or n.first_opened_at is not null)) as newer_link_sent_at,
       (select max(m.sent_at) from messages m where m.invitation_id = i.id and m.subject_id = l.id::text) as mailed_at,
       ${columnsOf(Invitation, 'i', invitationAttributes)}, a.name as inviter, language_of(i.email) as language,
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

/** Records the first open of a link that was requested anonymously. From then on, earlier links no longer work. */
export async function recordFirstOpen(linkId: string): Promise<void> {
  const where = { id: linkId, requestedAnonymously: true, firstOpenedAt: null };
  await InvitationLink.update({ firstOpenedAt: NOW }, { where });
}

/** The URL of an invitation link, for mails and for sharing. */
export function linkUrl(token: string): string {
  return `${config.baseUrl}/register?token=${token}`;
}

export async function findCurrentLinkId(invitationId: string): Promise<string | null> {
  const link = await InvitationLink.scope('current').findOne({ where: { invitationId } });
  return link?.id ?? null;
}
