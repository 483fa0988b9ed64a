import { beforeAll, describe, expect, it } from 'vitest';
import { runBulkAction, startBulkAction } from '../../src/invitations/bulk-actions/run.ts';
import { emptyInvitationFilter } from '../../src/invitations/filter.ts';
import { getInvitation } from '../../src/invitations/invitation.ts';
import { suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  daysUntil,
  expireInvitation,
  latestMail,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';

const system = { kind: 'system' } as const;
const moveLinksBack = (ids: readonly string[]) =>
  queryRows(
    `update invitation_links set created_at = now() - interval '1 hour' where invitation_id = any($1::bigint[])`,
    [ids],
  );
const mailsTo = (email: string) => queryRows('select 1 from messages where recipient = $1', [email]);
const query = (ids: readonly string[]) => ids.map((id) => `id=${id}`).join('&');

let admin: Visitor;
let support: Visitor;
let domainCount = 0;

beforeAll(async () => {
  admin = await signInStaff('admin');
  support = await signInStaff('support');
});

/** Creates open invitations under one domain, mailed an hour ago. */
async function createInvitations(count: number): Promise<{ domain: string; ids: string[] }> {
  domainCount += 1;
  const domain = `bulk${domainCount}.example.org`;
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push((await createTestInvitation(`p${n}@${domain}`)).invitation.id);
  await moveLinksBack(ids);
  return { domain, ids };
}

async function submitBulkAction(
  visitor: Visitor,
  path: string,
  selection: string,
  fields: Record<string, string> = {},
) {
  await visitor.open(`${path}?${selection}`);
  return visitor.submit(path, fields);
}

describe('bulk resend', () => {
  it('resends open invitations and explains why others were skipped', async () => {
    const { domain, ids } = await createInvitations(6);
    const [open = '', bounced = '', revoked = '', accepted = '', unwanted = '', recent = ''] = ids;
    await queryRows(`update invitations set expires_at = now() + interval '30 days' where id = $1`, [open]);
    await suppress([{ email: `p1@${domain}`, kind: 'bounced', invitationId: bounced }], system);
    await revoke(revoked, null, system);
    await queryRows('update invitations set accepted_at = now() where id = $1', [accepted]);
    await suppress([{ email: `p4@${domain}`, kind: 'unsubscribed' }], system);
    await queryRows('update invitation_links set created_at = now() where invitation_id = $1', [recent]);
    const page = await submitBulkAction(
      support,
      '/admin/bulk-actions/resends',
      query([open, bounced, revoked, accepted, unwanted, recent]),
    );
    expect(page.path).toMatch(/^\/admin\/bulk-actions\/\d+$/);
    expect(page.text).toContain('1 invitation is being sent again. 5 were skipped.');
    for (const why of [
      'Already accepted: 1',
      'Already revoked: 1',
      'We don’t write to this address: 2',
      'within the last 10 minutes',
    ])
      expect(page.text).toContain(why);
    expect(
      await queryRows(`select 1 from invitations where id = $1 and expires_at > now() + interval '29 days'`, [
        open,
      ]),
    ).toHaveLength(1);
    expect(await mailsTo(`p0@${domain}`)).toHaveLength(2);
    expect(await mailsTo(`p1@${domain}`)).toHaveLength(1);
    const link = (await latestMail(`p0@${domain}`)).links[0] ?? '';
    expect((await newVisitor().open(link)).path).toBe('/register');
    const events = await queryRows<{ detail: { bulkActionId: string } }>(
      `select detail from audit_events where action = 'invitation.resent' and subject_id = $1`,
      [open],
    );
    expect(events.map(({ detail }) => detail.bulkActionId)).toEqual([page.path.split('/').at(-1)]);
  });

  it('sends one mail per person when started twice concurrently', async () => {
    const { domain, ids } = await createInvitations(5);
    const given = { type: 'resend', selection: { ids }, reason: null, days: null } as const;
    const acts = await Promise.all([startBulkAction(given, system), startBulkAction(given, system)]);
    expect(acts.map(({ done }) => done).sort()).toEqual([0, 5]);
    expect(await mailsTo(`p3@${domain}`)).toHaveLength(2);
  });
});

describe('bulk revocation', () => {
  it('revokes all matching invitations with a reason and returns to the list', async () => {
    const { domain, ids } = await createInvitations(3);
    await admin.open(`/admin/bulk-actions/revocations?all=yes&q=${domain}`);
    expect(admin.page.text).toContain('Revoke 3 invitations');
    expect(admin.page.text).toContain(`“${domain}”`);
    const page = await admin.submit('/admin/bulk-actions/revocations', { reason: 'a wrong list' });
    expect(page.path).toBe(`/admin/invitations?q=${domain}`);
    expect(page.text).toContain('3 invitations were revoked.');
    for (const id of ids) expect((await getInvitation(id)).revokedReason).toBe('a wrong list');
  });

  it('keeps the typed reason if it is too long', async () => {
    const { ids } = await createInvitations(1);
    const page = await submitBulkAction(admin, '/admin/bulk-actions/revocations', query(ids), {
      reason: 'x'.repeat(501),
    });
    expect(page.status).toBe(422);
    expect(page.$('[name=reason]').val()).toHaveLength(501);
    expect((await getInvitation(ids[0] ?? '')).status).toBe('pending');
  });

  it('asks for the password after ten minutes and then continues', async () => {
    const { ids } = await createInvitations(1);
    await admin.open(`/admin/bulk-actions/revocations?${query(ids)}`);
    await queryRows(
      `update sessions set sess = jsonb_set(sess::jsonb, '{authenticatedAt}', '0')::json where sess::jsonb ? 'authenticatedAt'`,
    );
    const asked = await admin.submit('/admin/bulk-actions/revocations', { reason: 'late' });
    expect(asked.status).toBe(403);
    const page = await admin.submit('/admin/bulk-actions/revocations', { currentPassword: validPassword });
    expect(page.text).toContain('1 invitation was revoked.');
  });
});

describe('bulk extension', () => {
  it('extends expired invitations from now, and never beyond 90 days', async () => {
    const { domain, ids } = await createInvitations(3);
    const [pending = '', expired = '', long = ''] = ids;
    await expireInvitation(expired);
    await queryRows(`update invitations set expires_at = end_of_office_day(now(), 90) where id = $1`, [long]);
    const before = await getInvitation(pending);
    const page = await submitBulkAction(admin, '/admin/bulk-actions/extensions', `all=yes&q=${domain}`, {
      days: '10',
    });
    expect(page.text).toContain('2 invitations were given more time. 1 was skipped.');
    expect(page.text).toContain('the longest possible');
    expect(daysUntil((await getInvitation(pending)).expiresAt)).toBe(daysUntil(before.expiresAt) + 10);
    expect(daysUntil((await getInvitation(expired)).expiresAt)).toBe(10);
    expect((await getInvitation(expired)).status).toBe('pending');
    await submitBulkAction(admin, '/admin/bulk-actions/extensions', query([pending]), { days: '90' });
    expect(daysUntil((await getInvitation(pending)).expiresAt)).toBe(90);
  });

  it('skips expired invitations without a usable link', async () => {
    const { ids } = await createInvitations(1);
    await expireInvitation(ids[0] ?? '');
    await queryRows('update invitation_links set superseded_at = now() where invitation_id = $1', [ids[0]]);
    const page = await submitBulkAction(admin, '/admin/bulk-actions/extensions', query(ids), { days: '5' });
    expect(page.text).toContain('Has no link that could work again');
  });

  it.each(['', '0', '91', '1e1', 'soon'])('refuses %o days', async (days) => {
    const { ids } = await createInvitations(1);
    const page = await submitBulkAction(admin, '/admin/bulk-actions/extensions', query(ids), { days });
    expect(page.status).toBe(422);
    expect(page.$('[role=alert] a[href="#days"]').length).toBe(1);
  });
});

describe('large bulk action', () => {
  it('is run in chunks by the worker, shows its progress, and ignores later invitations', async () => {
    const { domain, ids } = await createInvitations(52);
    await revoke(ids[7] ?? '', null, system);
    const page = await submitBulkAction(admin, '/admin/bulk-actions/resends', `all=yes&q=${domain}`);
    expect(page.text).toContain('This will start in a moment.');
    expect(page.$('[hx-trigger="every 2s"]').length).toBe(1);
    const id = page.path.split('/').at(-1) ?? '';
    await runBulkAction(id);
    await createTestInvitation(`late@${domain}`);
    expect((await admin.open(page.path)).text).toContain('0 of 52 done.');
    await Promise.all([runBulkAction(id), runBulkAction(id)]);
    await runJobs();
    const done = await admin.open(page.path);
    expect(done.text).toContain('51 invitations are being sent again. 1 was skipped.');
    expect(done.$('[hx-trigger]').length).toBe(0);
    await runBulkAction(id);
    const mails = await queryRows<{ count: number }>(
      `select count(*)::int as count from messages where recipient like $1 group by recipient`,
      [`%@${domain}`],
    );
    expect(mails.map(({ count }) => count).sort()).toEqual([1, 1, ...Array.from({ length: 51 }, () => 2)]);
    const skipped = await admin.agent.get(`${page.path}/skipped`);
    expect(skipped.text).toContain(`p7@${domain},Already revoked`);
    expect((await support.agent.get(`${page.path}/skipped`)).status).toBe(403);
  });

  it('rolls back a failed chunk and continues when it is run again', async () => {
    const { ids } = await createInvitations(51);
    const given = { type: 'revoke', selection: { ids }, reason: null, days: null } as const;
    const { id } = await startBulkAction(given, system);
    await queryRows(
      `create function fail_now() returns trigger language plpgsql as 'begin raise exception ''out of order''; end';
       create trigger fail_now before insert on audit_events for each row execute function fail_now()`,
    );
    await expect(runBulkAction(id)).rejects.toThrow('out of order');
    await queryRows('drop trigger fail_now on audit_events');
    expect((await getInvitation(ids[0] ?? '')).status).toBe('pending');
    await runJobs();
    await runJobs();
    expect(
      (await queryRow<{ done: number }>('select done from bulk_actions where id = $1', [id]))?.done,
    ).toBe(51);
    const audited = await queryRows(
      `select 1 from audit_events where action = 'invitation.revoked' and detail ->> 'bulkActionId' = $1`,
      [id],
    );
    expect(audited).toHaveLength(51);
  });
});

describe('export', () => {
  it('contains the selected rows, escapes formulas and is audited', async () => {
    const { domain, ids } = await createInvitations(2);
    await queryRows(`update invitations set name = '=HYPERLINK("http://evil.example")' where id = $1`, [
      ids[0],
    ]);
    await admin.open(`/admin/invitations/exports?${query(ids.slice(0, 1))}`);
    expect(admin.page.text).toContain('Export 1 invitation');
    const answer = await admin.post(
      '/admin/invitations/exports',
      admin.fieldsOf('/admin/invitations/exports'),
    );
    expect(answer.headers['content-disposition']).toContain('invitations.csv');
    expect(answer.text).toContain(`p0@${domain}`);
    expect(answer.text).not.toContain(`p1@${domain}`);
    expect(answer.text).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
    expect(answer.text).not.toContain('token=');
    expect(await queryRows(`select 1 from audit_events where action = 'invitation.exported'`)).toHaveLength(
      1,
    );
  });

  it('contains all matching rows across chunks', async () => {
    await queryRows(
      `insert into invitations (reference, email, name, validity_days, expires_at)
       select lpad(n::text, 8, '0'), 'x' || n || '@bulk-export.example.org', '-', 7, now() + interval '7 days'
       from generate_series(1, 4100) n`,
    );
    await admin.open('/admin/invitations/exports?all=yes&q=@bulk-export');
    const answer = await admin.post(
      '/admin/invitations/exports',
      admin.fieldsOf('/admin/invitations/exports'),
    );
    expect(answer.text.trim().split('\r\n')).toHaveLength(4101);
  });
});

describe('permissions', () => {
  it('let support only resend', async () => {
    const { ids } = await createInvitations(1);
    await support.open('/admin/invitations');
    expect(support.page.$('[formaction]').length).toBe(0);
    for (const path of [
      '/admin/bulk-actions/extensions',
      '/admin/bulk-actions/revocations',
      '/admin/invitations/exports',
    ]) {
      expect((await support.agent.get(`${path}?${query(ids)}`)).status).toBe(403);
      expect((await support.post(path, { ids: ids[0] ?? '', days: '7' })).status).toBe(403);
    }
    expect((await getInvitation(ids[0] ?? '')).status).toBe('pending');
  });

  it.each(['id=abc', 'id=0', 'id=-1&id=x', 'ids=,,', 'all=no', 'id=99999999999999999999'])(
    'treats %s as an empty selection',
    async (given) => {
      const page = await admin.open(`/admin/bulk-actions/resends?${given}&q=keep`);
      expect(page.path).toBe('/admin/invitations?q=keep');
      expect(page.text).toContain('Select at least one');
    },
  );

  it('does nothing for unknown ids', async () => {
    const act = await startBulkAction(
      { type: 'resend', selection: { ids: ['999999999'] }, reason: null, days: null },
      system,
    );
    expect([act.done, act.skipped, act.finishedAt !== null]).toEqual([0, 0, true]);
    const none = { ...emptyInvitationFilter, search: 'nobody-has-this' };
    expect(
      (
        await startBulkAction(
          { type: 'resend', selection: { filter: none }, reason: null, days: null },
          system,
        )
      ).total,
    ).toBe(0);
  });
});
