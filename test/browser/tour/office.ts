import { suspendAccount } from '../../../src/accounts/administration.ts';
import { pauseMail, resumeMail } from '../../../src/platform/mail/pause.ts';
import { listActiveSuppressions, suppress } from '../../../src/platform/mail/suppressions.ts';
import { queryRows } from '../../support/database.ts';
import { createTestAccount, createTestInvitation, signInStaff } from '../../support/fixtures.ts';
import { at, member, newAddress, press, type Sit, type Stop } from './stop.ts';

async function confirming(sit: Sit) {
  return at(await sit(await member()), '/account/confirm');
}

async function asAdmin(sit: Sit, path: string) {
  return at(await sit(await signInStaff('admin')), path);
}

async function person(sit: Sit, rest = '') {
  const { id } = await createTestAccount(newAddress(), 'support', 'Kofi Mensah-Asante');
  return asAdmin(sit, `/admin/people/${id}${rest}`);
}

async function mailInEachState() {
  for (const fact of ['sent_at', 'bounced_at', 'failed_at', 'dropped_at']) {
    const email = newAddress();
    await createTestInvitation(email);
    await queryRows(
      `update messages set ${fact} = now(), attempts = 3, last_error = '451 4.7.1 <' || recipient || '>: Try again later'
       where recipient = $1 returning id`,
      [email],
    );
  }
  await createTestInvitation(newAddress());
}

/** @returns the suppression's id */
async function suppressed(): Promise<string | undefined> {
  const email = newAddress();
  const reason = `550 5.1.1 <${email}>: No such user here`;
  await suppress([{ email, kind: 'bounced', reason }], { kind: 'system' });
  return (await listActiveSuppressions(email))[0]?.id;
}

/** People, mail, audit and settings, and proving again who one is. */
export const officeStops: readonly Stop[] = [
  ['confirming who one is', confirming],
  [
    'confirming with a wrong password',
    async (sit) => {
      const page = await confirming(sit);
      await page.fill('[name=currentPassword]', 'not this one at all');
      return press(page, 'Confirm and go on');
    },
  ],
  ['the staff among the people', (sit) => asAdmin(sit, '/admin/people')],
  ['nobody found among the people', (sit) => asAdmin(sit, '/admin/people?q=nobody-at-all')],
  ['one of the people', (sit) => person(sit)],
  [
    'one of the people, suspended',
    async (sit) => {
      const { id } = await createTestAccount(newAddress(), null, 'Shut Out');
      await suspendAccount(id, 'asked for by phone', { kind: 'command' });
      return asAdmin(sit, `/admin/people/${id}`);
    },
  ],
  ['the role of one of the people', (sit) => person(sit, '/role')],
  ['suspending one of the people', (sit) => person(sit, '/suspension')],
  ['suspending without a reason', async (sit) => press(await person(sit, '/suspension'), 'Suspend')],
  ['resetting two-step sign-in', (sit) => person(sit, '/two-step-reset')],
  [
    'the audit',
    async (sit) => {
      await createTestInvitation(newAddress(), { message: 'Dear Amma' });
      return asAdmin(sit, '/admin/audit');
    },
  ],
  [
    'the mail, in every state',
    async (sit) => {
      await mailInEachState();
      return asAdmin(sit, '/admin/mail');
    },
  ],
  ['no mail found', (sit) => asAdmin(sit, '/admin/mail?q=nobody-at-all')],
  [
    'the mail while the mail server refuses us, as support sees it',
    async (sit) => {
      await pauseMail('535 5.7.8 Authentication credentials invalid');
      const page = await at(await sit(await signInStaff('support')), '/admin/mail');
      await resumeMail();
      return page;
    },
  ],
  [
    'one mail that failed',
    async (sit) => {
      await mailInEachState();
      const page = await asAdmin(sit, '/admin/mail?state=failed');
      await page.locator('tbody a').first().click();
      await page.waitForURL(/mail\/[0-9a-f-]{36}$/);
      return page;
    },
  ],
  [
    'addresses we don’t write to',
    async (sit) => {
      await suppressed();
      return asAdmin(sit, '/admin/suppressions');
    },
  ],
  [
    'an address we don’t write to',
    async (sit) => {
      const id = await suppressed();
      return asAdmin(sit, `/admin/suppressions/${id}`);
    },
  ],
  ['the settings', (sit) => asAdmin(sit, '/admin/settings')],
  [
    'the settings with mistakes',
    async (sit) => {
      const page = await asAdmin(sit, '/admin/settings');
      await page.fill('[name=organisationName]', '');
      await page.fill('[name=mailGreeting]', 'Dear {frist},');
      await page.check('[name=twoStepForStaff]');
      return press(page, 'Save');
    },
  ],
  ['all kinds of mail', (sit) => asAdmin(sit, '/admin/settings/mails')],
  ['how an invitation looks', (sit) => asAdmin(sit, '/admin/settings/mails/invitation')],
  ['the audit, where nothing matches', (sit) => asAdmin(sit, '/admin/audit?who=nobody@example.org')],
];
