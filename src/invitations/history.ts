import { Op } from 'sequelize';
import { listSubjectEvents, type RecordedEvent } from '../platform/audit/audit.ts';
import { listInvitationMessages, type Message } from '../platform/mail/messages.ts';
import { findAgeBlock } from './age-block.ts';
import { checkEligibility, type EligibilityReason } from './eligibility/eligibility.ts';
import { getInvitation, Invitation } from './invitation.ts';
import { findInviterNotification, type InviterNotification } from './inviter-notification.ts';
import { InvitationLink } from './link.ts';
import { type LinkOpen, listLinkOpens } from './opens/link-open.ts';
import { InvitationRequest } from './requests/invitation-request.ts';

type NamedEntity = Readonly<{ id: string; name: string }>;

/** Who and what an invitation is about, by name. */
type Relations = Readonly<{
  inviter: NamedEntity | null;
  revoker: NamedEntity | null;
  /** Whose account it led to. */
  member: NamedEntity | null;
  group: NamedEntity | null;
  campaign: NamedEntity | null;
  /** The newest link; its older ones are superseded. */
  link: Pick<InvitationLink, 'id' | 'delivery' | 'createdAt'> | null;
}>;

/** Everything that is known of one invitation; a timeline and a diagnosis are made of it. No link stands in it. */
export type InvitationHistory = Relations &
  Readonly<{
    invitation: Invitation;
    events: RecordedEvent[];
    messages: Message[];
    linkOpens: LinkOpen[];
    /** "Send me a new link", asked with the address of the invitation. */
    requests: InvitationRequest[];
    inviterNotification: InviterNotification | null;
    /** When somebody of the address was found too young; no link of it admits anybody. */
    ageBlockedAt: Date | null;
    /** Why nothing can be sent to the address, the most serious first. */
    blockingReasons: EligibilityReason[];
  }>;

/** @throws NotFound for what is no id of an invitation */
export async function getInvitationHistory(id: string): Promise<InvitationHistory> {
  const invitation = await getInvitation(id);
  const [
    relations,
    events,
    messages,
    linkOpens,
    requests,
    inviterNotification,
    ageBlockedAt,
    [reasons = []],
  ] = await Promise.all([
    getRelations(id),
    listSubjectEvents('invitation', id),
    listInvitationMessages(id),
    listLinkOpens(id),
    listInvitationRequests(invitation),
    findInviterNotification(id),
    findAgeBlock(invitation.email),
    checkEligibility([invitation]),
  ]);
  const blockingReasons = reasons.filter(({ severity }) => severity === 'blocked');
  return {
    invitation,
    ...relations,
    events,
    messages,
    linkOpens,
    requests,
    inviterNotification,
    ageBlockedAt,
    blockingReasons,
  };
}

async function getRelations(id: string): Promise<Relations> {
  const associations = ['inviter', 'revoker', 'member', 'group', 'campaign'] as const;
  const [found, link] = await Promise.all([
    Invitation.findByPk(id, {
      attributes: ['id'],
      include: associations.map((association) => ({ association, attributes: ['id', 'name'] })),
    }),
    InvitationLink.scope('current').findOne({
      attributes: ['id', 'delivery', 'createdAt'],
      where: { invitationId: id },
    }),
  ]);
  const { inviter = null, revoker = null, member = null, group = null, campaign = null } = found ?? {};
  return { inviter, revoker, member, group, campaign, link };
}

function listInvitationRequests({ id, email, createdAt }: Invitation): Promise<InvitationRequest[]> {
  return InvitationRequest.findAll({
    where: { [Op.or]: [{ invitationId: id }, { email, requestedAt: { [Op.gte]: createdAt } }] },
    order: ['requestedAt'],
  });
}
