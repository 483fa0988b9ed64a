import {
  createTestInvitation,
  expireInvitation,
  latestMail,
  runJobs,
  signInStaff,
} from '../../support/fixtures.ts';
import { revoke } from '../../support/operations.ts';
import { at, newAddress, opened, press, type Sit, type Stop } from './stop.ts';

async function manyInvitations(): Promise<void> {
  for (let made = 0; made < 30; made += 1) await createTestInvitation(newAddress(), { message: 'Dear Amma' });
  await expireInvitation((await createTestInvitation(newAddress())).invitation.id);
  await revoke((await createTestInvitation(newAddress())).invitation.id, 'a wrong address', {
    kind: 'system',
  });
  const visitor = await opened(
    (await createTestInvitation('a-very-long-address.of.somebody@long-name.example.org')).url,
  );
  await visitor.open('/register/decline');
  await visitor.submit('/register/decline', { reason: 'not-me' });
}

async function invitation(sit: Sit, path = '') {
  const email = newAddress();
  const { invitation: made } = await createTestInvitation(email, {
    message: 'Dear Amma,\n\nsee you in May.',
  });
  await runJobs();
  return at(await sit(await signInStaff('admin')), `/admin/invitations/${made.id}${path}`);
}

async function inviting(sit: Sit, email: string) {
  const page = await at(await sit(await signInStaff('admin')), '/admin/invitations/new');
  await page.fill('[name=email]', email);
  return page;
}

/** The staff's pages, and the mailbox of the demo. */
export const staffStops: readonly Stop[] = [
  [
    'many invitations',
    async (sit) => {
      await manyInvitations();
      return at(await sit(await signInStaff('admin')), '/admin/invitations');
    },
  ],
  [
    'the second page of invitations, as support sees it',
    async (sit) => {
      const page = await at(await sit(await signInStaff('support')), '/admin/invitations?sort=status');
      await page.locator('main nav a', { hasText: 'Next' }).click();
      await page.waitForURL(/after=/);
      return page;
    },
  ],
  [
    'a search that finds nothing',
    async (sit) => at(await sit(await signInStaff('admin')), '/admin/invitations?q=nobody&status=revoked'),
  ],
  ['inviting', async (sit) => at(await sit(await signInStaff('admin')), '/admin/invitations/new')],
  ['inviting with a mistake', async (sit) => press(await inviting(sit, 'nobody'), 'Invite')],
  [
    'inviting somebody twice',
    async (sit) => {
      const email = newAddress();
      await createTestInvitation(email);
      return press(await inviting(sit, email), 'Invite');
    },
  ],
  [
    'an invitation as a link to hand on',
    async (sit) => {
      const page = await inviting(sit, newAddress());
      await page.getByText('More choices').click();
      await page.check('[name=delivery][value=link]');
      return press(page, 'Invite');
    },
  ],
  ['an invitation', (sit) => invitation(sit)],
  [
    'an invitation, revoked',
    async (sit) => {
      const { invitation: made } = await createTestInvitation(newAddress());
      await revoke(made.id, 'a wrong address', { kind: 'system' });
      return at(await sit(await signInStaff('support')), `/admin/invitations/${made.id}`);
    },
  ],
  ['revoking', (sit) => invitation(sit, '/revocation')],
  [
    'the mailbox',
    async (sit) => {
      await runJobs();
      return at(await sit(), '/dev/mailbox');
    },
  ],
  [
    'a mail in the mailbox',
    async (sit) => {
      const email = newAddress();
      await createTestInvitation(email, { message: 'Dear Amma,\n\nsee you in May.' });
      return at(await sit(), `/dev/mailbox/${(await latestMail(email)).id}`);
    },
  ],
];
