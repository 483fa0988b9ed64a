import { config } from '../platform/config/config.ts';
import { reissueLinkToken } from '../platform/crypto/signed-links.ts';
import { queryRow } from '../platform/db/database.ts';
import { dayOf } from '../platform/i18n/dates.ts';
import type { MailTemplate } from '../platform/mail/template.ts';
import { findAddressee } from './addressee.ts';
import { linkUrl } from './link.ts';
import { openSql } from './status.ts';
import { unsubscribeLink } from './unsubscribe.ts';

type InvitationMailData = Readonly<{
  email: string;
  givenName: string;
  message: string | null;
  inviter: string | null;
  expiresAt: Date;
  groupName: string | null;
  hasAccount: boolean;
  /** When the mail with the link that this one replaces was sent. */
  replacedAt: Date | null;
  tokenHash: Buffer;
}>;

// Finds nothing once the invitation is no longer open or a newer link exists, so that an outdated mail is dropped.
function findMailData(linkId: string, dueSql: string): Promise<InvitationMailData | null> {
  return queryRow<InvitationMailData>(
    `select i.email, 
       case when exists (select from alumni_members m where m.email = i.email) then '' else i.name end as given_name, i.message, a.name as inviter, i.expires_at, l.token_hash,
       g.name as group_name, exists (select from accounts own where own.email = i.email) as has_account,
       (select max(m.sent_at) from invitation_links e join messages m on m.invitation_id = i.id and m.subject_id = e.id::text
        where e.invitation_id = i.id and e.superseded_at is not null and e.email = l.email) as replaced_at
     from invitation_links l join invitations i on i.id = l.invitation_id left join accounts a on a.id = i.invited_by
       left join groups g on g.id = i.group_id and g.archived_at is null
     where l.id = $1 and l.superseded_at is null and ${openSql} and ${dueSql}`,
    [linkId],
  );
}

/** What the mails about an invitation show, without the link. Null if the mail is no longer due. */
async function loadInvitationValues(linkId: string, dueSql: string) {
  const data = await findMailData(linkId, dueSql);
  if (!data) return null;
  const { tokenHash, givenName, ...values } = data;
  const addressee = await findAddressee(data.email, givenName);
  const isReplacedToday = data.replacedAt !== null && dayOf(data.replacedAt) === dayOf(new Date());
  return {
    tokenHash,
    values: { ...values, ...addressee, isReplacedToday, unsubscribeLink: unsubscribeLink(linkId) },
  };
}

/** A mail with the invitation link, while it is valid. Each retry carries the same link. */
function invitationLinkMail(name: string): MailTemplate {
  return {
    name,
    views: `invitations/mails/${name}`,
    isInvitation: true,
    async loadValues({ subjectId }) {
      const loaded = await loadInvitationValues(subjectId, 'i.expires_at > now()');
      if (!loaded) return null;
      const { tokenHash, values } = loaded;
      return { ...values, link: linkUrl(reissueLinkToken('invitation', subjectId, tokenHash)) };
    },
  };
}

const expiredMail: MailTemplate = {
  name: 'invitation-expired',
  views: 'invitations/mails/invitation-expired',
  isInvitation: true,
  async loadValues({ subjectId }) {
    const loaded = await loadInvitationValues(subjectId, 'i.expires_at <= now()');
    return loaded && { ...loaded.values, link: `${config.baseUrl}/register/new-link` };
  },
};

/** A mail to the inviter who asked to be notified, while they are staff and the condition still holds. */
function inviterMail(name: string, conditionSql: string): MailTemplate {
  return {
    name,
    views: `invitations/mails/${name}`,
    async loadValues({ subjectId, recipient }) {
      const data = await queryRow<Record<string, unknown>>(
        `select a.name, i.email, member.name as member, i.accepted_at,
           coalesce(i.bounced_at, i.failed_at) as failed_at, i.bounced_at is not null as is_bounced
         from invitations i join accounts a on a.id = i.invited_by left join accounts member on member.id = i.accepted_by
         where i.id = $1 and a.email = $2 and a.staff_role is not null and a.suspended_at is null and ${conditionSql}`,
        [subjectId, recipient],
      );
      return data && { ...data, link: `${config.baseUrl}/admin/invitations/${subjectId}` };
    },
  };
}

export const invitationMails: readonly MailTemplate[] = [
  invitationLinkMail('invitation'),
  invitationLinkMail('invitation-reminder'),
  expiredMail,
  inviterMail('invitation-accepted', 'i.accepted_at is not null'),
  inviterMail('invitation-bounced', `coalesce(i.bounced_at, i.failed_at) is not null and ${openSql}`),
];
