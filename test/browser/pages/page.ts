import type { Page } from 'playwright-core';
import { createTestAccount, newVisitor, uniqueAddress, validPassword } from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';

/** Takes a seat at a browser, as somebody or as nobody. */
export type OpenAs = (visitor?: Visitor) => Promise<Page>;

/** A page of the site and how to come to it. */
export type TestPage = readonly [name: string, open: (openAs: OpenAs) => Promise<Page>];

export async function goTo(page: Page, path: string): Promise<Page> {
  await page.goto(path);
  return page;
}

/** Presses a button that leads to a page. @throws with what the page says when there is no such button */
export async function pressButton(page: Page, name: string): Promise<Page> {
  const button = page.getByRole('button', { name, exact: true });
  await button.waitFor().catch(async () => {
    throw new Error(`no button "${name}" on ${page.url()}: ${await page.locator('main').innerText()}`);
  });
  await Promise.all([page.waitForEvent('load'), button.click()]);
  return page;
}

/** Somebody whose browser has opened a link. */
export async function visitorWithOpenedLink(url: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(url);
  return visitor;
}

/** Somebody with an account, signed in. */
export async function signedInMember(email = uniqueAddress()): Promise<Visitor> {
  await createTestAccount(email, null, 'Amma Owusu');
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  return visitor;
}
