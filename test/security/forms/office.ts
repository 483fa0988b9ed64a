import { listActiveSuppressions, suppress } from '../../../src/platform/mail/suppressions.ts';
import { retention } from '../../../src/settings/retention.ts';
import { createTestAccount, uniqueAddress, validPassword } from '../../support/fixtures.ts';
import {
  openForm,
  openReusableForm,
  signInAdmin,
  signInMember,
  type TestForm,
  type TestForms,
} from './form.ts';

/** Confirming the password, and forms about people, mail, audit and settings. */
export const officeForms: TestForms = {
  async '/account/confirm'() {
    const path = '/account/confirm';
    const fields = { currentPassword: [validPassword], code: [''] };
    return openReusableForm(await signInMember(), path, path, fields);
  },
  '/admin/people/:id/role': () => formOfPerson('role', { staffRole: ['support', 'admin'] }),
  '/admin/people/:id/address': () =>
    formOfPerson('address', { email: [uniqueAddress()], reason: ['a letter'] }),
  '/admin/people/:id/suspension': () => formOfPerson('suspension', { reason: ['left the office'] }),
  '/admin/settings/legal/:kind': async () => {
    const path = '/admin/settings/legal/privacy';
    return openReusableForm(await signInAdmin(), path, path, { body: ['What we do with your data'] });
  },
  '/admin/settings/retention': async () => {
    const path = '/admin/settings/retention';
    const days = Object.entries(retention).map(([name, period]) => [name, [String(period.default)]]);
    const fields = { ...Object.fromEntries(days), savedAt: ['2026-01-01 00:00:00+00'] };
    return openReusableForm(await signInAdmin(), path, path, fields);
  },
  '/admin/settings/closing-mailboxes': async () =>
    openReusableForm(
      await signInAdmin(),
      '/admin/settings/closing-mailboxes',
      '/admin/settings/closing-mailboxes',
      { domain: ['school.example.org'], closesOn: ['2090-06-30'] },
    ),
  async '/admin/settings'() {
    const path = '/admin/settings';
    const fields = {
      organisationName: ['Alumni Association'],
      supportEmail: ['alumni-office@example.org'],
      supportPhone: [''],
      accentColor: ['#1f5f5b'],
      mailFooter: [''],
      mailGreeting: ['Hello {name},'],
      mailGreetingNameless: ['Hello,'],
      invitationDays: ['7'],
      remindDaysBefore: ['3'],
      remindDaysAfter: ['1'],
      blockedBelowAge: ['14'],
      fullAccessFromAge: ['18'],
      savedAt: ['2026-01-01 00:00:00+00'],
      agesConfirmed: [''],
      minorsAddressesAreGuardians: [''],
      twoStepForStaff: [''],
    };
    return openReusableForm(await signInAdmin(), path, path, fields);
  },
  async '/admin/settings/mails/invitation'() {
    const path = '/admin/settings/mails/invitation';
    const fields = {
      invitationSubject: ['Your invitation to {organisation}'],
      invitationIntro: [''],
      invitationClosing: ['With best wishes,'],
      savedAt: ['2026-01-01 00:00:00+00'],
    };
    return openReusableForm(await signInAdmin(), path, path, fields);
  },
  async '/admin/settings/logo'() {
    return openReusableForm(await signInAdmin(), '/admin/settings/logo', '/admin/settings/logo', {});
  },
  '/admin/suppressions/:id/lift': () => formOfSuppression(),
  async '/admin/audit/exports'() {
    const fields = { who: [''], subject: ['account'], id: ['1'], action: [''], from: [''], until: [''] };
    return openReusableForm(await signInAdmin(), '/admin/audit', '/admin/audit/exports', fields);
  },
};

/** Lifts a suppression. */
async function formOfSuppression(): Promise<TestForm> {
  const email = uniqueAddress();
  await suppress([{ email, kind: 'bounced' }], { kind: 'system' });
  const [suppression] = await listActiveSuppressions(email);
  const path = `/admin/suppressions/${suppression?.id}`;
  return openForm(await signInAdmin(), path, `${path}/lift`, { reason: ['They called us'] });
}

/** Buttons on these pages. */
export const officeButtons = [
  '/admin/people/:id/reinstatement',
  '/admin/people/:id/two-step-reset',
  '/admin/people/:id/password-reset',
  '/admin/people/:id/sign-out-everywhere',
  '/admin/mail/connection-retries',
  '/admin/mail/:id/retries',
  '/admin/settings/closing-mailboxes/removal',
  '/admin/settings/logo/removal',
  '/admin/settings/test-mails',
];

async function formOfPerson(form: string, fields: TestForm['fields']): Promise<TestForm> {
  const path = `/admin/people/${(await createTestAccount(uniqueAddress())).id}/${form}`;
  return openForm(await signInAdmin(), path, path, fields);
}
