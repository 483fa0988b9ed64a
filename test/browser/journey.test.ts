import { expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { phone, useBrowser } from '../support/browser.ts';
import {
  createTestAccount,
  createTestRecord,
  latestMail,
  linkInMail,
  validPassword,
} from '../support/fixtures.ts';
import { button, fillInRegistration, pathOf, signIn, textOf } from './steps.ts';

const openBrowser = useBrowser();
const javaScriptModes = [
  ['with JavaScript', true],
  ['without JavaScript', false],
] as const;

it.each(javaScriptModes)('an invited alumna registers on a phone, %s', async (_how, javaScriptEnabled) => {
  const office = `office-${javaScriptEnabled}@example.org`;
  const email = `amma-${javaScriptEnabled}@example.org`;
  await createTestAccount(office, 'admin', 'Ada of the office');
  const recordId = await createTestRecord(email, { yearOfBirth: 1984, batch: 2002 });
  const thisYear = new Date().getUTCFullYear();

  const { page: admin } = await openBrowser({ ...phone, javaScriptEnabled });
  await signIn(admin, office);
  await admin
    .getByRole('link', { name: /^Invite (someone|the first person)$/ })
    .first()
    .click();
  await admin.waitForURL('**/admin/invitations/new');
  await admin.fill('[name=email]', email);
  await admin.fill('[name=message]', 'See you in May');
  await button(admin, 'Invite').click();
  await admin.getByText(`You’ve invited ${email}`).waitFor();

  const { page } = await openBrowser({ ...phone, javaScriptEnabled });
  await page.goto(linkInMail(await latestMail(email)));
  expect(pathOf(page)).toBe('/register');
  expect(await page.inputValue('[name=email]')).toBe(email);
  expect(await page.locator('[name=email]').isEditable()).toBe(false);
  const invitation = await textOf(page);
  for (const words of ['See you in May', 'Found 1 alumni record', 'Amma Owusu', '2002', 'Harbour'])
    expect(invitation).toContain(words);
  expect(invitation).toMatch(new RegExp(`${thisYear - 1985}|${thisYear - 1984}`));
  expect(invitation).toContain('Full Access');

  const answer = page.locator(`[name="records[${recordId}]"][value=self]`);
  await answer.check();
  await page.fill('[name=name]', 'Amma O’Wusu');
  await page.fill('[name=password]', 'short');
  await button(page, 'Create my account').click();
  await page.locator('[role=alert]:focus').waitFor();
  expect(await page.inputValue('[name=name]')).toBe('Amma O’Wusu');
  expect(await answer.isChecked()).toBe(true);
  expect(await page.inputValue('[name=password]')).toBe('');

  await page.fill('[name=password]', validPassword);
  await button(page, 'Create my account').click();
  await page.waitForURL('**/home');
  expect(await textOf(page)).toContain('Welcome, Amma O’Wusu');
  expect(await textOf(page)).toContain('Full Access');

  await page.locator('summary', { hasText: 'Amma O’Wusu' }).click();
  await button(page, 'Sign out').click();
  await page.getByText('You’ve signed out').waitFor();
  await signIn(page, email);
  expect(pathOf(page)).toBe('/home');

  await admin.goto(`/admin/invitations?q=${email}`);
  expect(await admin.locator('tr', { hasText: email }).innerText()).toContain('Accepted');
});

it.each(javaScriptModes)('a double click creates one account, %s', async (_how, javaScriptEnabled) => {
  const email = `twice-${javaScriptEnabled}@example.org`;
  const { page, requests } = await openBrowser({ ...phone, javaScriptEnabled });
  await fillInRegistration(page, email);
  await button(page, 'Create my account').dblclick();
  await page.locator('h1', { hasText: /^Hello|already been used/ }).waitFor();
  if (pathOf(page) !== '/home') expect(await page.locator('main a[href="/sign-in"]').count()).toBe(1);
  if (javaScriptEnabled) expect(requests.filter((request) => request.method() === 'POST')).toHaveLength(1);
  expect(await Account.count({ where: { email } })).toBe(1);
});

it('going back after registering shows neither the form nor a server error', async () => {
  const { page } = await openBrowser(phone);
  await fillInRegistration(page, 'back@example.org');
  await button(page, 'Create my account').click();
  await page.waitForURL('**/home');
  const answer = await page.goBack();
  expect(answer?.status() ?? 200).toBeLessThan(500);
  expect(await page.locator('h1').innerText()).not.toBe('');
  expect(await page.locator('[name=password]').count()).toBe(0);
  expect(await page.content()).not.toContain(validPassword);
  await page.goForward();
  expect(pathOf(page)).toBe('/home');
});
