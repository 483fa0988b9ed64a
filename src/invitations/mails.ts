import { config } from '../platform/config/config.ts';
import { reissueLinkToken } from '../platform/crypto/signed-links.ts';
import { queryRow } from '../platform/db/database.ts';
import type { MailTemplate } from '../platform/mail/template.ts';
import { linkUrl } from './link.ts';
import { openSql } from './status.ts';

type InvitationMailData = Readonly<{
  email: string;
  message: string | null;
  inviter: string | null;
  expiresAt: Date;
  groupName: string | null;
  hasAccount: boolean;
  tokenHash: Buffer;
}>;

// Finds nothing once the invitation is no longer open or a newer link exists, so that an outdated mail is dropped.
function findMailData(linkId: string, dueSql: string): Promise<InvitationMailData | null> {
  return queryRow<InvitationMailData>(
    `select i.email, i.message, a.name as inviter, i.expires_at, l.token_hash,
       g.name as group_name, exists (select from accounts own where own.email = i.email) as has_account
     from invitation_links l join invitations i on i.id = l.invitation_id left join accounts a on a.id = i.invited_by
       left join groups g on g.id = i.group_id and g.archived_at is null
     where l.id = $1 and l.superseded_at is null and ${openSql} and ${dueSql}`,
    [linkId],
  );
}

/** A mail with the invitation link, while it is valid. Each retry carries the same link. */
function invitationLinkMail(name: string): MailTemplate {
  return {
    name,
    views: `invitations/mails/${name}`,
    isInvitation: true,
    async loadValues({ subjectId }) {
      const data = await findMailData(subjectId, 'i.expires_at > now()');
      if (!data) return null;
      const { tokenHash, ...values } = data;
      return { ...values, link: linkUrl(reissueLinkToken('invitation', subjectId, tokenHash)) };
    },
  };
}

const expiredMail: MailTemplate = {
  name: 'invitation-expired',
  views: 'invitations/mails/invitation-expired',
  isInvitation: true,
  async loadValues({ subjectId }) {
    const data = await findMailData(subjectId, 'i.expires_at <= now()');
    if (!data) return null;
    const { email, inviter, expiresAt, groupName, hasAccount } = data;
    return { email, inviter, expiresAt, groupName, hasAccount, link: `${config.baseUrl}/register/new-link` };
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
