import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPassword } from '../../src/accounts/password.ts';
import { accessStatusOf, PROFILE_ACCESS_SQL, type ProfileAccess } from '../../src/consents/profile-access.ts';
import { prepareDemo } from '../../src/demo/demo.ts';
import { sampleAddresses } from '../../src/demo/sample/people.ts';
import { addSampleData } from '../../src/demo/sample/sample.ts';
import { closeDatabase, queryRows as readRows } from '../../src/platform/db/database.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { getOverview } from '../../src/support/overview.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { runJobs } from '../support/fixtures.ts';

const everything = { period: { from: null, to: null }, batch: null, center: null };

async function count(from: string): Promise<number> {
  return (await queryRow<{ count: number }>(`select count(*)::int as count from ${from}`))?.count ?? 0;
}

const tables = [
  'accounts',
  'invitations',
  'profiles',
  'messages',
  'memberships',
  'invitation_requests',
  'audit_events',
];
const counts = () => Promise.all(tables.map(count));

let jobs: { task: string }[] = [];

beforeAll(async () => {
  // Fails halfway: the second account can't be created with an invalid password hash.
  const account = {
    email: 'first@example.org',
    name: 'Una First',
    staffRole: null,
    passwordHash: '$argon2id$',
  };
  const invalidAccount = { ...account, email: 'second@example.org', passwordHash: 'no hash' };
  await expect(addSampleData([account, invalidAccount])).rejects.toThrow();
  await prepareDemo();
  jobs = await queryRows('select task_identifier as task from graphile_worker.jobs');
});
afterAll(closeDatabase);

