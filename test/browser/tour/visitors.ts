import type { Page } from 'playwright-core';
import {
  createTestAccount,
  createTestInvitation,
  latestMail,
  linkInMail,
  newVisitor,
} from '../../support/fixtures.ts';
import { at, member, newAddress, press, type Sit, type Stop } from './stop.ts';

async function resetting(sit: Sit): Promise<Page> {
  const email = newAddress();
  await createTestAccount(email);
  const visitor = newVisitor();
  await visitor.open('/forgot-password');
  await visitor.submit('/forgot-password', { email });
  return at(await sit(), linkInMail(await latestMail(email)));
}

/** Pages for people who come by themselves. */
export const visitorStops: readonly Stop[] = [
  ['the start page', async (sit) => at(await sit(), '/')],
  ['the start page of a member', async (sit) => at(await sit(await member()), '/')],
  ['signing in', async (sit) => at(await sit(), '/sign-in')],
  ['signing in with nothing typed', async (sit) => press(await at(await sit(), '/sign-in'), 'Sign in')],
  ['a forgotten password', async (sit) => at(await sit(), '/forgot-password')],
  [
    'a forgotten password, asked for',
    async (sit) => {
      const page = await at(await sit(), '/forgot-password');
      await page.fill('[name=email]', newAddress());
      return press(page, 'Send me a link');
    },
  ],
  ['a new password', resetting],
  ['a new password that is too short', async (sit) => press(await resetting(sit), 'Set this password')],
  ['asking for a new link', async (sit) => at(await sit(), '/register/new-link')],
  [
    'a new link, asked for',
    async (sit) => {
      const page = await at(await sit(), '/register/new-link');
      await page.fill('[name=email]', newAddress());
      return press(page, 'Ask for a new link');
    },
  ],
  [
    'the preview of a link',
    async (sit) => {
      const page = await sit();
      await page.setExtraHTTPHeaders({ 'User-Agent': 'WhatsApp/2.23.20.0 A' });
      await at(page, (await createTestInvitation(newAddress())).url);
      await page.setExtraHTTPHeaders({});
      return page;
    },
  ],
];
