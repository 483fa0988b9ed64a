import { expect, it } from 'vitest';
import { findOpenInvitation } from '../../src/invitations/invitation.ts';
import { switchUser, useBrowser } from '../support/browser.ts';
import { queryRows } from '../support/database.ts';
import { signInStaff, validPassword } from '../support/fixtures.ts';

const openBrowser = useBrowser();

it('a form whose session has expired is restored after signing in', async () => {
  const session = await openBrowser();
  await switchUser(session, await signInStaff('admin'));
  const { page } = session;
  await page.goto('/admin/invitations/new');
  await page.fill('[name=email]', 'overnight@example.org');
  await page.fill('[name=message]', 'Good morning,\n\nsee you in “May”.');
  await page.getByText('More options').click();
  await page.fill('[name=validityDays]', '21');
  await page.getByText('Notify me when it’s accepted').click();
  await queryRows('delete from sessions');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText('Sign in, and your form will be as you left it.').waitFor();
  await page.fill('[name=email]', 'admin@example.org');
  await page.fill('[name=password]', validPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Check it and send it again.').waitFor();
  expect(new URL(page.url()).pathname).toBe('/admin/invitations/new');
  expect(await page.inputValue('[name=message]')).toBe('Good morning,\n\nsee you in “May”.');
  expect(await page.inputValue('[name=validityDays]')).toBe('21');
  expect(await page.getByLabel('Notify me when it’s accepted').isChecked()).toBe(true);
  expect(await findOpenInvitation('overnight@example.org')).toBeNull();
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText('You’ve invited overnight@example.org.').waitFor();
  expect((await findOpenInvitation('overnight@example.org'))?.status).toBe('pending');
});

it('a form filled in by one account is never sent by another', async () => {
  await signInStaff('support');
  const session = await openBrowser();
  await switchUser(session, await signInStaff('admin'));
  const { page } = session;
  await page.goto('/admin/invitations/new');
  await page.fill('[name=email]', 'whose@example.org');
  await switchUser(session, await signInStaff('support'));
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByRole('heading', { name: 'This form was filled in with another account' }).waitFor();
  await page.getByRole('button', { name: 'Sign out and continue' }).click();
  await page.fill('[name=email]', 'admin@example.org');
  await page.fill('[name=password]', validPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Check it and send it again.').waitFor();
  expect(await page.inputValue('[name=email]')).toBe('whose@example.org');
  expect(await findOpenInvitation('whose@example.org')).toBeNull();
});
