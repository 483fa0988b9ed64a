import { randomUUID } from 'node:crypto';
import { config } from '../config.ts';
import { row, rows } from '../database.ts';
import type { GroupRole } from '../groups/group.ts';
import { hashOfLink, signLink } from '../links.ts';
import type { DeclineReason, Delivery } from './invitation.ts';

/** A link as it was found by its token, with what its invitation says now. */
export type FoundLink = Readonly<{
  linkId: string;
  delivery: Delivery;
  /** When a newer link was made. */
  supersededAt: Date | null;
  /** When the newer link was sent; null while that was only requested and nobody has opened it, as this one still works. */
  newerSentAt: Date | null;
  /** The address it was made for: another than `email` once staff have corrected that. */
  madeFor: string;
  /** When our mail with it was handed over; null until then, and for one that a person hands on. */
  mailedAt: Date | null;
  invitationId: string;
  reference: string;
  email: string;
  message: string | null;
  inviter: string | null;
  expiresAt: Date;
  acceptedAt: Date | null;
  acceptedBy: string | null;
  revokedAt: Date | null;
  declinedAt: Date | null;
  declinedReason: DeclineReason | null;
  /** When somebody of this address said that they are too young; null again once staff have reopened it. */
  ageBlockedAt: Date | null;
  /** The place in a group that it gives as well. */
  groupId: string | null;
  groupName: string | null;
  groupRole: GroupRole | null;
}>;

/**
 * Makes an invitation's new link, which supersedes the older ones. If it was only `requested`, they keep working until it
 * is opened. @returns the new link's id
 */
export async function issueLink(
  invitationId: string,
  delivery: Delivery,
  requested: boolean,
): Promise<string> {
  await rows(
    `update invitation_links set superseded_at = now() where invitation_id = $1 and superseded_at is null`,
    [invitationId],
  );
  const linkId = randomUUID();
  await rows(
    `insert into invitation_links (id, invitation_id, token_hash, delivery, requested, email)
     select $1, i.id, $3, $4, $5, i.email from invitations i where i.id = $2`,
    [linkId, invitationId, hashOfLink(signLink('invitation', linkId)), delivery, requested],
  );
  return linkId;
}

/** `issueLink` for many invitations, in two statements. @returns the new links' ids, in the order of the invitations */
export async function issueLinks(invitationIds: readonly string[], delivery: Delivery): Promise<string[]> {
  await rows(
    `update invitation_links set superseded_at = now() where invitation_id = any($1::bigint[]) and superseded_at is null`,
    [invitationIds],
  );
  const linkIds = invitationIds.map(() => randomUUID());
  await rows(
    `insert into invitation_links (id, invitation_id, token_hash, delivery, email)
     select given.id, i.id, given.hash, $4, i.email
     from unnest($1::uuid[], $2::bigint[], $3::bytea[]) as given (id, invitation_id, hash)
     join invitations i on i.id = given.invitation_id`,
    [linkIds, invitationIds, linkIds.map((id) => hashOfLink(signLink('invitation', id))), delivery],
  );
  return linkIds;
}

/** The link of that id, whatever its state; null when we have no such link (any more). */
export function findLink(linkId: string): Promise<FoundLink | null> {
  return row<FoundLink>(
    `select l.id as link_id, l.delivery, l.superseded_at, l.email as made_for,
       (select max(n.created_at) from invitation_links n
        where n.invitation_id = i.id and n.created_at > l.created_at and (not n.requested or n.first_opened_at is not null)) as newer_sent_at,
       (select max(m.sent_at) from messages m where m.invitation_id = i.id and m.subject_id = l.id::text) as mailed_at,
       i.id as invitation_id, i.reference, i.email, i.message, a.name as inviter, i.expires_at,
       i.accepted_at, i.accepted_by, i.revoked_at,
       i.declined_at, i.declined_reason,
       (select max(b.age_blocked_at) from invitations b where b.email = i.email) as age_blocked_at,
       g.id as group_id, g.name as group_name, i.group_role
     from invitation_links l
     join invitations i on i.id = l.invitation_id
     left join accounts a on a.id = i.invited_by
     left join groups g on g.id = i.group_id and g.archived_at is null
     where l.id = $1`,
    [linkId],
  );
}

/** From the first time that a link is opened, those before it are replaced: what a visitor `requested` waits for that. */
export async function noteFirstOpening(linkId: string): Promise<void> {
  await rows(
    'update invitation_links set first_opened_at = now() where id = $1 and requested and first_opened_at is null',
    [linkId],
  );
}

/** The address under which an invitation is opened: what a mail says, or a person hands on. */
export function linkUrl(token: string): string {
  return `${config.baseUrl}/register?token=${token}`;
}

/** The id of an invitation's current link. */
export async function currentLink(invitationId: string): Promise<string | null> {
  const link = await row<{ id: string }>(
    `select id from invitation_links where invitation_id = $1 and superseded_at is null`,
    [invitationId],
  );
  return link?.id ?? null;
}
