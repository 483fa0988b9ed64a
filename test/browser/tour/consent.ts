import type { Page } from 'playwright-core';
import { listCapturedMails } from '../../../src/platform/mail/captured-mail.ts';
import { queryRows } from '../../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  linkInMail,
  runJobs,
  signInStaff,
  validPassword,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import { at, member, newAddress, opened, press, type Sit, type Stop } from './stop.ts';

const sixteen = new Date().getUTCFullYear() - 16;

type Minor = Readonly<{ visitor: Visitor; guardianLink: string }>;

/** A minor who has registered and waits, and the link in the guardian's mail. */
async function minor(guardianEmail = newAddress()): Promise<Minor> {
  const email = newAddress();
  const recordId = await createTestRecord(email, { yearOfBirth: sixteen });
  const visitor = await opened((await createTestInvitation(email)).url);
  await visitor.submit('/register', {
    name: 'Amma Owusu',
    password: validPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail,
  });
  await runJobs();
  const mail = (await listCapturedMails()).find(({ to }) => to === guardianEmail);
  return { visitor, guardianLink: mail ? linkInMail(mail) : '' };
}

/** A parent who claims a child, at an address of which the office knows only the child. */
async function heldParent(): Promise<Visitor> {
  const email = newAddress();
  const recordId = await createTestRecord(email, { yearOfBirth: sixteen });
  const visitor = await opened((await createTestInvitation(email)).url);
  const typed = { name: 'Abena Owusu', password: validPassword, ownYearOfBirth: '1980' };
  await visitor.submit('/register', { ...typed, [`records[${recordId}]`]: 'child' });
  return visitor;
}

/** A member who states that year of birth, or none. */
async function memberBorn(year: number | null): Promise<Visitor> {
  const email = newAddress();
  const visitor = await member(email);
  await queryRows('update accounts set year_of_birth = $2 where email = $1', [email, year]);
  return visitor;
}

/** A mother who has just registered herself and her child. */
async function mother(sit: Sit): Promise<Page> {
  const email = newAddress();
  const mine = await createTestRecord(email);
  const child = await createTestRecord(email, { lastName: 'Owusu-Mensah', yearOfBirth: sixteen });
  const page = await at(await sit(), (await createTestInvitation(email)).url);
  await page.check(`[name="records[${mine}]"][value=self]`);
  await page.check(`[name="records[${child}]"][value=child]`);
  await page.fill('[name=name]', 'Amma Owusu');
  await page.fill('[name=password]', validPassword);
  return press(page, 'Create my account');
}

/** Somebody who names an address that the office knows only as a young person's. */
async function minorOfHeldGuardian(): Promise<Visitor> {
  const address = newAddress();
  await createTestRecord(address, { yearOfBirth: sixteen });
  return (await minor(address)).visitor;
}

async function consentOn(page: Page): Promise<Page> {
  await page.check('[name=authority]');
  await page.check('[name=consent]');
  return press(page, 'Give permission');
}

/** A consent of a guardian, as the staff find it. */
async function consentInRecords(sit: Sit): Promise<Page> {
  await consentOn(await at(await sit(), (await minor()).guardianLink));
  return at(await sit(await signInStaff('admin')), '/admin/consents');
}

/** Guardians and minors, and what the staff see of them. */
export const consentStops: readonly Stop[] = [
  ['a mother’s consent', mother],
  ['a mother’s consent without a tick', async (sit) => press(await mother(sit), 'Give permission')],
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
      return at(await sit(await signInStaff('admin')), '/admin/alumni/unmatched?show=held-for-review');
    },
  ],
  [
    'an account that is held for review, to the staff',
    async (sit) => {
      await heldParent();
      const page = await at(
        await sit(await signInStaff('admin')),
        '/admin/alumni/unmatched?show=held-for-review',
      );
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
  [
    'a guardian’s link in the young person’s browser',
    async (sit) => {
      const { visitor, guardianLink } = await minor();
      return at(await sit(visitor), guardianLink);
    },
  ],
  [
    'a guardian who withdraws without typing the word',
    async (sit) => {
      const page = await consentOn(await at(await sit(), (await minor()).guardianLink));
      return press(await at(page, '/guardian/withdrawal'), 'Withdraw my permission');
    },
  ],
  [
    'a guardian who asks for erasure',
    async (sit) => {
      const page = await at(await sit(), (await minor()).guardianLink);
      await at(page, '/guardian/erasure');
      await page.fill('[name=confirmation]', 'erase');
      return press(page, 'Ask to erase the data');
    },
  ],
  [
    'a guardian who may ask for erasure',
    async (sit) => at(await at(await sit(), (await minor()).guardianLink), '/guardian/erasure'),
  ],
  [
    'a second guardian without an address',
    async (sit) => {
      const page = await at(await sit(), (await minor()).guardianLink);
      return press(await at(page, '/guardian/second-guardian'), 'Add this person');
    },
  ],
  ['a guardian’s lost link', async (sit) => at(await sit(), '/guardian/new-link')],
  [
    'a guardian’s lost link, on its way',
    async (sit) => {
      const page = await at(await sit(), '/guardian/new-link');
      await page.fill('[name=email]', newAddress());
      return press(page, 'Send me my link');
    },
  ],
  [
    'a minor whose guardian’s address is looked at',
    async (sit) => at(await sit(await minorOfHeldGuardian()), '/waiting'),
  ],
  [
    'guardians who wait for the staff',
    async (sit) => {
      await minorOfHeldGuardian();
      return at(await sit(await signInStaff('support')), '/admin/guardians');
    },
  ],
  [
    'a guardian who waits for the staff',
    async (sit) => {
      await minorOfHeldGuardian();
      const page = await at(await sit(await signInStaff('admin')), '/admin/guardians');
      await page.locator('td a').first().click();
      await page.waitForURL(/\/guardians\/[\w-]+$/);
      return page;
    },
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
  [
    'what guardians read',
    async (sit) => at(await sit(await signInStaff('admin')), '/admin/consents/disclosures'),
  ],
  [
    'a version of what guardians read',
    async (sit) => at(await sit(await signInStaff('support')), '/admin/consents/disclosures/1'),
  ],
];
