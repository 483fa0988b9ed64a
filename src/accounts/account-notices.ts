import { config } from '../platform/config/config.ts';
import type { MailTemplate } from '../platform/mail/template.ts';
import { Account } from './account.ts';

const noticeTexts = {
  'admin-role-granted': [
    'You are an administrator now',
    'You can now see and change everything in the staff’s panel. Please sign in again.',
  ],
  'support-role-granted': [
    'You belong to the support staff now',
    'You can now find people and send their invitations again in the staff’s panel. Please sign in again.',
  ],
  'staff-role-removed': [
    'You no longer belong to the staff',
    'The staff’s panel is closed to your account. The account itself stays as it is.',
  ],
  'account-suspended': ['Your account is suspended', 'You can’t sign in until it is opened again.'],
  'account-reinstated': ['Your account is open again', 'You can sign in as before.'],
  'two-step-reset': [
    'Two-step sign-in was reset',
    'Your authenticator app and your recovery codes no longer count, and you are signed out everywhere. Sign in with your password and turn two-step sign-in on again.',
  ],
  'sessions-ended': ['You are signed out everywhere', 'To go on, please sign in again.'],
} as const satisfies Record<string, readonly [title: string, explanation: string]>;

export type AccountNotice = keyof typeof noticeTexts;

/** Mails that notify people when an administrator changes their account. */
export const accountNoticeMails: readonly MailTemplate[] = Object.entries(noticeTexts).map(
  ([name, [title, explanation]]) => ({
    name,
    views: 'accounts/mails/staff-notice',
    async loadValues({ subjectId, queuedAt: doneAt }) {
      const account = await Account.findByPk(subjectId);
      return (
        account && { name: account.name, doneAt, title, what: explanation, link: `${config.baseUrl}/sign-in` }
      );
    },
  }),
);
