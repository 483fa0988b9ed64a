import { row } from '../database.ts';
import { signLinkAgain } from '../links.ts';
import type { MailTemplate } from '../mail/template.ts';
import { linkUrl } from './link.ts';
import { openSql } from './status.ts';

type InvitationMail = Readonly<{
  email: string;
  message: string | null;
  inviter: string | null;
  expiresAt: Date;
  tokenHash: Buffer;
}>;

const invitation: MailTemplate = {
  name: 'invitation',
  views: 'invitations/mails/invitation',
  // What was revoked, answered, expired or sent again since it was queued is not sent.
  async fill({ subjectId }) {
    const due = await row<InvitationMail>(
      `select i.email, i.message, a.name as inviter, i.expires_at as "expiresAt", l.token_hash as "tokenHash"
       from invitation_links l join invitations i on i.id = l.invitation_id left join accounts a on a.id = i.invited_by
       where l.id = $1 and l.retired_at is null and ${openSql} and i.expires_at > now()`,
      [subjectId],
    );
    if (!due) return null;
    const { email, message, inviter, expiresAt } = due;
    const token = signLinkAgain('invitation', subjectId, due.tokenHash);
    return { email, message, inviter, expiresAt, link: linkUrl(token) };
  },
};

export const invitationMails: readonly MailTemplate[] = [invitation];
