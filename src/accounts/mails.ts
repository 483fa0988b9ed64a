import { config } from '../config.ts';
import { row } from '../database.ts';
import { signLinkAgain } from '../links.ts';
import type { MailTemplate } from '../mail/template.ts';
import { Account } from './account.ts';

const passwordReset: MailTemplate = {
  name: 'password-reset',
  views: 'accounts/mails/password-reset',
  async fill({ subjectId }) {
    const reset = await row<{ name: string; tokenHash: Buffer; expiresAt: Date }>(
      `select a.name, r.token_hash as "tokenHash", r.expires_at as "expiresAt"
       from password_resets r join accounts a on a.id = r.account_id
       where r.id = $1 and r.used_at is null and r.expires_at > now() and a.suspended_at is null`,
      [subjectId],
    );
    if (!reset) return null;
    const token = signLinkAgain('password-reset', subjectId, reset.tokenHash);
    return {
      name: reset.name,
      expiresAt: reset.expiresAt,
      link: `${config.baseUrl}/reset-password?token=${token}`,
    };
  },
};

const passwordChanged: MailTemplate = {
  name: 'password-changed',
  views: 'accounts/mails/password-changed',
  async fill({ subjectId }) {
    const account = await Account.findByPk(subjectId);
    return (
      account && {
        name: account.name,
        changedAt: account.passwordChangedAt,
        link: `${config.baseUrl}/forgot-password`,
      }
    );
  },
};

const welcome: MailTemplate = {
  name: 'welcome',
  views: 'accounts/mails/welcome',
  async fill({ subjectId }) {
    const account = await Account.findByPk(subjectId);
    return account && { name: account.name, link: `${config.baseUrl}/sign-in` };
  },
};

export const accountMails: readonly MailTemplate[] = [passwordReset, passwordChanged, welcome];
