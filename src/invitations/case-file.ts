import { Op } from 'sequelize';
import { history, type RecordedEvent } from '../audit/audit.ts';
import { type Message, messagesOfInvitation } from '../mail/messages.ts';
import { ageBlockOf } from './age-block.ts';
import { eligibilityOf, type Reason } from './eligibility.ts';
import { Invitation, invitationById } from './invitation.ts';
import { InvitationRequest } from './invitation-request.ts';
import { InvitationLink } from './link.ts';
import { type Visits, visitsOf } from './visits.ts';
import { type Watch, watchOf } from './watch.ts';

type Named = Readonly<{ id: string; name: string }>;

/** Who and what an invitation is about, by name. */
type Relations = Readonly<{
  inviter: Named | null;
  revoker: Named | null;
  /** Whose account it led to. */
  member: Named | null;
  group: Named | null;
  campaign: Named | null;
  /** The newest link; its older ones are superseded. */
  link: Pick<InvitationLink, 'id' | 'delivery' | 'createdAt'> | null;
}>;

/** Everything that is known of one invitation; a timeline and a diagnosis are made of it. No link stands in it. */
export type CaseFile = Relations &
  Readonly<{
    invitation: Invitation;
    events: RecordedEvent[];
    messages: Message[];
    visits: Visits[];
    /** "Send me a new link", asked with the address of the invitation. */
    wishes: InvitationRequest[];
    watch: Watch | null;
    /** When somebody of the address was found too young; no link of it admits anybody. */
    ageBlockedAt: Date | null;
    /** Why nothing can be sent to the address, the most serious first. */
    blocked: Reason[];
  }>;

/** @throws NotFound for what is no id of an invitation */
export async function caseFile(id: string): Promise<CaseFile> {
  const invitation = await invitationById(id);
  const [relations, events, messages, visits, wishes, watch, ageBlockedAt, [reasons = []]] =
    await Promise.all([
      relationsOf(id),
      history('invitation', id),
      messagesOfInvitation(id),
      visitsOf(id),
      wishesFor(invitation),
      watchOf(id),
      ageBlockOf(invitation.email),
      eligibilityOf([invitation]),
    ]);
  const blocked = reasons.filter(({ severity }) => severity === 'blocked');
  return { invitation, ...relations, events, messages, visits, wishes, watch, ageBlockedAt, blocked };
}

async function relationsOf(id: string): Promise<Relations> {
  const named = ['inviter', 'revoker', 'member', 'group', 'campaign'] as const;
  const [found, link] = await Promise.all([
    Invitation.findByPk(id, {
      attributes: ['id'],
      include: named.map((association) => ({ association, attributes: ['id', 'name'] })),
    }),
    InvitationLink.scope('current').findOne({
      attributes: ['id', 'delivery', 'createdAt'],
      where: { invitationId: id },
    }),
  ]);
  const { inviter = null, revoker = null, member = null, group = null, campaign = null } = found ?? {};
  return { inviter, revoker, member, group, campaign, link };
}

function wishesFor({ id, email, createdAt }: Invitation): Promise<InvitationRequest[]> {
  return InvitationRequest.findAll({
    where: { [Op.or]: [{ invitationId: id }, { email, askedAt: { [Op.gte]: createdAt } }] },
    order: ['askedAt'],
  });
}
