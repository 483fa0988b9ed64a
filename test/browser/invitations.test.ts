import { expect, it } from 'vitest';
import { startBulkAction } from '../../src/invitations/bulk-actions/run.ts';
import { switchUser, useBrowser } from '../support/browser.ts';
import { createTestInvitation, runJobs, signInStaff } from '../support/fixtures.ts';

const openBrowser = useBrowser();

it('the list of invitations updates while typing, and a checkbox selects the whole page', async () => {
  for (let n = 0; n < 12; n += 1) await createTestInvitation(`live${n}@example.org`);
  const session = await openBrowser();
  await switchUser(session, await signInStaff('admin'));
  await session.page.goto('/admin/invitations');
  await session.page.fill('#q', 'live1');
  await session.page.locator('.count', { hasText: '3 invitations' }).waitFor();
  expect(await session.page.locator('.chips').innerText()).toContain('“live1”');
  await session.page.check('[data-select-all]');
  expect(await session.page.locator('input[name=id]:checked').count()).toBe(3);
  await session.page.getByRole('button', { name: 'Revoke' }).click();
  await session.page.getByRole('heading', { name: 'Revoke 3 invitations' }).waitFor();
});

it('the progress bar of a bulk action updates until the action has finished', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 51; n += 1) ids.push((await createTestInvitation(`bar${n}@example.org`)).invitation.id);
  const given = { type: 'extend', selection: { ids }, reason: null, days: 3 } as const;
  const { id } = await startBulkAction(given, { kind: 'system' });
  const session = await openBrowser();
  await switchUser(session, await signInStaff('support'));
  await session.page.goto(`/admin/bulk-actions/${id}`);
  expect(await session.page.locator('progress').count()).toBe(1);
  await runJobs();
  await session.page.getByText('51 invitations were given more time.').waitFor();
  expect(await session.page.locator('progress').count()).toBe(0);
});

it('the progress page redirects to the sign-in page after the session has ended', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 51; n += 1) ids.push((await createTestInvitation(`out${n}@example.org`)).invitation.id);
  const given = { type: 'extend', selection: { ids }, reason: null, days: 3 } as const;
  const { id } = await startBulkAction(given, { kind: 'system' });
  const session = await openBrowser();
  await switchUser(session, await signInStaff('support'));
  await session.page.goto(`/admin/bulk-actions/${id}`);
  await switchUser(session);
  await session.page.waitForURL('**/sign-in?*');
  expect(await session.page.locator('h1').count()).toBe(1);
});

it.each(['/admin/people', '/admin/mail'])('the list at %s updates while typing', async (path) => {
  const session = await openBrowser();
  await createTestInvitation(`typed${path.length}@example.org`);
  await switchUser(session, await signInStaff('admin'));
  await session.page.goto(path);
  await session.page.locator('#found tbody').waitFor();
  await session.page.fill('#q', 'zzzzzz');
  await session.page.locator('#found tbody').waitFor({ state: 'detached' });
  expect(await session.page.locator('h1').count()).toBe(1);
});

it('a failed address check doesn’t leave the previous result on the page', async () => {
  await createTestInvitation('stale@example.org');
  const session = await openBrowser();
  await switchUser(session, await signInStaff('admin'));
  await session.page.goto('/admin/invitations/new');
  await session.page.fill('#email', 'stale@example.org');
  await session.page.getByText('that invitation is still open').waitFor();
  await session.page.route('**/admin/invitations/preview?**', (route) =>
    route.fulfill({ status: 503, contentType: 'text/html', body: '<!doctype html><title>Away</title>' }),
  );
  await session.page.fill('#email', 'another@example.org');
  await session.page.getByText('We couldn’t look this up just now').waitFor();
  expect(await session.page.getByText('that invitation is still open').count()).toBe(0);
  await session.page.unroute('**/admin/invitations/preview?**');
  await session.page.fill('#email', 'third@example.org');
  await session.page.getByText('What we know about third@example.org').waitFor();
  await switchUser(session);
  await session.page.fill('#message', 'still here');
  await session.page.fill('#email', 'fourth@example.org');
  await session.page.getByText('You’ve been signed out').waitFor();
  expect(await session.page.inputValue('#message')).toBe('still here');
});
