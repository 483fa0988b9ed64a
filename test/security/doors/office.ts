import { listActiveSuppressions, suppress } from '../../../src/platform/mail/suppressions.ts';
import { createTestAccount, validPassword } from '../../support/fixtures.ts';
import { asAdmin, type Door, type Doors, member, once, unique } from './door.ts';

/** Confirming, and the office's own forms. */
export const officeDoors: Doors = {
  async '/account/confirm'() {
    const path = '/account/confirm';
    const fields = { currentPassword: [validPassword], code: [''] };
    return { ...(await once(await member(), path, path, fields)), lasting: true };
  },
  '/admin/people/:id/role': () => ofPerson('role', { staffRole: ['support', 'admin'] }),
  '/admin/people/:id/suspension': () => ofPerson('suspension', { reason: ['left the office'] }),
  async '/admin/settings'() {
    const path = '/admin/settings';
    const fields = {
      organisationName: ['Alumni Association'],
      supportEmail: ['alumni-office@example.org'],
      supportPhone: [''],
      accentColor: ['#1f5f5b'],
      mailFooter: [''],
      invitationSubject: ['Your invitation to {organisation}'],
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
    return { ...(await once(await asAdmin(), path, path, fields)), lasting: true };
  },
  '/admin/suppressions/:id/lift': () => ofSuppression(),
  async '/admin/audit/exports'() {
    const fields = { who: [''], subject: ['account'], id: ['1'], action: [''], from: [''], until: [''] };
    const door = await once(await asAdmin(), '/admin/audit', '/admin/audit/exports', fields);
    return { ...door, lasting: true };
  },
};

/** Mail to an address is allowed again. */
async function ofSuppression(): Promise<Door> {
  const email = unique();
  await suppress([{ email, kind: 'bounced' }], { kind: 'system' });
  const [suppression] = await listActiveSuppressions(email);
  const path = `/admin/suppressions/${suppression?.id}`;
  return once(await asAdmin(), path, `${path}/lift`, { reason: ['They called us'] });
}

/** The buttons of the office's pages that are a form of their own. */
export const officeButtons = [
  '/admin/people/:id/reinstatement',
  '/admin/people/:id/two-step-reset',
  '/admin/people/:id/password-reset',
  '/admin/people/:id/sign-out-everywhere',
  '/admin/mail/connection-retries',
  '/admin/mail/:id/retries',
  '/admin/settings/test-mails',
];

async function ofPerson(form: string, fields: Door['fields']): Promise<Door> {
  const path = `/admin/people/${(await createTestAccount(unique())).id}/${form}`;
  return once(await asAdmin(), path, path, fields);
}
