import { config } from '../platform/config/config.ts';
import { reissueLinkToken } from '../platform/crypto/signed-links.ts';
import { queryRow } from '../platform/db/database.ts';
import type { MailTemplate } from '../platform/mail/template.ts';
import { Account } from './account.ts';
import { accountNoticeMails } from './account-notices.ts';
import { findOpenPasswordReset } from './password-reset.ts';

const passwordReset: MailTemplate = {
  name: 'password-reset',
  views: 'accounts/mails/password-reset',
  async loadValues({ subjectId }) {
    const open = await findOpenPasswordReset(subjectId);
    if (!open) return null;
    const { reset, account } = open;
    const token = reissueLinkToken('password-reset', reset.id, reset.tokenHash);
    return {
      name: account.name,
      link: `${config.baseUrl}/reset-password?token=${token}`,
    };
  },
};

const passwordChanged: MailTemplate = {
  name: 'password-changed',
  views: 'accounts/mails/password-changed',
  async loadValues({ subjectId }) {
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
  async loadValues({ subjectId }) {
    const account = await Account.findByPk(subjectId);
    if (!account) return null;
    const isHeld = account.heldForReviewAt !== null;
    // Staff rights need no age; as a member, a minor waits for a guardian.
    const isReady = account.staffRole !== null || (await accountHasAccess(subjectId));
    return { name: account.name, isHeld, isReady, link: `${config.baseUrl}/sign-in` };
  },
};

async function accountHasAccess(accountId: string): Promise<boolean> {
  const found = await queryRow<{ hasAccess: boolean }>('select account_has_access($1) as has_access', [
    accountId,
  ]);
  return found?.hasAccess ?? false;
}

const securityNotices = [
  'two-step-enabled',
  'two-step-disabled',
  'recovery-codes-renewed',
  'recovery-code-used',
] as const;

/** Notify the owner of a change to how they sign in, in case someone else made it. */
const securityNoticeMails: readonly MailTemplate[] = securityNotices.map((name) => ({
  name,
  views: 'accounts/mails/security-notice',
  async loadValues({ subjectId, queuedAt: changedAt }) {
    const account = await Account.findByPk(subjectId);
    const link = `${config.baseUrl}/account/two-step`;
    return account && { name: account.name, changedAt, notice: name, link };
  },
}));

export const accountMails: readonly MailTemplate[] = [
  passwordReset,
  passwordChanged,
  welcome,
  ...securityNoticeMails,
  ...accountNoticeMails,
];
