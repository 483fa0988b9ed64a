import { saveClosingDomain } from '../../../src/accounts/address/closing-domains.ts';
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

async function openConfirm(openAs: OpenAs) {
  return goTo(await openAs(await signedInMember()), '/account/confirm');
}

async function asAdmin(openAs: OpenAs, path: string) {
  return goTo(await openAs(await signInStaff('admin')), path);
}

async function openPerson(openAs: OpenAs, rest = '') {
  const { id } = await createTestAccount(uniqueAddress(), 'support', 'Kofi Mensah-Asante');
  return asAdmin(openAs, `/admin/people/${id}${rest}`);
}

async function createMailInEachState() {
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
async function createSuppression(): Promise<string | undefined> {
  const email = uniqueAddress();
  const reason = `550 5.1.1 <${email}>: Mailbox unavailable`;
  await suppress([{ email, kind: 'bounced', reason }], { kind: 'system' });
  return (await listActiveSuppressions(email))[0]?.id;
}

/** Confirming the password; people, mail, audit and settings. */
export const officePages: readonly TestPage[] = [
  ['confirming the password', openConfirm],
  [
    'confirming with a wrong password',
    async (openAs) => {
      const page = await openConfirm(openAs);
      await page.fill('[name=currentPassword]', 'not this one at all');
      return pressButton(page, 'Confirm and continue');
    },
  ],
  ['the list of staff', (openAs) => asAdmin(openAs, '/admin/people')],
  ['people without results', (openAs) => asAdmin(openAs, '/admin/people?q=zzzzzz')],
  ['a person', (openAs) => openPerson(openAs)],
  [
    'a suspended person',
    async (openAs) => {
      const { id } = await createTestAccount(uniqueAddress(), null, 'Shut Out');
      await suspendAccount(id, 'Telephone, 30 November', { kind: 'command' });
      return asAdmin(openAs, `/admin/people/${id}`);
    },
  ],
  ['changing a role', (openAs) => openPerson(openAs, '/role')],
  ['the privacy notice in the settings', (openAs) => asAdmin(openAs, '/admin/settings/legal/privacy')],
  ['how long data is kept', (openAs) => asAdmin(openAs, '/admin/settings/retention')],
  [
    'mailboxes that will close, with errors',
    async (openAs) => {
      await saveClosingDomain('school.example.org', '2090-06-30', { kind: 'system' });
      return pressButton(await asAdmin(openAs, '/admin/settings/closing-mailboxes'), 'Save');
    },
  ],
  ['changing an address', (openAs) => openPerson(openAs, '/address')],
  [
    'changing an address with empty fields',
    async (openAs) => pressButton(await openPerson(openAs, '/address'), 'Send the link'),
  ],
  ['suspending a person', (openAs) => openPerson(openAs, '/suspension')],
  [
    'suspending without a reason',
    async (openAs) => pressButton(await openPerson(openAs, '/suspension'), 'Suspend'),
  ],
  ['resetting two-step sign-in', (openAs) => openPerson(openAs, '/two-step-reset')],
  [
    'the audit',
    async (openAs) => {
      await createTestInvitation(uniqueAddress(), { message: 'Dear Amma' });
      return asAdmin(openAs, '/admin/audit');
    },
  ],
  [
    'mail in every state',
    async (openAs) => {
      await createMailInEachState();
      return asAdmin(openAs, '/admin/mail');
    },
  ],
  ['mail without results', (openAs) => asAdmin(openAs, '/admin/mail?q=zzzzzz')],
  [
    'mail while the mail server refuses the login, for support',
    async (openAs) => {
      await pauseMail('535 5.7.8 Authentication credentials invalid');
      const page = await goTo(await openAs(await signInStaff('support')), '/admin/mail');
      await resumeMail();
      return page;
    },
  ],
  [
    'a failed mail',
    async (openAs) => {
      await createMailInEachState();
      const page = await asAdmin(openAs, '/admin/mail?state=failed');
      await page.locator('tbody a').first().click();
      await page.waitForURL(/mail\/[0-9a-f-]{36}$/);
      return page;
    },
  ],
  [
    'suppressions',
    async (openAs) => {
      await createSuppression();
      return asAdmin(openAs, '/admin/suppressions');
    },
  ],
  [
    'a suppression',
    async (openAs) => {
      const id = await createSuppression();
      return asAdmin(openAs, `/admin/suppressions/${id}`);
    },
  ],
  ['the settings', (openAs) => asAdmin(openAs, '/admin/settings')],
  [
    'the settings with errors',
    async (openAs) => {
      const page = await asAdmin(openAs, '/admin/settings');
      await page.fill('[name=organisationName]', '');
      await page.fill('[name=mailGreeting]', 'Dear {frist},');
      await page.check('[name=twoStepForStaff]');
      return pressButton(page, 'Save changes');
    },
  ],
  [
    'the logo with errors',
    async (openAs) => pressButton(await asAdmin(openAs, '/admin/settings/logo'), 'Use this logo'),
  ],
  ['the list of mail templates', (openAs) => asAdmin(openAs, '/admin/settings/mails')],
  ['the invitation mail', (openAs) => asAdmin(openAs, '/admin/settings/mails/invitation')],
  [
    'the invitation mail with errors',
    async (openAs) => {
      const page = await asAdmin(openAs, '/admin/settings/mails/invitation');
      await page.fill('[name=invitationSubject]', 'Dear {frist}');
      return pressButton(page, 'Save changes');
    },
  ],
  ['the preview of a welcome mail', (openAs) => asAdmin(openAs, '/admin/settings/mails/welcome')],
  ['the audit without results', (openAs) => asAdmin(openAs, '/admin/audit?who=nobody@example.org')],
];
