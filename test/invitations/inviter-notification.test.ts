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

let people = 0;

async function watched(email: string) {
  people += 1;
  const inviter = await createTestAccount(`inviter${people}@example.org`, 'admin', 'Ada Office');
  const actor = { kind: 'account', accountId: inviter.id, ip: null, requestId: null } as const;
  const { invitation, url } = await createTestInvitation(email, { notifyInviter: true }, actor);
  return { inviter, actor, invitation, url };
}

async function register(url: string) {
  const visitor = newVisitor();
  await visitor.open(url);
  await visitor.submit('/register', { name: 'Amma Owusu', password: validPassword });
}

const told = async (email: string, template: string) =>
  (await queryRows('select 1 from messages where recipient = $1 and template = $2', [email, template]))
    .length;

it('whoever wished so is told once of an acceptance, with the name and no secret', async () => {
  const { inviter, url, invitation } = await watched('happy@example.org');
  await register(url);
  const mail = await latestMail(inviter.email);
  expect(mail.subject).toContain('happy@example.org has accepted');
  expect(mail.text).toContain('Amma Owusu (happy@example.org)');
  expect(mail.links).toEqual([expect.stringMatching(new RegExp(`/admin/invitations/${invitation.id}$`))]);
  expect(await told(inviter.email, 'invitation-accepted')).toBe(1);
});

it('whoever wished so is told once of a bounce, however many workers there are', async () => {
  const { inviter, invitation } = await watched('typo@example.org');
  await runJobs();
  await queryRows('update invitations set bounced_at = now() where id = $1', [invitation.id]);
  await Promise.all([notifyInvitersOfFailures(), notifyInvitersOfFailures(), notifyInvitersOfFailures()]);
  await notifyInvitersOfFailures();
  expect(await told(inviter.email, 'invitation-bounced')).toBe(1);
  const mail = await latestMail(inviter.email);
  expect(mail.subject).toContain('typo@example.org');
  expect(mail.text).toContain('slip in the address');
});

it('nobody is told who changed their mind, was not asked, or left the staff', async () => {
  const changed = await watched('changed@example.org');
  await setInviterNotification(changed.invitation.id, false, changed.actor);
  const left = await watched('left@example.org');
  await queryRows('update accounts set staff_role = null where id = $1', [left.inviter.id]);
  for (const { url } of [changed, left]) await register(url);
  await runJobs();
  for (const { inviter } of [changed, left]) expect(await told(inviter.email, 'invitation-accepted')).toBe(0);
});

it('only the inviter can watch', async () => {
  const { invitation, actor } = await watched('private@example.org');
  const other = await createTestAccount('curious@example.org', 'admin');
  await expect(
    setInviterNotification(invitation.id, true, { ...actor, accountId: other.id }),
  ).rejects.toThrow('Only whoever invited');
  await expect(setInviterNotification(invitation.id, true, { kind: 'system' })).rejects.toThrow(
    'Only whoever invited',
  );
});
