import type { Page } from 'playwright-core';
import { listCapturedMails } from '../../../src/platform/mail/captured-mail.ts';
import { queryRows } from '../../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  linkInMail,
  runJobs,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import {
  goTo,
  type OpenAs,
  pressButton,
  signedInMember,
  type TestPage,
  visitorWithOpenedLink,
} from './page.ts';

const sixteen = new Date().getUTCFullYear() - 16;

type Minor = Readonly<{ visitor: Visitor; guardianLink: string }>;

/** Registers a minor who awaits consent. @returns their visitor and the link in the guardian's mail */
async function minor(guardianEmail = uniqueAddress()): Promise<Minor> {
  const email = uniqueAddress();
  const recordId = await createTestRecord(email, { yearOfBirth: sixteen });
  const visitor = await visitorWithOpenedLink((await createTestInvitation(email)).url);
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

/** Registers a parent who claims a child and is held for review, because the address is on file only for the child. */
async function heldParent(): Promise<Visitor> {
  const email = uniqueAddress();
  const recordId = await createTestRecord(email, { yearOfBirth: sixteen });
  const visitor = await visitorWithOpenedLink((await createTestInvitation(email)).url);
  const typed = { name: 'Abena Owusu', password: validPassword, ownYearOfBirth: '1980' };
  await visitor.submit('/register', { ...typed, [`records[${recordId}]`]: 'child' });
  return visitor;
}

/** A member with this year of birth. */
async function memberBorn(year: number | null): Promise<Visitor> {
  const email = uniqueAddress();
  const visitor = await signedInMember(email);
  await queryRows('update accounts set year_of_birth = $2 where email = $1', [email, year]);
  return visitor;
}

/** Registers a mother and her child. */
async function mother(openAs: OpenAs): Promise<Page> {
  const email = uniqueAddress();
  const mine = await createTestRecord(email);
  const child = await createTestRecord(email, { lastName: 'Owusu-Mensah', yearOfBirth: sixteen });
  const page = await goTo(await openAs(), (await createTestInvitation(email)).url);
  await page.check(`[name="records[${mine}]"][value=self]`);
  await page.check(`[name="records[${child}]"][value=child]`);
  await page.fill('[name=name]', 'Amma Owusu');
  await page.fill('[name=password]', validPassword);
  return pressButton(page, 'Create my account');
}

/** Registers a minor whose guardian's address is on file only for another minor. */
async function minorOfHeldGuardian(): Promise<Visitor> {
  const address = uniqueAddress();
  await createTestRecord(address, { yearOfBirth: sixteen });
  return (await minor(address)).visitor;
}

async function consentOn(page: Page): Promise<Page> {
  await page.check('[name=authority]');
  await page.check('[name=consent]');
  return pressButton(page, 'Give permission');
}

/** Opens the staff's list of consents, with one consent. */
async function consentInRecords(openAs: OpenAs): Promise<Page> {
  await consentOn(await goTo(await openAs(), (await minor()).guardianLink));
  return goTo(await openAs(await signInStaff('admin')), '/admin/consents');
}

/** Minors and guardians, for themselves and for staff. */
export const consentPages: readonly TestPage[] = [
  ['a mother’s consent', mother],
  [
    'a mother’s consent without a checked box',
    async (openAs) => pressButton(await mother(openAs), 'Give permission'),
  ],
  ['home with a supervised child', async (openAs) => consentOn(await mother(openAs))],
  [
    'home with a child without consent',
    async (openAs) => pressButton(await mother(openAs), 'I don’t give permission'),
  ],
  ['a minor who awaits consent', async (openAs) => goTo(await openAs((await minor()).visitor), '/waiting')],
  [
    'a minor who names a guardian without an address',
    async (openAs) =>
      pressButton(await goTo(await openAs((await minor()).visitor), '/waiting'), 'Ask this person'),
  ],
  ['an account held for review', async (openAs) => goTo(await openAs(await heldParent()), '/home')],
  [
    'an account of a person who is too young',
    async (openAs) => goTo(await openAs(await memberBorn(sixteen + 8)), '/home'),
  ],
  ['an account of unknown age', async (openAs) => goTo(await openAs(await memberBorn(null)), '/home')],
  [
    'accounts held for review, for staff',
    async (openAs) => {
      await heldParent();
      return goTo(await openAs(await signInStaff('admin')), '/admin/alumni/unmatched?show=held-for-review');
    },
  ],
  [
    'an account held for review, for staff',
    async (openAs) => {
      await heldParent();
      const page = await goTo(
        await openAs(await signInStaff('admin')),
        '/admin/alumni/unmatched?show=held-for-review',
      );
      await page.locator('td a').first().click();
      await page.waitForURL(/\/unmatched\/\d+$/);
      return page;
    },
  ],
  ['the request to a guardian', async (openAs) => goTo(await openAs(), (await minor()).guardianLink)],
  [
    'a guardian who has consented',
    async (openAs) => consentOn(await goTo(await openAs(), (await minor()).guardianLink)),
  ],
  [
    'a guardian who has refused',
    async (openAs) =>
      pressButton(await goTo(await openAs(), (await minor()).guardianLink), 'I don’t give permission'),
  ],
  [
    'a guardian’s link in the minor’s browser',
    async (openAs) => {
      const { visitor, guardianLink } = await minor();
      return goTo(await openAs(visitor), guardianLink);
    },
  ],
  [
    'a withdrawal without the confirmation word',
    async (openAs) => {
      const page = await consentOn(await goTo(await openAs(), (await minor()).guardianLink));
      return pressButton(await goTo(page, '/guardian/withdrawal'), 'Withdraw my permission');
    },
  ],
  [
    'a request for erasure, sent',
    async (openAs) => {
      const page = await goTo(await openAs(), (await minor()).guardianLink);
      await goTo(page, '/guardian/erasure');
      await page.fill('[name=confirmation]', 'erase');
      return pressButton(page, 'Ask us to erase the data');
    },
  ],
  [
    'a request for erasure',
    async (openAs) => goTo(await goTo(await openAs(), (await minor()).guardianLink), '/guardian/erasure'),
  ],
  [
    'a second guardian without an address',
    async (openAs) => {
      const page = await goTo(await openAs(), (await minor()).guardianLink);
      return pressButton(await goTo(page, '/guardian/second-guardian'), 'Add this guardian');
    },
  ],
  ['a guardian’s lost link', async (openAs) => goTo(await openAs(), '/guardian/new-link')],
  [
    'a guardian’s lost link, requested',
    async (openAs) => {
      const page = await goTo(await openAs(), '/guardian/new-link');
      await page.fill('[name=email]', uniqueAddress());
      return pressButton(page, 'Get my link again');
    },
  ],
  [
    'a minor whose guardian is held for review',
    async (openAs) => goTo(await openAs(await minorOfHeldGuardian()), '/waiting'),
  ],
  [
    'guardians who wait for staff',
    async (openAs) => {
      await minorOfHeldGuardian();
      return goTo(await openAs(await signInStaff('support')), '/admin/guardians');
    },
  ],
  [
    'a guardian who waits for staff',
    async (openAs) => {
      await minorOfHeldGuardian();
      const page = await goTo(await openAs(await signInStaff('admin')), '/admin/guardians');
      await page.locator('td a').first().click();
      await page.waitForURL(/\/guardians\/[\w-]+$/);
      return page;
    },
  ],
  ['consents', consentInRecords],
  [
    'the record of a consent',
    async (openAs) => {
      const page = await consentInRecords(openAs);
      await page.locator('td a').first().click();
      await page.waitForURL(/\/admin\/consents\/\d+$/);
      return page;
    },
  ],
  [
    'the disclosure to guardians',
    async (openAs) => goTo(await openAs(await signInStaff('admin')), '/admin/consents/disclosures'),
  ],
  [
    'an earlier version of the disclosure',
    async (openAs) => goTo(await openAs(await signInStaff('support')), '/admin/consents/disclosures/1'),
  ],
];
