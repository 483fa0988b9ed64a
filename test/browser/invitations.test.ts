import { expect, it } from 'vitest';
import { startBulkAction } from '../../src/invitations/bulk-actions/bulk-action.ts';
import { switchUser, useBrowser } from '../support/browser.ts';
import { createTestInvitation, runJobs, signInStaff } from '../support/fixtures.ts';

const visit = useBrowser();

it('the list follows what is typed, and the box ticks a whole page', async () => {
  for (let n = 0; n < 12; n += 1) await createTestInvitation(`live${n}@example.org`);
  const seat = await visit();
  await switchUser(seat, await signInStaff('admin'));
  await seat.page.goto('/admin/invitations');
  await seat.page.fill('#q', 'live1');
  await seat.page.locator('.count', { hasText: '3 invitations' }).waitFor();
  expect(await seat.page.locator('.chips').innerText()).toContain('“live1”');
  await seat.page.check('[data-choose-all]');
  expect(await seat.page.locator('input[name=id]:checked').count()).toBe(3);
  await seat.page.getByRole('button', { name: 'Revoke …' }).click();
  await seat.page.getByRole('heading', { name: 'Revoke 3 invitations' }).waitFor();
});

it('the bar of a large act moves by itself until the act has ended', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 51; n += 1) ids.push((await createTestInvitation(`bar${n}@example.org`)).invitation.id);
  const given = { act: 'extend', selection: { ids }, reason: null, days: 3 } as const;
  const { id } = await startBulkAction(given, { kind: 'system' });
  const seat = await visit();
  await switchUser(seat, await signInStaff('support'));
  await seat.page.goto(`/admin/bulk-acts/${id}`);
  expect(await seat.page.locator('progress').count()).toBe(1);
  await runJobs();
  await seat.page.getByText('51 invitations are extended.').waitFor();
  expect(await seat.page.locator('progress').count()).toBe(0);
});

it('whoever was signed out while watching is led to signing in, and nothing is put into the page', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 51; n += 1) ids.push((await createTestInvitation(`out${n}@example.org`)).invitation.id);
  const given = { act: 'extend', selection: { ids }, reason: null, days: 3 } as const;
  const { id } = await startBulkAction(given, { kind: 'system' });
  const seat = await visit();
  await switchUser(seat, await signInStaff('support'));
  await seat.page.goto(`/admin/bulk-acts/${id}`);
  await switchUser(seat);
  await seat.page.waitForURL('**/sign-in?*');
  expect(await seat.page.locator('h1').count()).toBe(1);
});

it.each(['/admin/people', '/admin/mail'])('the list at %s follows what is typed', async (path) => {
  const seat = await visit();
  await createTestInvitation(`typed${path.length}@example.org`);
  await switchUser(seat, await signInStaff('admin'));
  await seat.page.goto(path);
  await seat.page.locator('#found tbody').waitFor();
  await seat.page.fill('#q', 'nobody-of-that-name');
  await seat.page.locator('#found tbody').waitFor({ state: 'detached' });
  expect(await seat.page.locator('h1').count()).toBe(1);
});

it('an answer that doesn’t come is not mistaken for the one before', async () => {
  await createTestInvitation('stale@example.org');
  const seat = await visit();
  await switchUser(seat, await signInStaff('admin'));
  await seat.page.goto('/admin/invitations/new');
  await seat.page.fill('#email', 'stale@example.org');
  await seat.page.getByText('for this address is still open').waitFor();
  await seat.page.route('**/admin/invitations/preview?**', (route) =>
    route.fulfill({ status: 503, contentType: 'text/html', body: '<!doctype html><title>Away</title>' }),
  );
  await seat.page.fill('#email', 'another@example.org');
  await seat.page.getByText('could not be looked up just now').waitFor();
  expect(await seat.page.getByText('for this address is still open').count()).toBe(0);
  await seat.page.unroute('**/admin/invitations/preview?**');
  await seat.page.fill('#email', 'third@example.org');
  await seat.page.getByText('What we know about third@example.org').waitFor();
  await switchUser(seat);
  await seat.page.fill('#message', 'still here');
  await seat.page.fill('#email', 'fourth@example.org');
  await seat.page.getByText('You were signed out meanwhile').waitFor();
  expect(await seat.page.inputValue('#message')).toBe('still here');
});
