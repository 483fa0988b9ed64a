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
      expiresAt: reset.expiresAt,
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

/** Notifies the owner of a change to how they sign in, in case someone else made it. */
function securityNotice(name: string, title: string, explanation: string): MailTemplate {
  return {
    name,
    views: 'accounts/mails/security-notice',
    async loadValues({ subjectId, queuedAt: changedAt }) {
      const account = await Account.findByPk(subjectId);
      const link = `${config.baseUrl}/account/two-step`;
      return account && { name: account.name, changedAt, title, what: explanation, link };
    },
  };
}

const twoStepOn = securityNotice(
  'two-step-enabled',
  'Two-step sign-in is on',
  'From now on, signing in to your account asks for a code from your authenticator app as well.',
);

const twoStepOff = securityNotice(
  'two-step-disabled',
  'Two-step sign-in is off',
  'From now on, signing in to your account asks for your password only.',
);

const recoveryCodesRenewed = securityNotice(
  'recovery-codes-renewed',
  'You have new recovery codes',
  'New recovery codes were made for your account. The older ones no longer work.',
);

const recoveryCodeUsed = securityNotice(
  'recovery-code-used',
  'A recovery code was used',
  'Somebody signed in to your account with your password and one of your recovery codes. That code no longer works.',
);

export const accountMails: readonly MailTemplate[] = [
  passwordReset,
  passwordChanged,
  welcome,
  twoStepOn,
  twoStepOff,
  recoveryCodesRenewed,
  recoveryCodeUsed,
  ...accountNoticeMails,
];
