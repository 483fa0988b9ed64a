import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { switchUser, useBrowser } from '../support/browser.ts';
import { createTestInvitation, signInStaff, validPassword } from '../support/fixtures.ts';
import { button, fillInRegistration } from './steps.ts';

const openBrowser = useBrowser();

/** Every request received by servers of this process during the test. */
function recordRequests(): IncomingMessage[] {
  const requests: IncomingMessage[] = [];
  const record = (message: unknown) => requests.push((message as { request: IncomingMessage }).request);
  subscribe('http.server.request.start', record);
  onTestFinished(() => {
    unsubscribe('http.server.request.start', record);
  });
  return requests;
}

it('an opened link is not left in the URL, the history or later requests', async () => {
  const { page } = await openBrowser();
  const requests = recordRequests();
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
  expect(requests.map(({ url }) => url)).toContain(new URL(page.url()).pathname + new URL(page.url()).search);
  expect(requests.filter(({ url }) => url?.includes(token))).toHaveLength(1);
  expect(requests.filter(({ rawHeaders }) => rawHeaders.join('\n').includes(token))).toEqual([]);
  const referers = requests.flatMap(({ headers }) => headers.referer ?? []);
  expect(referers).toContain(new URL('/register', page.url()).href);
});

it('the link to share is shown once and can be copied', async () => {
  const session = await openBrowser();
  const { page, context } = session;
  await switchUser(session, await signInStaff('admin'));
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/admin/invitations/new');
  await page.fill('[name=email]', 'shared@example.org');
  await page.getByText('More options').click();
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

it('the password hint updates while typing, and its script is loaded only on focus', async () => {
  const { url } = await createTestInvitation('choosy@example.org');
  const { page, requests } = await openBrowser();
  await page.goto(url);
  await page.waitForLoadState('networkidle');
  const scriptRequests = () => requests.filter((request) => request.url().includes('password-guesser'));
  expect(scriptRequests()).toHaveLength(0);
  const hint = page.locator('.strength-words');
  const field = page.locator('[name=password]');
  await field.focus();
  await expect.poll(() => scriptRequests().length).toBe(1);
  const hints: string[] = [];
  for (const password of ['quiet', 'password1234', 'choosy@example.org', validPassword, '']) {
    const before = await hint.innerText();
    await field.fill(password);
    await expect.poll(() => hint.innerText()).not.toBe(before);
    hints.push(await hint.innerText());
  }
  expect(hints).toEqual([
    expect.stringContaining('Characters still needed: 7'),
    expect.stringContaining('Too easy'),
    expect.stringContaining('isn’t your name or address'),
    expect.stringMatching(/Good|Strong/),
    '',
  ]);
});
