import { beforeEach, describe, expect, it } from 'vitest';
import { recordExpiries } from '../../src/invitations/expiry.ts';
import { getInvitation } from '../../src/invitations/invitation.ts';
import { linkUrl } from '../../src/invitations/link.ts';
import { sendInvitationReminders } from '../../src/invitations/reminders.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRows } from '../support/database.ts';
import { createTestInvitation, latestMail, linkInMail, newVisitor, runJobs } from '../support/fixtures.ts';
import { type Issued, resend, revoke } from '../support/operations.ts';

const system = { kind: 'system' } as const;

/** Moves an invitation of seven days in time, so that it expires in `days` days. Negative: it expired before. */
async function setDaysLeft({ invitation }: Issued, days: number): Promise<void> {
  await queryRows(
    `update invitations set expires_at = now() + make_interval(hours => $2),
       created_at = now() + make_interval(hours => $2) - interval '7 days' where id = $1`,
    [invitation.id, Math.round(days * 24)],
  );
  await recordExpiries();
}

async function countReminders(email: string, template: string): Promise<number> {
  return (await queryRows('select 1 from messages where recipient = $1 and template = $2', [email, template]))
    .length;
}

async function remindConcurrently() {
  await Promise.all([sendInvitationReminders(), sendInvitationReminders()]);
  await sendInvitationReminders();
}

beforeEach(async () => {
  await queryRows('update settings set remind_days_before = 3, remind_days_after = 1 returning only_row');
});

describe('a reminder before the expiry', () => {
  it('is sent once by concurrent workers, with the current link', async () => {
    const issued = await createTestInvitation('soon@example.org', { message: 'Come home' });
    await runJobs();
    await setDaysLeft(issued, 2.9);
    await remindConcurrently();
    expect(await countReminders('soon@example.org', 'invitation-reminder')).toBe(1);
    const mail = await latestMail('soon@example.org');
    expect(mail.subject).toMatch(/^Reminder: /);
    expect(mail.text).toContain('> Come home');
    expect(linkInMail(mail)).toBe(linkUrl(signLinkToken('invitation', issued.linkId)));
    expect((await newVisitor().open(linkInMail(mail))).status).toBe(200);
  });

  it('is not sent too early, for ended, shared, bounced, suppressed or short invitations, or when reminders are turned off', async () => {
    const early = await createTestInvitation('early@example.org');
    await setDaysLeft(early, 3.1);
    const revoked = await createTestInvitation('closed@example.org');
    await setDaysLeft(revoked, 2);
    await revoke(revoked.invitation.id, null, system);
    const shared = await createTestInvitation('handed@example.org', { delivery: 'link' });
    await setDaysLeft(shared, 2);
    const bounced = await createTestInvitation('bounced@example.org');
    await setDaysLeft(bounced, 2);
    await queryRows('update invitations set bounced_at = now() where id = $1', [bounced.invitation.id]);
    const suppressed = await createTestInvitation('peace@example.org');
    await setDaysLeft(suppressed, 2);
    await suppress([{ email: 'peace@example.org', kind: 'unsubscribed' }], system);
    const short = await createTestInvitation('short@example.org', { validityDays: 2 });
    await remindConcurrently();
    const turnedOff = await createTestInvitation('off@example.org');
    await setDaysLeft(turnedOff, 2);
    await queryRows('update settings set remind_days_before = 0 returning only_row');
    await remindConcurrently();
    for (const { invitation } of [early, revoked, shared, bounced, suppressed, short, turnedOff])
      expect(await countReminders(invitation.email, 'invitation-reminder')).toBe(0);
    expect(await countReminders('peace@example.org', 'invitation-reminder')).toBe(0);
  });

  it('is sent again after a resend, and dropped after a revocation', async () => {
    const issued = await createTestInvitation('again@example.org');
    await setDaysLeft(issued, 2);
    await remindConcurrently();
    await resend(issued.invitation.id, 'mail', system);
    await remindConcurrently();
    expect(await countReminders('again@example.org', 'invitation-reminder')).toBe(1);
    await setDaysLeft(issued, 1);
    await remindConcurrently();
    expect(await countReminders('again@example.org', 'invitation-reminder')).toBe(2);
    await revoke(issued.invitation.id, null, system);
    await runJobs();
    const mails = (await listCapturedMails()).filter(({ to }) => to === 'again@example.org');
    expect(mails).toEqual([]);
  });
});

describe('a reminder after the expiry', () => {
  it('is sent once, with a link to request a new one', async () => {
    const issued = await createTestInvitation('over@example.org');
    await setDaysLeft(issued, -0.9);
    await remindConcurrently();
    expect(await countReminders('over@example.org', 'invitation-expired')).toBe(0);
    await setDaysLeft(issued, -1.1);
    await remindConcurrently();
    expect(await countReminders('over@example.org', 'invitation-expired')).toBe(1);
    const mail = await latestMail('over@example.org');
    expect(mail.subject).toContain('has expired');
    expect(linkInMail(mail)).toMatch(/\/register\/new-link$/);
  });

  it('is not sent for old expiries', async () => {
    await setDaysLeft(await createTestInvitation('long-ago@example.org'), -30);
    await remindConcurrently();
    expect(await countReminders('long-ago@example.org', 'invitation-expired')).toBe(0);
  });
});

it('records the bounce of a reminder on the invitation', async () => {
  const issued = await createTestInvitation('gone@example.org');
  await setDaysLeft(issued, 2);
  await remindConcurrently();
  await queryRows(
    `update messages set bounced_at = now() where recipient = 'gone@example.org' and template = 'invitation-reminder'`,
  );
  expect((await getInvitation(issued.invitation.id)).bouncedAt).not.toBeNull();
});
