import { expect, it } from 'vitest';
import { findOpenInvitation } from '../../src/invitations/invitation.ts';
import { phone, switchUser, useBrowser } from '../support/browser.ts';
import { createTestInvitation, createTestRecord, signInStaff } from '../support/fixtures.ts';

const openBrowser = useBrowser();

it('the address check updates while typing and keeps the other fields', async () => {
  await createTestRecord('amma@gmail.com', { lastName: 'Owusu' });
  const session = await openBrowser();
  await switchUser(session, await signInStaff('admin'));
  const { page } = session;
  await page.goto('/admin/invitations/new');
  expect(await page.locator('.known').count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Check this address' }).isVisible()).toBe(false);
  await page.fill('[name=message]', 'See you in May.');
  await page.locator('[name=email]').pressSequentially('amma@gamil.com');
  await page.getByText('No alumni record has this address').waitFor();
  await page.getByRole('button', { name: 'Use this address' }).click();
  await page.locator('.known-people', { hasText: 'Amma Owusu' }).waitFor();
  expect(await page.inputValue('[name=email]')).toBe('amma@gmail.com');
  expect(await page.inputValue('[name=message]')).toBe('See you in May.');
  await page.fill('[name=email]', '');
  await page.locator('.known').waitFor({ state: 'detached' });
  expect(new URL(page.url()).search).toBe('');
});

it('an open invitation can be replaced on a phone', async () => {
  await createTestInvitation('again@example.org');
  const session = await openBrowser(phone);
  await switchUser(session, await signInStaff('admin'));
  const { page } = session;
  await page.goto('/admin/invitations/new');
  await page.fill('[name=email]', 'again@example.org');
  await page.getByText('that invitation is still open').waitFor();
  await page.getByText('More options').click();
  await page.getByText('Create a link to share').click();
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText('Revoke the earlier invitation and invite again').click();
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await page.locator('#invitation-link').inputValue();
  expect(link).toMatch(/\/register\?token=[\w-]{66}$/);
  expect((await findOpenInvitation('again@example.org'))?.status).toBe('pending');
  await page.reload();
  expect(await page.locator('#invitation-link').count()).toBe(0);
});
