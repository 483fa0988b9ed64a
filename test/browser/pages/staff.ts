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

async function createManyInvitations(): Promise<void> {
  for (let n = 0; n < 30; n += 1) await createTestInvitation(uniqueAddress(), { message: 'Dear Amma' });
  await expireInvitation((await createTestInvitation(uniqueAddress())).invitation.id);
  await revoke((await createTestInvitation(uniqueAddress())).invitation.id, 'a wrong address', {
    kind: 'system',
  });
  const visitor = await visitorWithOpenedLink(
    (await createTestInvitation('extremely-long-mailbox.firstname@long-name.example.org')).url,
  );
  await visitor.open('/register/decline');
  await visitor.submit('/register/decline', { reason: 'not-me' });
}

async function openInvitation(openAs: OpenAs, path = '') {
  const email = uniqueAddress();
  const { invitation } = await createTestInvitation(email, {
    message: 'Dear Amma,\n\nsee you in May.',
  });
  await runJobs();
  return goTo(await openAs(await signInStaff('admin')), `/admin/invitations/${invitation.id}${path}`);
}

async function fillInInvitation(openAs: OpenAs, email: string) {
  const page = await goTo(await openAs(await signInStaff('admin')), '/admin/invitations/new');
  await page.fill('[name=email]', email);
  return page;
}

/** Invitations, for staff, and the demo's mailbox. */
export const staffPages: readonly TestPage[] = [
  [
    'many invitations',
    async (openAs) => {
      await createManyInvitations();
      return goTo(await openAs(await signInStaff('admin')), '/admin/invitations');
    },
  ],
  [
    'the second page of invitations, for support',
    async (openAs) => {
      const page = await goTo(await openAs(await signInStaff('support')), '/admin/invitations?sort=status');
      await page.locator('main nav a', { hasText: 'Next' }).click();
      await page.waitForURL(/after=/);
      return page;
    },
  ],
  [
    'a search for invitations without results',
    async (openAs) =>
      goTo(await openAs(await signInStaff('admin')), '/admin/invitations?q=nobody&status=revoked'),
  ],
  ['inviting', async (openAs) => goTo(await openAs(await signInStaff('admin')), '/admin/invitations/new')],
  [
    'inviting with an error',
    async (openAs) => pressButton(await fillInInvitation(openAs, 'nobody'), 'Invite'),
  ],
  [
    'inviting an address twice',
    async (openAs) => {
      const email = uniqueAddress();
      await createTestInvitation(email);
      return pressButton(await fillInInvitation(openAs, email), 'Invite');
    },
  ],
  [
    'an invitation with a link to share',
    async (openAs) => {
      const page = await fillInInvitation(openAs, uniqueAddress());
      await page.getByText('More options').click();
      await page.check('[name=delivery][value=link]');
      return pressButton(page, 'Invite');
    },
  ],
  ['an invitation', (openAs) => openInvitation(openAs)],
  [
    'a revoked invitation',
    async (openAs) => {
      const { invitation } = await createTestInvitation(uniqueAddress());
      await revoke(invitation.id, 'a wrong address', { kind: 'system' });
      return goTo(await openAs(await signInStaff('support')), `/admin/invitations/${invitation.id}`);
    },
  ],
  ['revoking an invitation', (openAs) => openInvitation(openAs, '/revocation')],
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
