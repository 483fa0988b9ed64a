import { history, type RecordedEvent } from '../audit/audit.ts';
import { row, rows } from '../database.ts';
import { type Message, messagesOfInvitation } from '../mail/messages.ts';
import { ageBlockOf } from './age-block.ts';
import { type Delivery, type Invitation, invitationById } from './invitation.ts';
import { type Visits, visitsOf } from './visits.ts';
import { type Watch, watchOf } from './watch.ts';

type Named = Readonly<{ id: string; name: string }>;

/** "Send me a new link", asked with the address of an invitation. */
export type LinkWish = Readonly<{ askedAt: Date; lastAskedAt: Date; times: number }>;

/** Who and what an invitation is about, by name. */
type Relations = Readonly<{
  inviter: Named | null;
  revoker: Named | null;
  /** Whose account it led to. */
  member: Named | null;
  group: Named | null;
  /** The newest link; its older ones are superseded. */
  link: Readonly<{ id: string; delivery: Delivery; createdAt: Date }> | null;
}>;

/** Everything that is known of one invitation; a timeline and a diagnosis are made of it. No link stands in it. */
export type CaseFile = Relations &
  Readonly<{
    invitation: Invitation;
    events: RecordedEvent[];
    messages: Message[];
    visits: Visits[];
    wishes: LinkWish[];
    watch: Watch | null;
    /** When somebody of the address was found too young; no link of it admits anybody. */
    ageBlockedAt: Date | null;
  }>;

/** @throws NotFound for what is no id of an invitation */
export async function caseFile(id: string): Promise<CaseFile> {
  const invitation = await invitationById(id);
  const [relations, events, messages, visits, wishes, watch, ageBlockedAt] = await Promise.all([
    relationsOf(id),
    history('invitation', id),
    messagesOfInvitation(id),
    visitsOf(id),
    wishesFor(invitation),
    watchOf(id),
    ageBlockOf(invitation.email),
  ]);
  return { invitation, ...relations, events, messages, visits, wishes, watch, ageBlockedAt };
}

async function relationsOf(id: string): Promise<Relations> {
  const found = await row<{
    people: Record<'inviter' | 'revoker' | 'member' | 'group', { id: string; name: string | null }>;
    linkId: string | null;
    delivery: Delivery;
    linkAt: Date;
  }>(
    `select json_build_object(
         'inviter', json_build_object('id', i.invited_by::text, 'name', inviter.name),
         'revoker', json_build_object('id', i.revoked_by::text, 'name', revoker.name),
         'member', json_build_object('id', i.accepted_by::text, 'name', member.name),
         'group', json_build_object('id', i.group_id::text, 'name', g.name)) as people,
       l.id as link_id, l.delivery, l.created_at as link_at
     from invitations i
     left join accounts inviter on inviter.id = i.invited_by
     left join accounts revoker on revoker.id = i.revoked_by
     left join accounts member on member.id = i.accepted_by
     left join groups g on g.id = i.group_id
     left join invitation_links l on l.invitation_id = i.id and l.superseded_at is null
     where i.id = $1`,
    [id],
  );
  const named = (what: keyof NonNullable<typeof found>['people']): Named | null => {
    const one = found?.people[what];
    return one?.name ? { id: one.id, name: one.name } : null;
  };
  return {
    inviter: named('inviter'),
    revoker: named('revoker'),
    member: named('member'),
    group: named('group'),
    link: found?.linkId ? { id: found.linkId, delivery: found.delivery, createdAt: found.linkAt } : null,
  };
}

function wishesFor({ id, email, createdAt }: Invitation): Promise<LinkWish[]> {
  return rows<LinkWish>(
    `select asked_at, last_asked_at, times from invitation_requests
     where invitation_id = $1 or (email = $2 and asked_at >= $3) order by asked_at`,
    [id, email, createdAt],
  );
}
