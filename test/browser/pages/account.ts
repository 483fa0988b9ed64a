import { findAccountByEmail } from '../../../src/accounts/account.ts';
import { changeAddressByStaff } from '../../../src/accounts/address/address-change.ts';
import { memberWithAuthenticator, visitorAtCodeStep } from '../../accounts/authenticator.ts';
import { createMember } from '../../alumni/members.ts';
import { queryRow } from '../../support/database.ts';
import {
  createTestAccount,
  latestMail,
  linkInMail,
  newVisitor,
  uniqueAddress,
  validPassword,
} from '../../support/fixtures.ts';
import { goTo, type OpenAs, pressButton, signedInMember, type TestPage } from './page.ts';

async function openAsMember(openAs: OpenAs, path: string) {
  return goTo(await openAs(await signedInMember()), path);
}

async function openAsClassmate(openAs: OpenAs, path: string) {
  const [email, classmate] = [uniqueAddress(), uniqueAddress()];
  await createMember(email, { shown: false });
  await createMember(classmate, { name: 'Ada Elsewhere', center: 'Lakeside' });
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  return goTo(await openAs(visitor), path);
}

async function openWithTwoStep(openAs: OpenAs, path: string) {
  return goTo(await openAs((await memberWithAuthenticator(uniqueAddress())).visitor), path);
}

/** A member whose pending form belongs to a page that no longer exists. */
async function visitorWithPendingForm() {
  const email = uniqueAddress();
  const visitor = await signedInMember(email);
  await visitor.open('/account');
  const { signedInAs } = visitor.fieldsOf('/account/name');
  const fields = [['name', 'Amma Owusu']];
  const form = { action: '/account/name', page: '/account/none', signedInAs, fields, hadFile: false };
  await visitor.submit('/sign-out');
  await visitor.open('/sign-in');
  const pendingForm = JSON.stringify(form);
  await visitor.post('/sign-in', { email, password: validPassword, pendingForm });
  return visitor;
}

/** A member's own account. */
export const accountPages: readonly TestPage[] = [
  ['home without a record', (openAs) => openAsMember(openAs, '/home')],
  ['home with classmates', (openAs) => openAsClassmate(openAs, '/home')],
  ['the list of classmates', (openAs) => openAsClassmate(openAs, '/classmates')],
  [
    'a record with mistakes',
    async (openAs) => {
      const email = uniqueAddress();
      const accountId = await createMember(email);
      const visitor = newVisitor();
      await visitor.signIn(email, validPassword);
      const found = await queryRow<{ id: string }>(
        'select alumni_member_id::text as id from profiles where account_id = $1',
        [accountId],
      );
      const page = await goTo(await openAs(visitor), `/home/records/${found?.id}`);
      await page.fill('[name=lastName]', '');
      return pressButton(page, 'Send to the alumni office');
    },
  ],
  ['finding the record', (openAs) => openAsMember(openAs, '/home/find-record')],
  ['the account page', (openAs) => openAsMember(openAs, '/account')],
  [
    'an account without a name',
    async (openAs) => {
      const page = await openAsMember(openAs, '/account');
      await page.fill('[name=name]', '');
      return pressButton(page, 'Save name');
    },
  ],
  ['changing the address', (openAs) => openAsMember(openAs, '/account/address')],
  [
    'changing the address with an empty field',
    async (openAs) => pressButton(await openAsMember(openAs, '/account/address'), 'Send the link'),
  ],
  [
    'a change of address that waits',
    async (openAs) => {
      const page = await openAsMember(openAs, '/account/address');
      await page.fill('[name=email]', uniqueAddress());
      return pressButton(page, 'Send the link');
    },
  ],
  [
    'confirming a change of address',
    async (openAs) => {
      const newEmail = await changeAddress();
      return goTo(await openAs(), linkInMail(await latestMail(newEmail)));
    },
  ],
  [
    'undoing a change of address',
    async (openAs) => {
      const { email } = await createTestAccount(uniqueAddress());
      await changeAddress(email);
      return goTo(await openAs(), linkInMail(await latestMail(email)));
    },
  ],
  ['a lost mailbox', (openAs) => openAs().then((page) => goTo(page, '/forgot-password/mailbox-lost'))],
  [
    'a lost mailbox with empty fields',
    async (openAs) =>
      pressButton(await goTo(await openAs(), '/forgot-password/mailbox-lost'), 'Send to the alumni office'),
  ],
  [
    'what happens after a lost mailbox',
    async (openAs) => goTo(await openAs(), '/forgot-password/mailbox-lost/sent'),
  ],
  ['a change of address without a link', async (openAs) => goTo(await openAs(), '/change-address')],
  ['changing the password', (openAs) => openAsMember(openAs, '/account/password')],
  [
    'changing the password with empty fields',
    async (openAs) => pressButton(await openAsMember(openAs, '/account/password'), 'Change my password'),
  ],
  [
    'the list of sessions',
    async (openAs) => {
      const email = uniqueAddress();
      const visitor = await signedInMember(email);
      await newVisitor().signIn(email, validPassword);
      return goTo(await openAs(visitor), '/account/sessions');
    },
  ],
  ['two-step sign-in', (openAs) => openAsMember(openAs, '/account/two-step')],
  [
    'two-step sign-in without a code',
    async (openAs) => pressButton(await openAsMember(openAs, '/account/two-step'), 'Turn it on'),
  ],
  ['two-step sign-in when it is on', (openAs) => openWithTwoStep(openAs, '/account/two-step')],
  [
    'recovery codes',
    async (openAs) => {
      const page = await openWithTwoStep(openAs, '/account/two-step');
      return pressButton(page, 'Create new recovery codes');
    },
  ],
  ['turning two-step sign-in off', (openAs) => openWithTwoStep(openAs, '/account/two-step/turn-off')],
  [
    'the code step of signing in',
    async (openAs) => {
      const { email } = await memberWithAuthenticator(uniqueAddress());
      return goTo(await openAs(await visitorAtCodeStep(email)), '/sign-in');
    },
  ],
  [
    'a form sent after signing out',
    async (openAs) => {
      const page = await openAsMember(openAs, '/account');
      await page.context().clearCookies();
      return pressButton(page, 'Save name');
    },
  ],
  [
    'a form filled in by another account',
    async (openAs) => {
      const page = await openAsMember(openAs, '/account');
      await page.locator('[name=signedInAs]').evaluate((field) => field.setAttribute('value', '0'));
      return pressButton(page, 'Save name');
    },
  ],
  [
    'a form whose page no longer exists',
    async (openAs) => goTo(await openAs(await visitorWithPendingForm()), '/account/none'),
  ],
  ['personal data', (openAs) => openAsMember(openAs, '/account/data')],
  ['deleting the account', (openAs) => openAsMember(openAs, '/account/deletion')],
];

/** Staff change the address of an account. @returns the new one */
async function changeAddress(email = uniqueAddress()): Promise<string> {
  const account = (await findAccountByEmail(email)) ?? (await createTestAccount(email));
  const newEmail = uniqueAddress();
  await changeAddressByStaff(account.id, { email: newEmail, reason: 'Letter' }, { kind: 'command' });
  return newEmail;
}
