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

/** Moves an invitation in time: `days` are left of its seven, or have passed since when negative. */
async function withDaysLeft({ invitation }: Issued, days: number): Promise<void> {
  await queryRows(
    `update invitations set expires_at = now() + make_interval(hours => $2),
       created_at = now() + make_interval(hours => $2) - interval '7 days' where id = $1`,
    [invitation.id, Math.round(days * 24)],
  );
  await recordExpiries();
}

async function remindersOf(email: string, template: string): Promise<number> {
  return (await queryRows('select 1 from messages where recipient = $1 and template = $2', [email, template]))
    .length;
}

async function everybody() {
  await Promise.all([sendInvitationReminders(), sendInvitationReminders()]);
  await sendInvitationReminders();
}

beforeEach(async () => {
  await queryRows('update settings set remind_days_before = 3, remind_days_after = 1 returning only_row');
});

describe('a reminder before the expiry', () => {
  it('goes out once, however many workers there are, with the link that works', async () => {
    const made = await createTestInvitation('soon@example.org', { message: 'Come home' });
    await runJobs();
    await withDaysLeft(made, 2.9);
    await everybody();
    expect(await remindersOf('soon@example.org', 'invitation-reminder')).toBe(1);
    const mail = await latestMail('soon@example.org');
    expect(mail.subject).toContain('reminder');
    expect(mail.text).toContain('> Come home');
    expect(linkInMail(mail)).toBe(linkUrl(signLinkToken('invitation', made.linkId)));
    expect((await newVisitor().open(linkInMail(mail))).status).toBe(200);
  });

  it('is not due before its day, for whatever is closed, handed on, bounced or unwanted, or when it is turned off', async () => {
    const early = await createTestInvitation('early@example.org');
    await withDaysLeft(early, 3.1);
    const closed = await createTestInvitation('closed@example.org');
    await withDaysLeft(closed, 2);
    await revoke(closed.invitation.id, null, system);
    const handed = await createTestInvitation('handed@example.org', { delivery: 'link' });
    await withDaysLeft(handed, 2);
    const bounced = await createTestInvitation('bounced@example.org');
    await withDaysLeft(bounced, 2);
    await queryRows('update invitations set bounced_at = now() where id = $1', [bounced.invitation.id]);
    const unwanted = await createTestInvitation('peace@example.org');
    await withDaysLeft(unwanted, 2);
    await suppress([{ email: 'peace@example.org', kind: 'unsubscribed' }], system);
    const short = await createTestInvitation('short@example.org', { validityDays: 2 });
    await everybody();
    const off = await createTestInvitation('off@example.org');
    await withDaysLeft(off, 2);
    await queryRows('update settings set remind_days_before = 0 returning only_row');
    await everybody();
    for (const { invitation } of [early, closed, handed, bounced, unwanted, short, off])
      expect(await remindersOf(invitation.email, 'invitation-reminder')).toBe(0);
    expect(await remindersOf('peace@example.org', 'invitation-reminder')).toBe(0);
  });

  it('comes again after a renewal, and not where the invitation was answered since', async () => {
    const made = await createTestInvitation('again@example.org');
    await withDaysLeft(made, 2);
    await everybody();
    await resend(made.invitation.id, 'mail', system);
    await everybody();
    expect(await remindersOf('again@example.org', 'invitation-reminder')).toBe(1);
    await withDaysLeft(made, 1);
    await everybody();
    expect(await remindersOf('again@example.org', 'invitation-reminder')).toBe(2);
    await revoke(made.invitation.id, null, system);
    await runJobs();
    const mails = (await listCapturedMails()).filter(({ to }) => to === 'again@example.org');
    expect(mails).toEqual([]);
  });
});

describe('a mail after the expiry', () => {
  it('goes out once, says so and leads to a new link', async () => {
    const made = await createTestInvitation('over@example.org');
    await withDaysLeft(made, -0.9);
    await everybody();
    expect(await remindersOf('over@example.org', 'invitation-expired')).toBe(0);
    await withDaysLeft(made, -1.1);
    await everybody();
    expect(await remindersOf('over@example.org', 'invitation-expired')).toBe(1);
    const mail = await latestMail('over@example.org');
    expect(mail.subject).toContain('has expired');
    expect(linkInMail(mail)).toMatch(/\/register\/new-link$/);
  });

  it('is not sent of what expired long ago', async () => {
    await withDaysLeft(await createTestInvitation('long-ago@example.org'), -30);
    await everybody();
    expect(await remindersOf('long-ago@example.org', 'invitation-expired')).toBe(0);
  });
});

it('a reminder that bounces is a bounce of the invitation', async () => {
  const made = await createTestInvitation('gone@example.org');
  await withDaysLeft(made, 2);
  await everybody();
  await queryRows(
    `update messages set bounced_at = now() where recipient = 'gone@example.org' and template = 'invitation-reminder'`,
  );
  expect((await getInvitation(made.invitation.id)).bouncedAt).not.toBeNull();
});
