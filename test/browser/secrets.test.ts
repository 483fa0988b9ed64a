import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { switchUser, useBrowser } from '../support/browser.ts';
import { createTestInvitation, signInStaff, validPassword } from '../support/fixtures.ts';
import { button, fillInRegistration } from './steps.ts';

const openBrowser = useBrowser();

/** Every request that arrives at a server of this process during the test. */
function arrivals(): IncomingMessage[] {
  const seen: IncomingMessage[] = [];
  const see = (message: unknown) => seen.push((message as { request: IncomingMessage }).request);
  subscribe('http.server.request.start', see);
  onTestFinished(() => {
    unsubscribe('http.server.request.start', see);
  });
  return seen;
}

it('an opened link is in no address, no history and no other request', async () => {
  const { page } = await openBrowser();
  const seen = arrivals();
  await page.goto('/');
  const link = await fillInRegistration(page, 'discreet@example.org');
  const token = new URL(link).searchParams.get('token') ?? '';
  expect(page.url()).toMatch(/\/register$/);
  expect(await page.evaluate('history.length')).toBe(3);
  await page.goBack();
  expect(page.url()).toMatch(/\/$/);
  await page.goForward();
  expect(page.url()).toMatch(/\/register$/);
  expect(await page.content()).not.toContain(token);
  await page.locator('main a[href^="/register/decline"]').click();
  await page.waitForURL('**/register/decline?*');
  expect(seen.map(({ url }) => url)).toContain(new URL(page.url()).pathname + new URL(page.url()).search);
  expect(seen.filter(({ url }) => url?.includes(token))).toHaveLength(1);
  expect(seen.filter(({ rawHeaders }) => rawHeaders.join('\n').includes(token))).toEqual([]);
  const referers = seen.flatMap(({ headers }) => headers.referer ?? []);
  expect(referers).toContain(new URL('/register', page.url()).href);
});

it('the link to hand on is shown once, and its button copies it', async () => {
  const session = await openBrowser();
  const { page, context } = session;
  await switchUser(session, await signInStaff('admin'));
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/admin/invitations/new');
  await page.fill('[name=email]', 'handed@example.org');
  await page.getByText('More choices').click();
  await page.check('[name=delivery][value=link]');
  await button(page, 'Invite').click();
  await page.waitForURL(/\/admin\/invitations\/(?!new)[\w-]+$/);
  const link = await page.locator('#invitation-link').inputValue();
  expect(link).toMatch(/\/register\?token=[\w-]{66}$/);
  await page.getByRole('button', { name: /^Copy/ }).click();
  await page.getByText('Copied').waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(link);
  await page.reload();
  expect(await page.content()).not.toContain(new URL(link).searchParams.get('token'));
});

it('the words about a password change with it, and what judges it is fetched only when it is needed', async () => {
  const { url } = await createTestInvitation('choosy@example.org');
  const { page, requests } = await openBrowser();
  await page.goto(url);
  await page.waitForLoadState('networkidle');
  const judges = () => requests.filter((request) => request.url().includes('password-guesser'));
  expect(judges()).toHaveLength(0);
  const words = page.locator('.strength-words');
  const field = page.locator('[name=password]');
  await field.focus();
  await expect.poll(() => judges().length).toBe(1);
  const said: string[] = [];
  for (const typed of ['quiet', 'password1234', 'choosy@example.org', validPassword, '']) {
    const before = await words.innerText();
    await field.fill(typed);
    await expect.poll(() => words.innerText()).not.toBe(before);
    said.push(await words.innerText());
  }
  expect(said).toEqual([
    expect.stringContaining('7 more'),
    expect.stringContaining('Too easy'),
    expect.stringContaining('not your address'),
    expect.stringMatching(/Good|Strong/),
    '',
  ]);
});
