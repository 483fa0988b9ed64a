import { expect, it } from 'vitest';
import {
  notifyInvitersOfFailures,
  setInviterNotification,
} from '../../src/invitations/inviter-notification.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  latestMail,
  newVisitor,
  runJobs,
  validPassword,
} from '../support/fixtures.ts';

let inviterCount = 0;

async function inviteWithNotification(email: string) {
  inviterCount += 1;
  const inviter = await createTestAccount(`inviter${inviterCount}@example.org`, 'admin', 'Ada Office');
  const actor = { kind: 'account', accountId: inviter.id, ip: null, requestId: null } as const;
  const { invitation, url } = await createTestInvitation(email, { notifyInviter: true }, actor);
  return { inviter, actor, invitation, url };
}

async function register(url: string) {
  const visitor = newVisitor();
  await visitor.open(url);
  await visitor.submit('/register', { name: 'Amma Owusu', password: validPassword });
}

const countMails = async (email: string, template: string) =>
  (await queryRows('select 1 from messages where recipient = $1 and template = $2', [email, template]))
    .length;

it('notifies the inviter once of an acceptance, with the name and no secret', async () => {
  const { inviter, url, invitation } = await inviteWithNotification('happy@example.org');
  await register(url);
  const mail = await latestMail(inviter.email);
  expect(mail.subject).toContain('happy@example.org has accepted');
  expect(mail.text).toContain('Amma Owusu (happy@example.org)');
  expect(mail.links).toEqual([expect.stringMatching(new RegExp(`/admin/invitations/${invitation.id}$`))]);
  expect(await countMails(inviter.email, 'invitation-accepted')).toBe(1);
});

it('notifies the inviter once of a bounce, also with concurrent workers', async () => {
  const { inviter, invitation } = await inviteWithNotification('typo@example.org');
  await runJobs();
  await queryRows('update invitations set bounced_at = now() where id = $1', [invitation.id]);
  await Promise.all([notifyInvitersOfFailures(), notifyInvitersOfFailures(), notifyInvitersOfFailures()]);
  await notifyInvitersOfFailures();
  expect(await countMails(inviter.email, 'invitation-bounced')).toBe(1);
  const mail = await latestMail(inviter.email);
  expect(mail.subject).toContain('typo@example.org');
  expect(mail.text).toContain('typing mistake in the address');
});

it('does not notify inviters who turned it off or left the staff', async () => {
  const changed = await inviteWithNotification('changed@example.org');
  await setInviterNotification(changed.invitation.id, false, changed.actor);
  const left = await inviteWithNotification('left@example.org');
  await queryRows('update accounts set staff_role = null where id = $1', [left.inviter.id]);
  for (const { url } of [changed, left]) await register(url);
  await runJobs();
  for (const { inviter } of [changed, left])
    expect(await countMails(inviter.email, 'invitation-accepted')).toBe(0);
});

it('lets only the inviter turn it on', async () => {
  const { invitation, actor } = await inviteWithNotification('private@example.org');
  const other = await createTestAccount('curious@example.org', 'admin');
  await expect(
    setInviterNotification(invitation.id, true, { ...actor, accountId: other.id }),
  ).rejects.toThrow('Only the person who sent the invitation');
  await expect(setInviterNotification(invitation.id, true, { kind: 'system' })).rejects.toThrow(
    'Only the person who sent the invitation',
  );
});
