import { config } from '../platform/config/config.ts';
import type { MailTemplate } from '../platform/mail/template.ts';
import { Account } from './account.ts';

const notices = [
  'admin-role-granted',
  'support-role-granted',
  'staff-role-removed',
  'account-suspended',
  'account-reinstated',
  'two-step-reset',
  'sessions-ended',
] as const;

export type AccountNotice = (typeof notices)[number];

/** Mails that notify people when an administrator changes their account. */
export const accountNoticeMails: readonly MailTemplate[] = notices.map((name) => ({
  name,
  views: 'accounts/mails/staff-notice',
  async loadValues({ subjectId, queuedAt: doneAt }) {
    const account = await Account.findByPk(subjectId);
    return account && { name: account.name, doneAt, notice: name, link: `${config.baseUrl}/sign-in` };
  },
}));
