import {
  createTestInvitation,
  expireInvitation,
  latestMail,
  runJobs,
  signInStaff,
  uniqueAddress,
} from '../../support/fixtures.ts';
import { revoke } from '../../support/operations.ts';
import { goTo, type OpenAs, pressButton, type TestPage, visitorWithOpenedLink } from './page.ts';

async function manyInvitations(): Promise<void> {
  for (let made = 0; made < 30; made += 1)
    await createTestInvitation(uniqueAddress(), { message: 'Dear Amma' });
  await expireInvitation((await createTestInvitation(uniqueAddress())).invitation.id);
  await revoke((await createTestInvitation(uniqueAddress())).invitation.id, 'a wrong address', {
    kind: 'system',
  });
  const visitor = await visitorWithOpenedLink(
    (await createTestInvitation('a-very-long-address.of.somebody@long-name.example.org')).url,
  );
  await visitor.open('/register/decline');
  await visitor.submit('/register/decline', { reason: 'not-me' });
}

async function invitation(openAs: OpenAs, path = '') {
  const email = uniqueAddress();
  const { invitation: made } = await createTestInvitation(email, {
    message: 'Dear Amma,\n\nsee you in May.',
  });
  await runJobs();
  return goTo(await openAs(await signInStaff('admin')), `/admin/invitations/${made.id}${path}`);
}

async function inviting(openAs: OpenAs, email: string) {
  const page = await goTo(await openAs(await signInStaff('admin')), '/admin/invitations/new');
  await page.fill('[name=email]', email);
  return page;
}

/** The staff's pages, and the mailbox of the demo. */
export const staffPages: readonly TestPage[] = [
  [
    'many invitations',
    async (openAs) => {
      await manyInvitations();
      return goTo(await openAs(await signInStaff('admin')), '/admin/invitations');
    },
  ],
  [
    'the second page of invitations, as support sees it',
    async (openAs) => {
      const page = await goTo(await openAs(await signInStaff('support')), '/admin/invitations?sort=status');
      await page.locator('main nav a', { hasText: 'Next' }).click();
      await page.waitForURL(/after=/);
      return page;
    },
  ],
  [
    'a search that finds nothing',
    async (openAs) =>
      goTo(await openAs(await signInStaff('admin')), '/admin/invitations?q=nobody&status=revoked'),
  ],
  ['inviting', async (openAs) => goTo(await openAs(await signInStaff('admin')), '/admin/invitations/new')],
  ['inviting with a mistake', async (openAs) => pressButton(await inviting(openAs, 'nobody'), 'Invite')],
  [
    'inviting somebody twice',
    async (openAs) => {
      const email = uniqueAddress();
      await createTestInvitation(email);
      return pressButton(await inviting(openAs, email), 'Invite');
    },
  ],
  [
    'an invitation as a link to hand on',
    async (openAs) => {
      const page = await inviting(openAs, uniqueAddress());
      await page.getByText('More choices').click();
      await page.check('[name=delivery][value=link]');
      return pressButton(page, 'Invite');
    },
  ],
  ['an invitation', (openAs) => invitation(openAs)],
  [
    'an invitation, revoked',
    async (openAs) => {
      const { invitation: made } = await createTestInvitation(uniqueAddress());
      await revoke(made.id, 'a wrong address', { kind: 'system' });
      return goTo(await openAs(await signInStaff('support')), `/admin/invitations/${made.id}`);
    },
  ],
  ['revoking', (openAs) => invitation(openAs, '/revocation')],
  [
    'the mailbox',
    async (openAs) => {
      await runJobs();
      return goTo(await openAs(), '/dev/mailbox');
    },
  ],
  [
    'a mail in the mailbox',
    async (openAs) => {
      const email = uniqueAddress();
      await createTestInvitation(email, { message: 'Dear Amma,\n\nsee you in May.' });
      return goTo(await openAs(), `/dev/mailbox/${(await latestMail(email)).id}`);
    },
  ],
];
