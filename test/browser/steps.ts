import type { Locator, Page } from 'playwright-core';
import { createTestInvitation, createTestRecord, validPassword } from '../support/fixtures.ts';

export const pathOf = (page: Page): string => new URL(page.url()).pathname;

export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });

export const textOf = (page: Page): Promise<string> => page.locator('main').innerText();

export async function signIn(page: Page, email: string): Promise<void> {
  await page.goto('/sign-in');
  await page.fill('[name=email]', email);
  await page.fill('[name=password]', validPassword);
  await button(page, 'Sign in').click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

/** Opens an invitation link and fills in the registration form, but doesn't send it. @returns the link */
export async function fillInRegistration(page: Page, email: string): Promise<string> {
  const recordId = await createTestRecord(email);
  const { url } = await createTestInvitation(email);
  await page.goto(url);
  await page.check(`[name="records[${recordId}]"][value=self]`);
  await page.fill('[name=name]', 'Amma Owusu');
  await page.fill('[name=password]', validPassword);
  return url;
}
