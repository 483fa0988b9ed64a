import { createGroup } from '../../../src/groups/group.ts';
import { queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  runJobs,
  signInStaff,
  uniqueAddress,
} from '../../support/fixtures.ts';
import { resend, revoke } from '../../support/operations.ts';
import { goTo, type OpenAs, pressButton, type TestPage } from './page.ts';

const system = { kind: 'system' } as const;

async function asAdmin(openAs: OpenAs, path: string) {
  return goTo(await openAs(await signInStaff('admin')), path);
}

/** Creates an address with records, an account, invitations and a bounce. */
async function createKnownAddress(): Promise<string> {
  const email = uniqueAddress();
  const year = new Date().getUTCFullYear();
  for (const [lastName, yearOfBirth] of [
    ['Owusu', 1984],
    ['Mensah', year - 16],
    ['Boateng', year - 10],
    ['Asante', null],
  ] as const)
    await createTestRecord(email, { lastName, yearOfBirth });
  await createTestAccount(email, null, 'Amma Owusu');
  await revoke((await createTestInvitation(email)).invitation.id, 'a wrong list', system);
  await createTestInvitation(email);
  await runJobs();
  await queryRows(
    'update messages set sent_at = null, bounced_at = now() where sent_at is not null and recipient = $1',
    [email],
  );
  return email;
}

/** Creates an invitation with events of every kind. */
async function createEventfulInvitation(): Promise<string> {
  const email = uniqueAddress();
  await createTestRecord(email);
  const { invitation, linkId } = await createTestInvitation(email, {
    delivery: 'link',
    message: 'Reunion in May.',
  });
  const newer = await resend(invitation.id, 'mail', system);
  await runJobs();
  await queryRows(
    `insert into link_opens (link_id, invitation_id, kind, detail, open_count, last_at) values
       ($1, $3, 'invalid', 'Safari, iPhone', 1, now()), ($2, $3, 'scanner', 'Unknown browser', 40, now()),
       ($2, $3, 'person', 'Safari, iPhone', 2, now()), ($2, $3, 'form-error', 'name password', 3, now())`,
    [linkId, newer.linkId, invitation.id],
  );
  return invitation.id;
}

/** Inviting one person, and the pages of one invitation. */
export const invitePages: readonly TestPage[] = [
  [
    'inviting an address with a history',
    async (openAs) => asAdmin(openAs, `/admin/invitations/new?email=${await createKnownAddress()}`),
  ],
  [
    'inviting with a typo in the address, and more choices',
    async (openAs) => {
      await createGroup({ name: `Harbour ${uniqueAddress()}`, description: '' }, system);
      const page = await asAdmin(openAs, '/admin/invitations/new');
      await page.fill('[name=email]', 'amma.owusu@gamil.com');
      await page.getByRole('button', { name: 'Use this address' }).waitFor();
      await page.getByText('More options').click();
      return page;
    },
  ],
  [
    'an invitation with a history',
    async (openAs) => asAdmin(openAs, `/admin/invitations/${await createEventfulInvitation()}`),
  ],
  [
    'an expired invitation, for support',
    async (openAs) => {
      const { id } = (await createTestInvitation(uniqueAddress())).invitation;
      await expireInvitation(id);
      return goTo(await openAs(await signInStaff('support')), `/admin/invitations/${id}`);
    },
  ],
  [
    'a bounced invitation, for support',
    async (openAs) => {
      const email = uniqueAddress();
      const { id } = (await createTestInvitation(email)).invitation;
      await queryRows(
        `update messages set bounced_at = now(), last_error = '550 5.1.1 Mailbox unavailable' where recipient = $1`,
        [email],
      );
      return goTo(await openAs(await signInStaff('support')), `/admin/invitations/${id}`);
    },
  ],
  [
    'an invitation, for its inviter',
    async (openAs) => {
      const page = await asAdmin(openAs, '/admin/invitations/new');
      await page.fill('[name=email]', uniqueAddress());
      return pressButton(page, 'Invite');
    },
  ],
  [
    'extending an invitation',
    async (openAs) =>
      asAdmin(
        openAs,
        `/admin/invitations/${(await createTestInvitation(uniqueAddress())).invitation.id}/extension`,
      ),
  ],
  [
    'correcting an address to one that is already invited',
    async (openAs) => {
      const taken = uniqueAddress();
      await createTestInvitation(taken);
      const { id } = (await createTestInvitation(uniqueAddress())).invitation;
      const page = await asAdmin(openAs, `/admin/invitations/${id}/address`);
      await page.fill('[name=email]', taken);
      return pressButton(page, 'Correct and send');
    },
  ],
];
