import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { phone, useBrowser } from '../support/browser.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import { button, pathOf, signIn, textOf } from './steps.ts';

const openBrowser = useBrowser();
const javaScriptModes = [
  ['with JavaScript', true],
  ['without JavaScript', false],
] as const;

async function fill(page: Page, name: string): Promise<void> {
  await page.fill('[name=ownYearOfBirth]', '1984');
  await page.fill('[name=name]', name);
  await page.fill('[name=password]', validPassword);
}

const nameOf = async (email: string) => (await Account.findOne({ where: { email } }))?.name ?? null;

describe.each(javaScriptModes)('on a phone, %s', (_how, javaScriptEnabled) => {
  const openOnPhone = () => openBrowser({ ...phone, javaScriptEnabled });

  it('two invitations in two tabs register two people', async () => {
    const [one, two] = [uniqueAddress(), uniqueAddress()];
    const { page, context } = await openOnPhone();
    await page.goto((await createTestInvitation(one)).url);
    await fill(page, 'Person One');
    const tab = await context.newPage();
    await tab.goto((await createTestInvitation(two)).url);
    await fill(tab, 'Person Two');
    await button(page, 'Create my account').click();
    await page.waitForURL('**/home');
    await button(tab, 'Create my account').click();
    await tab.getByText('This invitation is for another address').waitFor();
    await button(tab, 'Sign out and continue').click();
    await tab.getByText('We’ve kept what you entered').waitFor();
    expect(await tab.inputValue('[name=name]')).toBe('Person Two');
    await tab.fill('[name=password]', validPassword);
    await button(tab, 'Create my account').click();
    await tab.waitForURL('**/home');
    expect([await nameOf(one), await nameOf(two)]).toEqual(['Person One', 'Person Two']);
  });

  it('opening a link twice keeps the first tab valid', async () => {
    const email = uniqueAddress();
    const { url } = await createTestInvitation(email);
    const { page, context } = await openOnPhone();
    await page.goto(url);
    await fill(page, 'Double Presser');
    const tab = await context.newPage();
    await tab.goto(url);
    await button(page, 'Create my account').click();
    await page.waitForURL('**/home');
    await fill(tab, 'Somebody Else');
    await button(tab, 'Create my account').click();
    await tab.waitForURL('**/home');
    expect(await nameOf(email)).toBe('Double Presser');
  });

  it('opening the link again restores a form whose session has expired', async () => {
    const email = uniqueAddress();
    const { url } = await createTestInvitation(email);
    const { page } = await openOnPhone();
    await page.goto(url);
    await fill(page, 'Overnight Owl');
    await queryRows('delete from sessions');
    await button(page, 'Create my account').click();
    await page.getByRole('heading', { name: 'Open the link in your e-mail again' }).waitFor();
    await page.goto(url);
    expect(await page.inputValue('[name=name]')).toBe('Overnight Owl');
    expect(await page.inputValue('[name=ownYearOfBirth]')).toBe('1984');
    await page.fill('[name=password]', validPassword);
    await button(page, 'Create my account').click();
    await page.waitForURL('**/home');
    expect(await nameOf(email)).toBe('Overnight Owl');
  });

  it('the page’s URL in another browser explains what to do', async () => {
    const { page } = await openOnPhone();
    await page.goto((await createTestInvitation(uniqueAddress())).url);
    const address = page.url();
    const { page: other } = await openOnPhone();
    await other.goto(address);
    expect(await textOf(other)).toContain('Open the link in your e-mail again');
    expect(await textOf(other)).not.toMatch(/invalid/i);
  });

  it('back and reload work after an error and after registering', async () => {
    const { page } = await openOnPhone();
    await page.goto((await createTestInvitation(uniqueAddress())).url);
    await fill(page, 'Back And Forth');
    await page.fill('[name=password]', 'short');
    await button(page, 'Create my account').click();
    await page.getByText('There is a problem').or(page.locator('[role=alert]')).first().waitFor();
    await page.goBack();
    await page.reload();
    expect(pathOf(page)).toBe('/register');
    await fill(page, 'Back And Forth');
    await button(page, 'Create my account').click();
    await page.waitForURL('**/home');
    await page.goBack();
    await page.reload();
    await page.waitForURL('**/home');
  });

  it('signing in to another account in another tab keeps the form', async () => {
    const { email: other } = await createTestAccount(uniqueAddress(), null, 'Other Member');
    const email = uniqueAddress();
    const { page, context } = await openOnPhone();
    await page.goto((await createTestInvitation(email)).url);
    await fill(page, 'First Tab');
    await signIn(await context.newPage(), other);
    await button(page, 'Create my account').click();
    await button(page, 'Sign out and continue').click();
    await page.getByText('We’ve kept what you entered').waitFor();
    expect(await page.inputValue('[name=name]')).toBe('First Tab');
  });
});

it('a double click without JavaScript registers once and opens the home page', async () => {
  const email = uniqueAddress();
  const { page } = await openBrowser({ ...phone, javaScriptEnabled: false });
  await page.goto((await createTestInvitation(email)).url);
  await fill(page, 'Double Click');
  await button(page, 'Create my account').dblclick();
  await page.waitForURL('**/home');
  expect(await textOf(page)).toContain('Double Click');
  expect(await Account.count({ where: { email } })).toBe(1);
});