describe('the sample data', () => {
  it('is added once, after removing an incomplete run', async () => {
    await queryRows(`update alumni_members set center = 'Edited' where external_id = 'S-0002'`);
    const before = await counts();
    await prepareDemo();
    expect(await counts()).toEqual(before);
    expect(await count(`alumni_members where center = 'Edited'`)).toBe(1);
    expect(await count(`accounts where email in ('first@example.org', 'second@example.org')`)).toBe(0);
  });

  it('leaves only the job that mails the printed invitation', () => {
    expect(jobs).toEqual([{ task: 'send-message' }]);
  });

  it('has classmates for the person who is invited first, some of the same center', async () => {
    const shown = await queryRows<{ center: string }>(
      `select m.center from alumni_members m join profiles p on p.alumni_member_id = m.id
         join accounts a on a.id = p.account_id
       where m.batch = 2008 and p.relationship = 'self' and a.shown_to_classmates_at is not null`,
    );
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.filter(({ center }) => center === 'Alder Hill').length).toBeGreaterThan(0);
  });

  it('has invitations of every status: most accepted, some still open', async () => {
    const counted = await queryRows<{ status: string; count: number }>(
      `select case when accepted_at is not null then 'accepted' when declined_at is not null then 'declined'
         when revoked_at is not null then 'revoked' when expires_at <= now() then 'expired' else 'pending' end as status,
         count(*)::int as count from invitations group by 1`,
    );
    const byStatus = Object.fromEntries(counted.map(({ status, count }) => [status, count]));
    for (const status of ['declined', 'revoked', 'expired', 'pending'])
      expect(byStatus[status], status).toBeGreaterThan(4);
    expect(byStatus.accepted).toBeGreaterThan(40);
    const reasons = await queryRows<{ reason: string }>(
      'select distinct declined_reason as reason from invitations where declined_at is not null order by 1',
    );
    expect(reasons.map(({ reason }) => reason)).toEqual(['deceased', 'not-me', 'stop']);
    expect(await count('invitations where revoked_at is not null and revoked_reason is null')).toBe(0);
    expect(
      await count(
        `invitations where num_nonnulls(accepted_at, revoked_at, declined_at) = 0
         and expires_at between now() and now() + interval '24 hours'`,
      ),
    ).toBe(4);
  });

  it('has mails of every delivery status, consistent with their invitations', async () => {
    const statuses = await queryRows<{ status: string }>(
      `select distinct delivery_status as status from messages where template = 'invitation' order by 1`,
    );
    expect(statuses.map(({ status }) => status)).toEqual(['bounced', 'failed', 'queued', 'sent']);
    const deliveries = await queryRows<{ delivery: string }>(
      'select distinct delivery from invitations order by 1',
    );
    expect(deliveries.map(({ delivery }) => delivery)).toEqual([
      'bounced',
      'failed',
      'link',
      'opened',
      'queued',
      'sent',
    ]);
    const inconsistent = `invitations i where exists (select from messages m where m.invitation_id = i.id
      and m.template = 'invitation' and (m.bounced_at is null) <> (i.bounced_at is null))`;
    expect(await count(inconsistent)).toBe(0);
    expect(await count('invitations where accepted_at is not null and opened_at is null')).toBe(0);
  });

  it('invites none of the sample addresses except the printed one', async () => {
    const invited = await queryRows<{ email: string }>(
      'select email from invitations where email = any($1::citext[])',
      [Object.values(sampleAddresses)],
    );
    expect(invited).toEqual([{ email: sampleAddresses.adult }]);
    const accounts = await queryRows('select 1 from accounts where email = any($1::citext[])', [
      Object.values(sampleAddresses),
    ]);
    expect(accounts).toEqual([]);
  });

  it('has consistent figures, accounts and claims', async () => {
    const { figures, expiring, awaitingConsent, heldForReview, unmatched } = await getOverview(everything);
    expect(figures.invited).toBe(await count('invitations'));
    expect(figures.accepted).toBe(await count('accounts where id in (select accepted_by from invitations)'));
    expect(figures.accepted).toBe((await count('accounts')) - 2);
    expect(figures.accepted / figures.sent).toBeGreaterThan(0.4);
    expect(figures.accepted / figures.sent).toBeLessThan(0.6);
    expect(figures.bounced).toBe(await count('messages where bounced_at is not null'));
    expect(figures.pending).toBe(await count('invitations where stage = 1'));
    expect(expiring).toBe(4);
    const policy = await readSettings();
    const profiles = await readRows<ProfileAccess>(PROFILE_ACCESS_SQL);
    const undecided = profiles.filter(
      (profile) => accessStatusOf(profile, policy, new Date()) === 'awaiting-consent',
    );
    expect(awaitingConsent).toBe(undecided.length);
    expect(awaitingConsent).toBeGreaterThan(1);
    expect(unmatched).toBe(2);
    expect(heldForReview).toBe(1);
    const strangers = `invitations i join accounts a on a.id = i.accepted_by where a.email <> i.email`;
    expect(await count(strangers)).toBe(0);
  });

  it('has only past dates, in the order of the audit events', async () => {
    expect(await count('audit_events where at > now()')).toBe(0);
    const outOfOrder = `(select at, lag(at) over (order by id) as before from audit_events) e where at < before`;
    expect(await count(outOfOrder)).toBe(0);
    const columns = [
      'created_at',
      'opened_at',
      'accepted_at',
      'revoked_at',
      'declined_at',
      'reminded_at',
      'delivered_at',
    ];
    for (const column of columns) expect(await count(`invitations where ${column} > now()`), column).toBe(0);
    const tooEarly = `invitations where coalesce(accepted_at, declined_at, revoked_at) < greatest(created_at, opened_at)`;
    expect(await count(tooEarly)).toBe(0);
    const tooLate = 'invitations where coalesce(accepted_at, declined_at, revoked_at) > expires_at';
    expect(await count(tooLate)).toBe(0);
    expect(
      await count('link_opens v join invitation_links l on l.id = v.link_id where v.first_at < l.created_at'),
    ).toBe(0);
  });

  it('has groups with an owner each and at least twenty members together', async () => {
    const owners = await queryRows<{ owners: number }>(
      `select count(m.id)::int as owners from groups g left join memberships m on m.group_id = g.id and m.role = 'owner'
       group by g.id`,
    );
    expect(owners).toEqual([{ owners: 1 }, { owners: 1 }]);
    expect(await count('memberships where joined_at is not null')).toBeGreaterThanOrEqual(20);
  });

  it('has consents of every decision and requests of every resolution', async () => {
    const decisions = await queryRows<{ decision: string }>(
      'select distinct decision from consents order by 1',
    );
    expect(decisions.map(({ decision }) => decision)).toEqual(['granted', 'refused', 'withdrawn']);
    expect(await count(`guardians where account_id is null`)).toBeGreaterThan(2);
    const resolutions = await queryRows<{ resolution: string | null }>(
      'select distinct resolution from invitation_requests order by 1',
    );
    expect(resolutions.map(({ resolution }) => resolution)).toEqual([
      'confirmed',
      'dismissed',
      'invited',
      'resent',
      null,
    ]);
    expect(await count('invitation_requests where resolution is null')).toBe(6);
  });

  it('has acceptances on many days and reminders before expiry', async () => {
    const days = `(select distinct accepted_at::date from invitations where accepted_at is not null) days`;
    expect(await count(days)).toBeGreaterThan(20);
    expect(await count('invitations where reminded_at >= expires_at')).toBe(0);
    // A new link renews the validity, which ends with a day.
    const wrongExpiry = `invitations i where expires_at <> end_of_office_day(
        (select max(l.created_at) from invitation_links l where l.invitation_id = i.id), validity_days)`;
    expect(await count(wrongExpiry)).toBe(0);
  });

  it('has unknown and different passwords', async () => {
    const hashes = await queryRows<{ hash: string }>('select distinct password_hash as hash from accounts');
    expect(hashes).toHaveLength(await count('accounts'));
    expect(await verifyPassword(hashes[0]?.hash ?? '', '')).toBe(false);
  });

  it('gives the worker nothing to send except the printed invitation', async () => {
    const { sendInvitationReminders } = await import('../../src/invitations/reminders.ts');
    const { maintainConsents } = await import('../../src/consents/maintenance.ts');
    const { recordExpiries } = await import('../../src/invitations/expiry.ts');
    await recordExpiries();
    await sendInvitationReminders();
    await maintainConsents();
    await runJobs();
    expect((await listCapturedMails()).map(({ to }) => to)).toEqual([sampleAddresses.adult]);
  });
});
