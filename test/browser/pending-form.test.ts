import { expect, it } from 'vitest';
import { openInvitationFor } from '../../src/invitations/invitation.ts';
import { sitDown, useBrowser } from '../support/browser.ts';
import { goodPassword, staff } from '../support/cast.ts';
import { rows } from '../support/database.ts';

const visit = useBrowser();

it('a form that was left open overnight is signed in for, comes back filled in, and is sent', async () => {
  const seat = await visit();
  await sitDown(seat, await staff('admin'));
  const { page } = seat;
  await page.goto('/admin/invitations/new');
  await page.fill('[name=email]', 'overnight@example.org');
  await page.fill('[name=message]', 'Good morning,\n\nsee you in “May”.');
  await page.getByText('More choices').click();
  await page.fill('[name=validityDays]', '21');
  await page.getByText('Write to me when it is accepted').click();
  await rows('delete from sessions');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText('Sign in, and your form comes back as you left it.').waitFor();
  await page.fill('[name=email]', 'admin@example.org');
  await page.fill('[name=password]', goodPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Check it and send it again.').waitFor();
  expect(new URL(page.url()).pathname).toBe('/admin/invitations/new');
  expect(await page.inputValue('[name=message]')).toBe('Good morning,\n\nsee you in “May”.');
  expect(await page.inputValue('[name=validityDays]')).toBe('21');
  expect(await page.getByLabel('Write to me when it is accepted').isChecked()).toBe(true);
  expect(await openInvitationFor('overnight@example.org')).toBeNull();
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText('overnight@example.org is invited.').waitFor();
  expect((await openInvitationFor('overnight@example.org'))?.status).toBe('pending');
});

it('a form of somebody who has signed out in another tab never acts for whoever is there now', async () => {
  await staff('support');
  const seat = await visit();
  await sitDown(seat, await staff('admin'));
  const { page } = seat;
  await page.goto('/admin/invitations/new');
  await page.fill('[name=email]', 'whose@example.org');
  await sitDown(seat, await staff('support'));
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByRole('heading', { name: 'This form was filled in by another account' }).waitFor();
  await page.getByRole('button', { name: 'Sign out and continue' }).click();
  await page.fill('[name=email]', 'admin@example.org');
  await page.fill('[name=password]', goodPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Check it and send it again.').waitFor();
  expect(await page.inputValue('[name=email]')).toBe('whose@example.org');
  expect(await openInvitationFor('whose@example.org')).toBeNull();
});
