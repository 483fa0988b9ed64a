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
  'mailbox-code': { title: 'Code for the mailbox', values: { expiresAt: at } },
  'password-reset': { title: 'Link for a new password', values: { name, expiresAt: at } },
  'password-changed': { title: 'Password changed', values: { name, changedAt: at } },
  'two-step-enabled': securityNotice(
    'Two-step sign-in is on',
    'From now on, signing in asks for a code as well.',
  ),
  'two-step-disabled': securityNotice(
    'Two-step sign-in is off',
    'From now on, signing in asks for your password only.',
  ),
  'recovery-codes-renewed': securityNotice('You have new recovery codes', 'The older ones no longer work.'),
  'recovery-code-used': securityNotice('A recovery code was used', 'That code no longer works.'),
  'admin-role-granted': staffActionNotice('You are an administrator now', 'Please sign in again.'),
  'support-role-granted': staffActionNotice('You belong to the support staff now', 'Please sign in again.'),
  'staff-role-removed': staffActionNotice(
    'You no longer belong to the staff',
    'The account itself stays as it is.',
  ),
  'account-suspended': staffActionNotice(
    'Your account is suspended',
    'You can’t sign in until it is opened again.',
  ),
  'account-reinstated': staffActionNotice('Your account is open again', 'You can sign in as before.'),
  'two-step-reset': staffActionNotice(
    'Two-step sign-in was reset',
    'Sign in with your password and turn it on again.',
  ),
  'sessions-ended': staffActionNotice('You are signed out everywhere', 'To go on, please sign in again.'),
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

function securityNotice(title: string, what: string): MailSample {
  return { title, values: { name, title, what, changedAt: at } };
}

function staffActionNotice(title: string, what: string): MailSample {
  return { title, values: { name, title, what, doneAt: at } };
}
