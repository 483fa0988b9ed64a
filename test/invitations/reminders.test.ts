import { beforeEach, describe, expect, it } from 'vitest';
import { noteExpiries } from '../../src/invitations/expiry.ts';
import { invitationById } from '../../src/invitations/invitation.ts';
import { linkUrl } from '../../src/invitations/link.ts';
import { remindInvited } from '../../src/invitations/reminders.ts';
import { signLink } from '../../src/links.ts';
import { caughtMails } from '../../src/mail/caught.ts';
import { suppress } from '../../src/mail/suppressions.ts';
import { invited, linkOf, newestMail, stranger, work } from '../support/cast.ts';
import { rows } from '../support/database.ts';
import { type Issued, resend, revoke } from '../support/operations.ts';

const system = { kind: 'system' } as const;

/** Moves an invitation in time: `days` are left of its seven, or have passed since when negative. */
async function withDaysLeft({ invitation }: Issued, days: number): Promise<void> {
  await rows(
    `update invitations set expires_at = now() + make_interval(hours => $2),
       created_at = now() + make_interval(hours => $2) - interval '7 days' where id = $1`,
    [invitation.id, Math.round(days * 24)],
  );
  await noteExpiries();
}

async function remindersOf(email: string, template: string): Promise<number> {
  return (await rows('select 1 from messages where recipient = $1 and template = $2', [email, template]))
    .length;
}

async function everybody() {
  await Promise.all([remindInvited(), remindInvited()]);
  await remindInvited();
}

beforeEach(async () => {
  await rows('update settings set remind_days_before = 3, remind_days_after = 1 returning only_row');
});

describe('a reminder before the expiry', () => {
  it('goes out once, however many workers there are, with the link that works', async () => {
    const made = await invited('soon@example.org', { message: 'Come home' });
    await work();
    await withDaysLeft(made, 2.9);
    await everybody();
    expect(await remindersOf('soon@example.org', 'invitation-reminder')).toBe(1);
    const mail = await newestMail('soon@example.org');
    expect(mail.subject).toContain('reminder');
    expect(mail.text).toContain('> Come home');
    expect(linkOf(mail)).toBe(linkUrl(signLink('invitation', made.linkId)));
    expect((await stranger().open(linkOf(mail))).status).toBe(200);
  });

  it('is not due before its day, for whatever is closed, handed on, bounced or unwanted, or when it is turned off', async () => {
    const early = await invited('early@example.org');
    await withDaysLeft(early, 3.1);
    const closed = await invited('closed@example.org');
    await withDaysLeft(closed, 2);
    await revoke(closed.invitation.id, null, system);
    const handed = await invited('handed@example.org', { delivery: 'link' });
    await withDaysLeft(handed, 2);
    const bounced = await invited('bounced@example.org');
    await withDaysLeft(bounced, 2);
    await rows('update invitations set bounced_at = now() where id = $1', [bounced.invitation.id]);
    const unwanted = await invited('peace@example.org');
    await withDaysLeft(unwanted, 2);
    await suppress([{ email: 'peace@example.org', kind: 'unsubscribed' }], system);
    const short = await invited('short@example.org', { validityDays: 2 });
    await everybody();
    const off = await invited('off@example.org');
    await withDaysLeft(off, 2);
    await rows('update settings set remind_days_before = 0 returning only_row');
    await everybody();
    for (const { invitation } of [early, closed, handed, bounced, unwanted, short, off])
      expect(await remindersOf(invitation.email, 'invitation-reminder')).toBe(0);
    expect(await remindersOf('peace@example.org', 'invitation-reminder')).toBe(0);
  });

  it('comes again after a renewal, and not where the invitation was answered since', async () => {
    const made = await invited('again@example.org');
    await withDaysLeft(made, 2);
    await everybody();
    await resend(made.invitation.id, 'mail', system);
    await everybody();
    expect(await remindersOf('again@example.org', 'invitation-reminder')).toBe(1);
    await withDaysLeft(made, 1);
    await everybody();
    expect(await remindersOf('again@example.org', 'invitation-reminder')).toBe(2);
    await revoke(made.invitation.id, null, system);
    await work();
    const mails = (await caughtMails()).filter(({ to }) => to === 'again@example.org');
    expect(mails).toEqual([]);
  });
});

describe('a mail after the expiry', () => {
  it('goes out once, says so and leads to a new link', async () => {
    const made = await invited('over@example.org');
    await withDaysLeft(made, -0.9);
    await everybody();
    expect(await remindersOf('over@example.org', 'invitation-expired')).toBe(0);
    await withDaysLeft(made, -1.1);
    await everybody();
    expect(await remindersOf('over@example.org', 'invitation-expired')).toBe(1);
    const mail = await newestMail('over@example.org');
    expect(mail.subject).toContain('has expired');
    expect(linkOf(mail)).toMatch(/\/register\/new-link$/);
  });

  it('is not sent of what expired long ago', async () => {
    await withDaysLeft(await invited('long-ago@example.org'), -30);
    await everybody();
    expect(await remindersOf('long-ago@example.org', 'invitation-expired')).toBe(0);
  });
});

it('a reminder that bounces is a bounce of the invitation', async () => {
  const made = await invited('gone@example.org');
  await withDaysLeft(made, 2);
  await everybody();
  await rows(
    `update messages set bounced_at = now() where recipient = 'gone@example.org' and template = 'invitation-reminder'`,
  );
  expect((await invitationById(made.invitation.id)).bouncedAt).not.toBeNull();
});
