import { suspendAccount } from '../../../src/accounts/administration.ts';
import { pauseMail, resumeMail } from '../../../src/platform/mail/pause.ts';
import { listActiveSuppressions, suppress } from '../../../src/platform/mail/suppressions.ts';
import { queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  signInStaff,
  uniqueAddress,
} from '../../support/fixtures.ts';
import { goTo, type OpenAs, pressButton, signedInMember, type TestPage } from './page.ts';

async function confirming(openAs: OpenAs) {
  return goTo(await openAs(await signedInMember()), '/account/confirm');
}

async function asAdmin(openAs: OpenAs, path: string) {
  return goTo(await openAs(await signInStaff('admin')), path);
}

async function person(openAs: OpenAs, rest = '') {
  const { id } = await createTestAccount(uniqueAddress(), 'support', 'Kofi Mensah-Asante');
  return asAdmin(openAs, `/admin/people/${id}${rest}`);
}

async function mailInEachState() {
  for (const fact of ['sent_at', 'bounced_at', 'failed_at', 'dropped_at']) {
    const email = uniqueAddress();
    await createTestInvitation(email);
    await queryRows(
      `update messages set ${fact} = now(), attempts = 3, last_error = '451 4.7.1 <' || recipient || '>: Try again later'
       where recipient = $1 returning id`,
      [email],
    );
  }
  await createTestInvitation(uniqueAddress());
}

/** @returns the suppression's id */
async function suppressed(): Promise<string | undefined> {
  const email = uniqueAddress();
  const reason = `550 5.1.1 <${email}>: No such user here`;
  await suppress([{ email, kind: 'bounced', reason }], { kind: 'system' });
  return (await listActiveSuppressions(email))[0]?.id;
}

/** People, mail, audit and settings, and proving again who one is. */
export const officePages: readonly TestPage[] = [
  ['confirming who one is', confirming],
  [
    'confirming with a wrong password',
    async (openAs) => {
      const page = await confirming(openAs);
      await page.fill('[name=currentPassword]', 'not this one at all');
      return pressButton(page, 'Confirm and go on');
    },
  ],
  ['the staff among the people', (openAs) => asAdmin(openAs, '/admin/people')],
  ['nobody found among the people', (openAs) => asAdmin(openAs, '/admin/people?q=nobody-at-all')],
  ['one of the people', (openAs) => person(openAs)],
  [
    'one of the people, suspended',
    async (openAs) => {
      const { id } = await createTestAccount(uniqueAddress(), null, 'Shut Out');
      await suspendAccount(id, 'asked for by phone', { kind: 'command' });
      return asAdmin(openAs, `/admin/people/${id}`);
    },
  ],
  ['the role of one of the people', (openAs) => person(openAs, '/role')],
  ['suspending one of the people', (openAs) => person(openAs, '/suspension')],
  [
    'suspending without a reason',
    async (openAs) => pressButton(await person(openAs, '/suspension'), 'Suspend'),
  ],
  ['resetting two-step sign-in', (openAs) => person(openAs, '/two-step-reset')],
  [
    'the audit',
    async (openAs) => {
      await createTestInvitation(uniqueAddress(), { message: 'Dear Amma' });
      return asAdmin(openAs, '/admin/audit');
    },
  ],
  [
    'the mail, in every state',
    async (openAs) => {
      await mailInEachState();
      return asAdmin(openAs, '/admin/mail');
    },
  ],
  ['no mail found', (openAs) => asAdmin(openAs, '/admin/mail?q=nobody-at-all')],
  [
    'the mail while the mail server refuses us, as support sees it',
    async (openAs) => {
      await pauseMail('535 5.7.8 Authentication credentials invalid');
      const page = await goTo(await openAs(await signInStaff('support')), '/admin/mail');
      await resumeMail();
      return page;
    },
  ],
  [
    'one mail that failed',
    async (openAs) => {
      await mailInEachState();
      const page = await asAdmin(openAs, '/admin/mail?state=failed');
      await page.locator('tbody a').first().click();
      await page.waitForURL(/mail\/[0-9a-f-]{36}$/);
      return page;
    },
  ],
  [
    'addresses we don’t write to',
    async (openAs) => {
      await suppressed();
      return asAdmin(openAs, '/admin/suppressions');
    },
  ],
  [
    'an address we don’t write to',
    async (openAs) => {
      const id = await suppressed();
      return asAdmin(openAs, `/admin/suppressions/${id}`);
    },
  ],
  ['the settings', (openAs) => asAdmin(openAs, '/admin/settings')],
  [
    'the settings with mistakes',
    async (openAs) => {
      const page = await asAdmin(openAs, '/admin/settings');
      await page.fill('[name=organisationName]', '');
      await page.fill('[name=mailGreeting]', 'Dear {frist},');
      await page.check('[name=twoStepForStaff]');
      return pressButton(page, 'Save');
    },
  ],
  ['all kinds of mail', (openAs) => asAdmin(openAs, '/admin/settings/mails')],
  ['how an invitation looks', (openAs) => asAdmin(openAs, '/admin/settings/mails/invitation')],
  ['the audit, where nothing matches', (openAs) => asAdmin(openAs, '/admin/audit?who=nobody@example.org')],
];
