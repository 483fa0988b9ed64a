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

/** The people and things related to an invitation. */
type Relations = Readonly<{
  inviter: NamedEntity | null;
  revoker: NamedEntity | null;
  /** The account that accepted it. */
  member: NamedEntity | null;
  group: NamedEntity | null;
  campaign: NamedEntity | null;
  /** The current link. Older ones are superseded. */
  link: Pick<InvitationLink, 'id' | 'delivery' | 'createdAt'> | null;
}>;

/** Everything known about one invitation, for its timeline and diagnosis. Contains no link. */
export type InvitationHistory = Relations &
  Readonly<{
    invitation: Invitation;
    events: RecordedEvent[];
    messages: Message[];
    linkOpens: LinkOpen[];
    /** Requests for a new link from the address of the invitation. */
    requests: InvitationRequest[];
    inviterNotification: InviterNotification | null;
    /** When someone with this address was found too young. No link can be used until staff lift the block. */
    ageBlockedAt: Date | null;
    /** Why nothing can be sent to the address, most serious first. */
    blockingReasons: EligibilityReason[];
  }>;

/** @throws NotFound */
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
