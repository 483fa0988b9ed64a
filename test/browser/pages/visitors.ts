import type { Page } from 'playwright-core';
import { publishLegalText } from '../../../src/accounts/legal-texts.ts';
import { unsubscribeLink } from '../../../src/invitations/unsubscribe.ts';
import {
  createTestAccount,
  createTestInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  uniqueAddress,
} from '../../support/fixtures.ts';
import { goTo, type OpenAs, pressButton, signedInMember, type TestPage } from './page.ts';

async function openPasswordReset(openAs: OpenAs): Promise<Page> {
  const email = uniqueAddress();
  await createTestAccount(email);
  const visitor = newVisitor();
  await visitor.open('/forgot-password');
  await visitor.submit('/forgot-password', { email });
  return goTo(await openAs(), linkInMail(await latestMail(email)));
}

async function openUnsubscribe(openAs: OpenAs): Promise<Page> {
  const { linkId } = await createTestInvitation(uniqueAddress());
  return goTo(await openAs(), unsubscribeLink(linkId));
}

/** Pages for visitors without an invitation link. */
export const visitorPages: readonly TestPage[] = [
  ['the start page', async (openAs) => goTo(await openAs(), '/')],
  [
    'the terms',
    async (openAs) => {
      const body = '# Your account\n\nDon’t share it.\n\nMore at https://example.org/terms';
      await publishLegalText('terms', body, { kind: 'system' });
      return goTo(await openAs(), '/terms');
    },
  ],
  ['the start page of a member', async (openAs) => goTo(await openAs(await signedInMember()), '/')],
  ['signing in', async (openAs) => goTo(await openAs(), '/sign-in')],
  [
    'signing in with empty fields',
    async (openAs) => pressButton(await goTo(await openAs(), '/sign-in'), 'Sign in'),
  ],
  ['a forgotten password', async (openAs) => goTo(await openAs(), '/forgot-password')],
  [
    'a forgotten password, requested',
    async (openAs) => {
      const page = await goTo(await openAs(), '/forgot-password');
      await page.fill('[name=email]', uniqueAddress());
      return pressButton(page, 'Send me a link');
    },
  ],
  ['the problems of the API', async (openAs) => goTo(await openAs(), '/api/problems')],
  ['a new password', openPasswordReset],
  [
    'a new password that is too short',
    async (openAs) => pressButton(await openPasswordReset(openAs), 'Save my new password'),
  ],
  ['a new link', async (openAs) => goTo(await openAs(), '/register/new-link')],
  [
    'a new link, requested',
    async (openAs) => {
      const page = await goTo(await openAs(), '/register/new-link');
      await page.fill('[name=email]', uniqueAddress());
      return pressButton(page, 'Ask for a new link');
    },
  ],
  ['stopping invitations', openUnsubscribe],
  ['stopped invitations', async (openAs) => pressButton(await openUnsubscribe(openAs), 'Stop writing to me')],
  [
    'allowed invitations',
    async (openAs) => {
      const stopped = await pressButton(await openUnsubscribe(openAs), 'Stop writing to me');
      return pressButton(stopped, 'Undo');
    },
  ],
  [
    'the preview of a link',
    async (openAs) => {
      const page = await openAs();
      await page.setExtraHTTPHeaders({ 'User-Agent': 'WhatsApp/2.23.20.0 A' });
      await goTo(page, (await createTestInvitation(uniqueAddress())).url);
      await page.setExtraHTTPHeaders({});
      return page;
    },
  ],
];
