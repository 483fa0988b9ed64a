import type { Page } from 'playwright-core';
import { queryRows } from '../../support/database.ts';
import { createTestAccount, createTestInvitation, createTestRecord } from '../../support/fixtures.ts';
import { at, member, newAddress, opened, press, type Sit, type Stop } from './stop.ts';

const thisYear = new Date().getUTCFullYear();

async function registration(sit: Sit, email = newAddress(), message: string | null = null): Promise<Page> {
  const { url } = await createTestInvitation(email, { message });
  return at(await sit(), url);
}

async function family(email: string): Promise<void> {
  await createTestRecord(email, { lastName: 'Owusu', batch: 2002 });
  await createTestRecord(email, { lastName: 'Owusu-Mensah', batch: 2026, yearOfBirth: thisYear - 16 });
  await createTestRecord(email, { lastName: 'Boateng', batch: 2028, yearOfBirth: thisYear - 10 });
  await createTestRecord(email, { lastName: 'Asante', batch: 1999, yearOfBirth: null });
  const claimed = await createTestRecord(email, { lastName: 'Mensah', batch: 1998 });
  const holder = await createTestAccount(newAddress());
  await queryRows(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1)`,
    [holder.id, claimed],
  );
}

async function handedOn(sit: Sit): Promise<Page> {
  const { url } = await createTestInvitation(newAddress(), { delivery: 'link' });
  return at(await sit(), url);
}

/** From an opened link to the button. */
export const registrationStops: readonly Stop[] = [
  ['registering without a record', (sit) => registration(sit)],
  [
    'registering with one record and a personal message',
    async (sit) => {
      const email = newAddress();
      await createTestRecord(email);
      return registration(sit, email, 'Dear Amma,\n\nwe would love to see you in May.');
    },
  ],
  [
    'registering a family with every kind of record',
    async (sit) => {
      const email = newAddress();
      await family(email);
      return registration(sit, email);
    },
  ],
  [
    'registering with every fault',
    async (sit) => {
      const email = newAddress();
      await family(email);
      const page = await registration(sit, email);
      await page.locator('.record', { hasText: 'Asante' }).locator('[value=self]').check();
      await page.fill('[name=password]', 'short');
      return press(page, 'Create my account');
    },
  ],
  ['a link that was handed on', handedOn],
  ['a code that was sent', async (sit) => press(await handedOn(sit), 'Send me the code')],
  [
    'a code that is wrong',
    async (sit) => {
      const page = await press(await handedOn(sit), 'Send me the code');
      await page.fill('[name=code]', '12');
      return press(page, 'Go on');
    },
  ],
  [
    'an address that has an account',
    async (sit) => {
      const email = newAddress();
      await createTestAccount(email);
      return registration(sit, email);
    },
  ],
  [
    'a member who accepts an invitation',
    async (sit) => {
      const email = newAddress();
      const visitor = await member(email);
      await createTestRecord(email);
      return at(await sit(visitor), (await createTestInvitation(email)).url);
    },
  ],
  [
    'somebody else’s invitation',
    async (sit) => at(await sit(await member()), (await createTestInvitation(newAddress())).url),
  ],
  [
    'declining',
    async (sit) =>
      at(await sit(await opened((await createTestInvitation(newAddress())).url)), '/register/decline'),
  ],
  [
    'declining without a reason',
    async (sit) => {
      const visitor = await opened((await createTestInvitation(newAddress())).url);
      return press(await at(await sit(visitor), '/register/decline'), 'Send my answer');
    },
  ],
  [
    'an invitation declined',
    async (sit) => {
      const visitor = await opened((await createTestInvitation(newAddress())).url);
      const page = await at(await sit(visitor), '/register/decline');
      await page.check('[name=reason][value=stop]');
      return press(page, 'Send my answer');
    },
  ],
  [
    'a registration whose session is gone',
    async (sit) => {
      const page = await registration(sit);
      await page.fill('[name=name]', 'Overnight Owl');
      await page.context().clearCookies();
      return press(page, 'Create my account');
    },
  ],
  [
    'a registration that comes back filled in',
    async (sit) => {
      const { url } = await createTestInvitation(newAddress());
      const page = await at(await sit(), url);
      await page.fill('[name=name]', 'Overnight Owl');
      await page.context().clearCookies();
      return at(await press(page, 'Create my account'), url);
    },
  ],
  [
    'two invitations in one browser',
    async (sit) => {
      const visitor = await opened((await createTestInvitation(newAddress())).url);
      await visitor.open((await createTestInvitation(newAddress())).url);
      return at(await sit(visitor), '/register');
    },
  ],
];
