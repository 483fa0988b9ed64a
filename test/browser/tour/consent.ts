import type { Page } from 'playwright-core';
import { rows } from '../../../src/database.ts';
import { alumna, goodPassword, invited, linkOf, newestMail, staff } from '../../support/cast.ts';
import type { Visitor } from '../../support/visitor.ts';
import { at, member, newAddress, opened, press, type Sit, type Stop } from './stop.ts';

const sixteen = new Date().getUTCFullYear() - 16;

type Minor = Readonly<{ visitor: Visitor; guardianLink: string }>;

/** A minor who has registered and waits, and the link in the guardian's mail. */
async function minor(): Promise<Minor> {
  const [email, guardianEmail] = [newAddress(), newAddress()];
  const recordId = await alumna(email, { yearOfBirth: sixteen });
  const visitor = await opened((await invited(email)).url);
  await visitor.submit('/register', {
    name: 'Amma Owusu',
    password: goodPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail,
  });
  return { visitor, guardianLink: linkOf(await newestMail(guardianEmail)) };
}

/** A parent who claims a child, at an address of which the office knows only the child. */
async function heldParent(): Promise<Visitor> {
  const email = newAddress();
  const recordId = await alumna(email, { yearOfBirth: sixteen });
  const visitor = await opened((await invited(email)).url);
  const typed = { name: 'Abena Owusu', password: goodPassword, ownYearOfBirth: '1980' };
  await visitor.submit('/register', { ...typed, [`records[${recordId}]`]: 'child' });
  return visitor;
}

/** A member who states that year of birth, or none. */
async function memberBorn(year: number | null): Promise<Visitor> {
  const email = newAddress();
  const visitor = await member(email);
  await rows('update accounts set year_of_birth = $2 where email = $1', [email, year]);
  return visitor;
}

/** A mother who has just registered herself and her child. */
async function mother(sit: Sit): Promise<Page> {
  const email = newAddress();
  const mine = await alumna(email);
  const child = await alumna(email, { lastName: 'Owusu-Mensah', yearOfBirth: sixteen });
  const page = await at(await sit(), (await invited(email)).url);
  await page.check(`[name="records[${mine}]"][value=self]`);
  await page.check(`[name="records[${child}]"][value=child]`);
  await page.fill('[name=name]', 'Amma Owusu');
  await page.fill('[name=password]', goodPassword);
  return press(page, 'Create my account');
}

async function consentOn(page: Page): Promise<Page> {
  await page.check('[name=authority]');
  await page.check('[name=consent]');
  return press(page, 'Send my consent');
}

/** A consent of a guardian, as the staff find it. */
async function consentInRecords(sit: Sit): Promise<Page> {
  await consentOn(await at(await sit(), (await minor()).guardianLink));
  return at(await sit(await staff('admin')), '/admin/consents');
}

/** Guardians and minors, and what the staff see of them. */
export const consentStops: readonly Stop[] = [
  ['a mother’s consent', mother],
  ['a mother’s consent without a tick', async (sit) => press(await mother(sit), 'Send my consent')],
  ['home, with a child that takes part', async (sit) => consentOn(await mother(sit))],
  ['home, with a child that doesn’t', async (sit) => press(await mother(sit), 'I don’t give permission')],
  ['a minor who waits', async (sit) => at(await sit((await minor()).visitor), '/waiting')],
  [
    'a minor who asks somebody without an address',
    async (sit) => press(await at(await sit((await minor()).visitor), '/waiting'), 'Ask this person'),
  ],
  ['an account that is held for review', async (sit) => at(await sit(await heldParent()), '/home')],
  ['an account of somebody too young', async (sit) => at(await sit(await memberBorn(sixteen + 8)), '/home')],
  ['an account of unknown age', async (sit) => at(await sit(await memberBorn(null)), '/home')],
  [
    'accounts that are held for review',
    async (sit) => {
      await heldParent();
      return at(await sit(await staff('admin')), '/admin/alumni/unmatched?show=held');
    },
  ],
  [
    'an account that is held for review, to the staff',
    async (sit) => {
      await heldParent();
      const page = await at(await sit(await staff('admin')), '/admin/alumni/unmatched?show=held');
      await page.locator('td a').first().click();
      await page.waitForURL(/\/unmatched\/\d+$/);
      return page;
    },
  ],
  ['a guardian who is asked', async (sit) => at(await sit(), (await minor()).guardianLink)],
  [
    'a guardian who has consented',
    async (sit) => consentOn(await at(await sit(), (await minor()).guardianLink)),
  ],
  [
    'a guardian who has refused',
    async (sit) => press(await at(await sit(), (await minor()).guardianLink), 'I don’t give permission'),
  ],
  ['consents', consentInRecords],
  [
    'the record of a consent',
    async (sit) => {
      const page = await consentInRecords(sit);
      await page.locator('td a').first().click();
      await page.waitForURL(/\/admin\/consents\/\d+$/);
      return page;
    },
  ],
  ['what guardians read', async (sit) => at(await sit(await staff('admin')), '/admin/consents/disclosures')],
  [
    'a version of what guardians read',
    async (sit) => at(await sit(await staff('support')), '/admin/consents/disclosures/1'),
  ],
];
