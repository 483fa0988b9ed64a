import type { Page } from 'playwright-core';
import { queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  uniqueAddress,
} from '../../support/fixtures.ts';
import {
  goTo,
  type OpenAs,
  pressButton,
  signedInMember,
  type TestPage,
  visitorWithOpenedLink,
} from './page.ts';

const thisYear = new Date().getUTCFullYear();

async function openRegistration(
  openAs: OpenAs,
  email = uniqueAddress(),
  message: string | null = null,
): Promise<Page> {
  const { url } = await createTestInvitation(email, { message });
  return goTo(await openAs(), url);
}

async function createFamily(email: string): Promise<void> {
  await createTestRecord(email, { lastName: 'Owusu', batch: 2002 });
  await createTestRecord(email, { lastName: 'Owusu-Mensah', batch: 2026, yearOfBirth: thisYear - 16 });
  await createTestRecord(email, { lastName: 'Boateng', batch: 2028, yearOfBirth: thisYear - 10 });
  await createTestRecord(email, { lastName: 'Asante', batch: 1999, yearOfBirth: null });
  const claimed = await createTestRecord(email, { lastName: 'Mensah', batch: 1998 });
  const otherAccount = await createTestAccount(uniqueAddress());
  await queryRows(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1)`,
    [otherAccount.id, claimed],
  );
}

async function openSharedLink(openAs: OpenAs): Promise<Page> {
  const { url } = await createTestInvitation(uniqueAddress(), { delivery: 'link' });
  return goTo(await openAs(), url);
}

async function openHelp(openAs: OpenAs, way: string): Promise<Page> {
  const visitor = await visitorWithOpenedLink((await createTestInvitation(uniqueAddress())).url);
  return goTo(await openAs(visitor), `/register/help${way}`);
}

/** Registering, accepting and declining. */
export const registrationPages: readonly TestPage[] = [
  ['registering without a record', (openAs) => openRegistration(openAs)],
  [
    'registering with one record and a personal message',
    async (openAs) => {
      const email = uniqueAddress();
      await createTestRecord(email);
      return openRegistration(openAs, email, 'Dear Amma,\n\nwe would love to see you in May.');
    },
  ],
  [
    'registering a family with every kind of record',
    async (openAs) => {
      const email = uniqueAddress();
      await createFamily(email);
      return openRegistration(openAs, email);
    },
  ],
  [
    'registering with errors',
    async (openAs) => {
      const email = uniqueAddress();
      await createFamily(email);
      const page = await openRegistration(openAs, email);
      await page.locator('.record', { hasText: 'Asante' }).locator('[value=self]').check();
      await page.fill('[name=password]', 'short');
      return pressButton(page, 'Create my account');
    },
  ],
  ['a shared link', openSharedLink],
  ['a sent code', async (openAs) => pressButton(await openSharedLink(openAs), 'Send me the code')],
  [
    'a wrong code',
    async (openAs) => {
      const page = await pressButton(await openSharedLink(openAs), 'Send me the code');
      await page.fill('[name=code]', '12');
      return pressButton(page, 'Continue');
    },
  ],
  [
    'an address that has an account',
    async (openAs) => {
      const email = uniqueAddress();
      await createTestAccount(email);
      return openRegistration(openAs, email);
    },
  ],
  [
    'a member who accepts an invitation',
    async (openAs) => {
      const email = uniqueAddress();
      const visitor = await signedInMember(email);
      await createTestRecord(email);
      return goTo(await openAs(visitor), (await createTestInvitation(email)).url);
    },
  ],
  [
    'a member with a record who accepts an invitation',
    async (openAs) => {
      const email = uniqueAddress();
      const recordId = await createTestRecord(email);
      const visitor = await signedInMember(email);
      await visitor.submit('/home/claims', { [`records[${recordId}]`]: 'self' });
      return goTo(await openAs(visitor), (await createTestInvitation(email)).url);
    },
  ],
  [
    'answering about a record again',
    async (openAs) => {
      const email = uniqueAddress();
      const recordId = await createTestRecord(email, { yearOfBirth: null });
      const visitor = await signedInMember(email);
      await visitor.submit('/home/claims', { [`records[${recordId}]`]: 'none' });
      return goTo(await openAs(visitor), '/home?answer=again');
    },
  ],
  [
    'an invitation to another address',
    async (openAs) =>
      goTo(await openAs(await signedInMember()), (await createTestInvitation(uniqueAddress())).url),
  ],
  [
    'declining',
    async (openAs) =>
      goTo(
        await openAs(await visitorWithOpenedLink((await createTestInvitation(uniqueAddress())).url)),
        '/register/decline',
      ),
  ],
  [
    'declining without a reason',
    async (openAs) => {
      const visitor = await visitorWithOpenedLink((await createTestInvitation(uniqueAddress())).url);
      return pressButton(await goTo(await openAs(visitor), '/register/decline'), 'Send my answer');
    },
  ],
  ['what is not right', (openAs) => openHelp(openAs, '')],
  ['a changed name', (openAs) => openHelp(openAs, '/name-changed')],
  [
    'a shared address with errors',
    async (openAs) => pressButton(await openHelp(openAs, '/shared-address'), 'Send to the alumni office'),
  ],
  ['another school', (openAs) => openHelp(openAs, '/wrong-school')],
  [
    'what happens after another school',
    async (openAs) => pressButton(await openHelp(openAs, '/wrong-school'), 'Send to the alumni office'),
  ],
  [
    'a lost address',
    async (openAs) => {
      const page = await openSharedLink(openAs);
      await page.getByRole('link', { name: 'I can’t read e-mails at this address any more' }).click();
      return page;
    },
  ],
  [
    'a declined invitation',
    async (openAs) => {
      const visitor = await visitorWithOpenedLink((await createTestInvitation(uniqueAddress())).url);
      const page = await goTo(await openAs(visitor), '/register/decline');
      await page.check('[name=reason][value=stop]');
      return pressButton(page, 'Send my answer');
    },
  ],
  [
    'a registration whose session has expired',
    async (openAs) => {
      const page = await openRegistration(openAs);
      await page.fill('[name=name]', 'Overnight Owl');
      await page.context().clearCookies();
      return pressButton(page, 'Create my account');
    },
  ],
  [
    'a restored registration form',
    async (openAs) => {
      const { url } = await createTestInvitation(uniqueAddress());
      const page = await goTo(await openAs(), url);
      await page.fill('[name=name]', 'Overnight Owl');
      await page.context().clearCookies();
      return goTo(await pressButton(page, 'Create my account'), url);
    },
  ],
  [
    'two invitations in one browser',
    async (openAs) => {
      const visitor = await visitorWithOpenedLink((await createTestInvitation(uniqueAddress())).url);
      await visitor.open((await createTestInvitation(uniqueAddress())).url);
      return goTo(await openAs(visitor), '/register');
    },
  ],
];
