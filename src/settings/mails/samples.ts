import { hasText, t } from '../../platform/i18n/i18n.ts';

type SampleValues = Readonly<Record<string, unknown>>;

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

const invitee = {
  email: 'amma.owusu@example.org',
  name: 'Amma',
  family: null,
  onFile: null,
  isOnFile: true,
  message: null,
  inviter: 'Ada Office',
  expiresAt: at,
  groupName: null,
  hasAccount: false,
  replacedAt: null,
  isReplacedToday: false,
  unsubscribeLink: '',
};

/** Values for showing each mail without a real one, by template name. Previews contain no links and codes, see `preview.ts`. */
export const mailSamples: Readonly<Record<string, SampleValues>> = {
  invitation: {
    ...invitee,
    get onFile() {
      return t('settings:samples.onFile');
    },
    get message() {
      return t('settings:samples.message');
    },
    groupName: 'Harbour Chapter',
  },
  'invitation-reminder': {
    ...invitee,
    get onFile() {
      return t('settings:samples.onFile');
    },
  },
  'invitation-expired': invitee,
  'invitation-accepted': {
    name: 'Ada Office',
    email: 'amma.owusu@example.org',
    member: name,
    acceptedAt: at,
  },
  'invitation-bounced': {
    name: 'Ada Office',
    email: 'amma.owusu@example.org',
    failedAt: at,
    isBounced: true,
  },
  welcome: { name, isHeld: false, isReady: true },
  'mailbox-code': {},
  'password-reset': { name },
  'password-changed': { name, changedAt: at },
  'address-change': addressNotice('address-change'),
  'address-taken': addressNotice('address-taken'),
  'address-change-announced': addressNotice('address-change-announced'),
  'address-changed': addressNotice('address-changed'),
  'address-restored': addressNotice('address-restored'),
  'mailbox-closing': { name, email: 'amma@school.example.org', closesOn: at },
  'two-step-enabled': securityNotice('two-step-enabled'),
  'two-step-disabled': securityNotice('two-step-disabled'),
  'recovery-codes-renewed': securityNotice('recovery-codes-renewed'),
  'recovery-code-used': securityNotice('recovery-code-used'),
  'admin-role-granted': staffActionNotice('admin-role-granted'),
  'support-role-granted': staffActionNotice('support-role-granted'),
  'staff-role-removed': staffActionNotice('staff-role-removed'),
  'account-suspended': staffActionNotice('account-suspended'),
  'account-reinstated': staffActionNotice('account-reinstated'),
  'two-step-reset': staffActionNotice('two-step-reset'),
  'sessions-ended': staffActionNotice('sessions-ended'),
  'corrections-decided': {
    name,
    get accepted() {
      return [{ field: t('alumni:fields.lastName'), value: 'Owusu-Ansah' }];
    },
    get refused() {
      return [{ field: t('alumni:fields.batch'), value: '2003' }];
    },
    get reason() {
      return t('settings:samples.refusedReason');
    },
  },
  'guardian-request': guardian,
  'second-guardian': guardian,
  'guardian-link': guardian,
  'guardian-corrected': guardian,
  'guardian-rejected': guardian,
  'consent-granted': guardian,
  'consent-confirmation': guardian,
  'supervision-ended': guardian,
  'data-erased': {},
  'consent-withdrawn': guardian,
  'consent-renewal': guardian,
  'access-granted': { ...guardian, access: 'supervised' },
  'access-ended': { ...guardian, access: 'withdrawn' },
  'coming-of-age': { ...minor, relationship: 'self' },
  'record-matched': { name, person: 'Amma Owusu, batch 2002, Harbour', needsGuardian: false },
  'hold-lifted': { name },
  'webhook-paused': { host: 'members.example.org', reason: 'failing', pendingCount: 12 },
  'test-mail': { name },
};

/** The title of a mail on pages. Templates that no longer exist have none of their own. */
export function templateTitle(template: string): string {
  return hasText(`mail:templates.${template}`)
    ? t(`mail:templates.${template as 'invitation'}`)
    : t('mail:templates.other');
}

function securityNotice(notice: string): SampleValues {
  return { name, notice, changedAt: at };
}

function addressNotice(notice: string): SampleValues {
  const emails = { oldEmail: 'a•••@s•••.org', newEmail: 'amma.owusu@example.org' };
  const asked = notice === 'address-change-announced' ? 'staff' : 'member';
  return { name: notice === 'address-taken' ? '' : name, notice, asked, ...emails, at, until: at };
}

function staffActionNotice(notice: string): SampleValues {
  return { name, notice, doneAt: at };
}
