import type { Page } from 'playwright-core';
import { createTestAccount, newVisitor, uniqueAddress, validPassword } from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';

/** Opens the browser, signed in as the visitor or anonymous. */
export type OpenAs = (visitor?: Visitor) => Promise<Page>;

/** A page, and how to open it. */
export type TestPage = readonly [name: string, open: (openAs: OpenAs) => Promise<Page>];

export async function goTo(page: Page, path: string): Promise<Page> {
  await page.goto(path);
  return page;
}

/** Presses a button that loads a page. @throws Error with the page's text if there is no such button */
export async function pressButton(page: Page, name: string): Promise<Page> {
  const button = page.getByRole('button', { name, exact: true });
  await button.waitFor().catch(async () => {
    throw new Error(`no button "${name}" on ${page.url()}: ${await page.locator('main').innerText()}`);
  });
  await Promise.all([page.waitForEvent('load'), button.click()]);
  return page;
}

/** A visitor who has opened an invitation link. */
export async function visitorWithOpenedLink(url: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(url);
  return visitor;
}

/** A new member who is signed in. */
export async function signedInMember(email = uniqueAddress()): Promise<Visitor> {
  await createTestAccount(email, null, 'Amma Owusu');
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  return visitor;
}
