/** A template's title on pages, and values for showing it without a real mail. */
export type MailSample = Readonly<{ title: string; values: Readonly<Record<string, unknown>> }>;

const at = new Date(Date.now() + 7 * 24 * 60 * 60 * 1000);
const name = 'Amma Owusu';
const minor = { name: 'Kofi Owusu', firstName: 'Kofi', age: '15–16', batch: 2026 };
const guardian = {
  ...minor,
  guardian: 'Gita Owusu',
  access: 'awaiting-consent',
  validUntil: at,
  consentedAt: at,
};

/** By template name. Previews contain no links and codes, see `preview.ts`. */
export const mailSamples: Readonly<Record<string, MailSample>> = {
  invitation: {
    title: 'Invitation',
    values: {
      email: 'amma.owusu@example.org',
      message: 'Dear Amma,\n\nwe would be glad to have you with us again.',
      inviter: 'Ada Office',
      expiresAt: at,
      groupName: 'Harbour Chapter',
      hasAccount: false,
    },
  },
  'invitation-reminder': {
    title: 'Reminder before an invitation expires',
    values: {
      email: 'amma.owusu@example.org',
      message: null,
      inviter: 'Ada Office',
      expiresAt: at,
      groupName: null,
      hasAccount: false,
    },
  },
  'invitation-expired': {
    title: 'An invitation has expired',
    values: {
      email: 'amma.owusu@example.org',
      inviter: 'Ada Office',
      expiresAt: at,
      groupName: null,
      hasAccount: false,
    },
  },
  'invitation-accepted': {
    title: 'Accepted, to the inviter',
    values: { name: 'Ada Office', email: 'amma.owusu@example.org', member: name, acceptedAt: at },
  },
  'invitation-bounced': {
    title: 'Not delivered, to the inviter',
    values: { name: 'Ada Office', email: 'amma.owusu@example.org', failedAt: at, isBounced: true },
  },
  welcome: { title: 'Welcome', values: { name, isHeld: false, isReady: true } },
  'mailbox-code': { title: 'Code for the mailbox', values: {} },
  'password-reset': { title: 'Link for a new password', values: { name } },
  'password-changed': { title: 'Password changed', values: { name, changedAt: at } },
  'two-step-enabled': securityNotice('two-step-enabled', 'Two-step sign-in is on'),
  'two-step-disabled': securityNotice('two-step-disabled', 'Two-step sign-in is off'),
  'recovery-codes-renewed': securityNotice('recovery-codes-renewed', 'You have new recovery codes'),
  'recovery-code-used': securityNotice('recovery-code-used', 'A recovery code was used'),
  'admin-role-granted': staffActionNotice('admin-role-granted', 'You are an administrator now'),
  'support-role-granted': staffActionNotice('support-role-granted', 'You belong to the support staff now'),
  'staff-role-removed': staffActionNotice('staff-role-removed', 'You no longer belong to the staff'),
  'account-suspended': staffActionNotice('account-suspended', 'Your account is suspended'),
  'account-reinstated': staffActionNotice('account-reinstated', 'Your account is open again'),
  'two-step-reset': staffActionNotice('two-step-reset', 'Two-step sign-in was reset'),
  'sessions-ended': staffActionNotice('sessions-ended', 'You are signed out everywhere'),
  'guardian-request': { title: 'Asking a guardian for consent', values: guardian },
  'second-guardian': { title: 'To a second guardian', values: guardian },
  'guardian-link': { title: 'Link for a guardian, again', values: guardian },
  'guardian-corrected': { title: 'A guardian’s address was wrong', values: guardian },
  'guardian-rejected': { title: 'A guardian’s address was not accepted', values: guardian },
  'consent-granted': { title: 'Consent given, to the guardian', values: guardian },
  'consent-confirmation': { title: 'Asking a guardian a day later', values: guardian },
  'supervision-ended': { title: 'Grown up, to the guardian', values: guardian },
  'data-erased': { title: 'Data erased, to the guardian', values: {} },
  'consent-withdrawn': { title: 'Consent withdrawn, to the guardian', values: guardian },
  'consent-renewal': { title: 'Asking a guardian to renew', values: guardian },
  'access-granted': {
    title: 'Access given, to the young person',
    values: { ...guardian, access: 'supervised' },
  },
  'access-ended': {
    title: 'Access ended, to the young person',
    values: { ...guardian, access: 'withdrawn' },
  },
  'coming-of-age': { title: 'Grown up', values: { ...minor, relationship: 'self' } },
  'record-matched': {
    title: 'Found in the directory',
    values: { name, person: 'Amma Owusu, batch 2002, Harbour', needsGuardian: false },
  },
  'hold-lifted': { title: 'Account open after a review', values: { name } },
  'webhook-paused': {
    title: 'A webhook is paused',
    values: { host: 'members.example.org', reason: 'failing', pendingCount: 12 },
  },
  'test-mail': { title: 'Test mail', values: { name } },
};

export function templateTitle(template: string): string {
  return mailSamples[template]?.title ?? template.replaceAll('-', ' ');
}

function securityNotice(notice: string, title: string): MailSample {
  return { title, values: { name, notice, changedAt: at } };
}

function staffActionNotice(notice: string, title: string): MailSample {
  return { title, values: { name, notice, doneAt: at } };
}
