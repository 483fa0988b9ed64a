import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { purge } from '../src/purge.ts';
import { queryRow, queryRows } from './support/database.ts';
import { createTestAccount, createTestInvitation } from './support/fixtures.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const daysAgo = (days: number, minutes = 0) => new Date(Date.now() - days * DAY - minutes * MINUTE);

let accountId: string;
let groupId: string;
let invitation: Awaited<ReturnType<typeof createTestInvitation>>;
let webhookId: string;

/** Inserts a row. @returns its id */
async function insert(table: string, values: Record<string, unknown>, id = 'id'): Promise<string> {
  const names = Object.keys(values);
  const stored = await queryRow<{ id: string }>(
    `insert into ${table} (${names}) values (${names.map((_, index) => `$${index + 1}`)}) returning ${id}::text as id`,
    Object.values(values),
  );
  if (!stored) throw new Error(`no row was inserted into ${table}`);
  return stored.id;
}

/** Which of these rows still exist. */
async function remaining(table: string, ids: readonly string[], id = 'id'): Promise<string[]> {
  const found = await queryRows<{ id: string }>(
    `select ${id}::text as id from ${table} where ${id}::text = any($1::text[])`,
    [ids],
  );
  return ids.filter((rowId) => found.some((row) => row.id === rowId));
}

beforeAll(async () => {
  accountId = (await createTestAccount('amma@example.org')).id;
  groupId = await insert('groups', { name: 'Harbour Chapter' });
  invitation = await createTestInvitation('kofi@example.org');
  webhookId = await insert('webhooks', {
    id: randomUUID(),
    url: 'https://members.example.org/hook',
    events: ['invitation.created'],
    key_id: 1,
    encrypted: randomBytes(60),
  });
});

type ExpiringRow = Readonly<{ table: string; days: number; id?: string; insert(at: Date): Promise<string> }>;

const expiringRows: readonly [string, ExpiringRow][] = [
  [
    'expired sessions',
    {
      table: 'sessions',
      days: 0,
      id: 'sid',
      insert: (expire) => insert('sessions', { sid: randomUUID(), sess: {}, expire }, 'sid'),
    },
  ],
  [
    'expired rate limits',
    {
      table: 'rate_limits',
      days: 0,
      id: 'key',
      insert: (at) => insert('rate_limits', { key: randomUUID(), points: 3, expire: at.getTime() }, 'key'),
    },
  ],
  [
    'password resets a day after they expired',
    {
      table: 'password_resets',
      days: 1,
      insert: (expires_at) =>
        insert('password_resets', {
          id: randomUUID(),
          account_id: accountId,
          token_hash: randomBytes(32),
          created_at: daysAgo(3),
          expires_at,
        }),
    },
  ],
  [
    'mailbox codes a day after they expired',
    {
      table: 'mailbox_codes',
      days: 1,
      insert: (expires_at) =>
        insert('mailbox_codes', {
          id: randomUUID(),
          link_id: invitation.linkId,
          created_at: daysAgo(3),
          expires_at,
        }),
    },
  ],
  [
    'link opens 180 days after the last one',
    {
      table: 'link_opens',
      days: 180,
      id: 'detail',
      insert: (last_at) =>
        insert(
          'link_opens',
          {
            link_id: invitation.linkId,
            invitation_id: invitation.invitation.id,
            kind: 'person',
            detail: randomUUID(),
            first_at: daysAgo(200),
            last_at,
          },
          'detail',
        ),
    },
  ],
  [
    'idempotency keys after a day',
    {
      table: 'idempotency_keys',
      days: 1,
      id: 'key',
      insert: (created_at) =>
        insert(
          'idempotency_keys',
          { account_id: accountId, key: randomUUID(), request_hash: randomBytes(32), created_at },
          'key',
        ),
    },
  ],
  [
    'webhook deliveries after 30 days',
    {
      table: 'webhook_deliveries',
      days: 30,
      insert: (occurred_at) =>
        insert('webhook_deliveries', {
          webhook_id: webhookId,
          event_id: randomUUID(),
          type: 'invitation.created',
          occurred_at,
        }),
    },
  ],
  [
    'invitation requests 90 days after their answer',
    {
      table: 'invitation_requests',
      days: 90,
      insert: (resolved_at) =>
        insert('invitation_requests', { email: 'abena@example.org', resolution: 'resent', resolved_at }),
    },
  ],
  [
    'finished mails after two years',
    {
      table: 'messages',
      days: 730,
      insert: (queued_at) =>
        insert('messages', {
          template: 'welcome',
          recipient: 'abena@example.org',
          subject_id: '1',
          reference: 'x',
          queued_at,
          sent_at: queued_at,
        }),
    },
  ],
  [
    'invitations three years after they expired',
    {
      table: 'invitations',
      days: 1095,
      insert: (expires_at) => insertExpired({ expires_at }),
    },
  ],
  [
    'group invitation requests after 30 days',
    {
      table: 'group_invitation_requests',
      days: 30,
      insert: (requested_at) =>
        insert('group_invitation_requests', {
          group_id: groupId,
          role: 'member',
          email: 'efua@example.org',
          requested_by: accountId,
          requested_at,
        }),
    },
  ],
  [
    'group links a week after they expired',
    {
      table: 'memberships',
      days: 7,
      insert: (expires_at) => groupLink({ expires_at }),
    },
  ],
  [
    'group links a week after they were revoked, even if they were still valid',
    {
      table: 'memberships',
      days: 7,
      insert: (revoked_at) => groupLink({ token_hash: null, revoked_at, expires_at: daysAgo(-20) }),
    },
  ],
];

let references = 0;
function insertExpired(values: Record<string, unknown>): Promise<string> {
  references += 1;
  return insert('invitations', {
    reference: String(10_000_000 + references),
    email: `expired${references}@example.org`,
    validity_days: 7,
    created_at: daysAgo(1200),
    ...values,
  });
}

function groupLink(values: Record<string, unknown>): Promise<string> {
  return insert('memberships', {
    group_id: groupId,
    role: 'member',
    link_id: randomUUID(),
    token_hash: randomBytes(32),
    ...values,
  });
}

describe('expired rows', () => {
  it.each(expiringRows)(
    'purges %s, and not before',
    async (_what, { table, days, id, insert: insertRow }) => {
      const gone = await insertRow(daysAgo(days, 1));
      const kept = await insertRow(daysAgo(days, -1));
      await purge();
      expect(await remaining(table, [gone, kept], id)).toEqual([kept]);
    },
  );

  it('keeps declined invitations, and those that other rows point to', async () => {
    const expires_at = daysAgo(1100);
    const declined = await insertExpired({
      expires_at,
      declined_at: expires_at,
      declined_reason: 'rather-not',
    });
    const old = await insertExpired({ expires_at });
    const newer = await insertExpired({ expires_at: daysAgo(100), replaced_by: old });
    await purge();
    expect(await remaining('invitations', [declined, old, newer])).toEqual([declined, newer]);
  });

  it('forgets IP addresses of audit events after a year, and nothing else of them', async () => {
    const event = {
      actor: 'visitor',
      action: 'test.purged',
      subject_type: 'mail',
      subject_id: '1',
      ip: '192.0.2.1',
    };
    const old = await insert('audit_events', { ...event, at: daysAgo(366) });
    const recent = await insert('audit_events', { ...event, at: daysAgo(364) });
    await purge();
    const ips = await queryRows('select ip from audit_events where id in ($1, $2) order by id', [
      old,
      recent,
    ]);
    expect(ips).toEqual([{ ip: null }, { ip: '192.0.2.1' }]);
    for (const change of [`ip = '192.0.2.2'`, `ip = null, action = 'a.b'`])
      await expect(queryRows(`update audit_events set ${change} where id = $1`, [recent])).rejects.toThrow(
        'append-only',
      );
  });

  it('follows the office’s settings', async () => {
    const resolved_at = daysAgo(10);
    const request = () =>
      insert('invitation_requests', { email: 'abena@example.org', resolution: 'resent', resolved_at });
    const id = await request();
    await queryRows('update settings set retain_requests_days = 7');
    await purge();
    await queryRows('update settings set retain_requests_days = default');
    expect(await remaining('invitation_requests', [id])).toEqual([]);
  });

  it('keeps group members whose link has expired', async () => {
    const member = { account_id: accountId, token_hash: null, joined_at: daysAgo(400) };
    const id = await groupLink({ ...member, expires_at: daysAgo(390) });
    await purge();
    expect(await remaining('memberships', [id])).toEqual([id]);
  });
});

describe('imports', () => {
  /** Inserts an import with one row. @returns its id */
  async function createImport(values: Record<string, unknown>): Promise<string> {
    const defaults = { kind: 'alumni', file_name: 'people.csv', row_count: 1 };
    const id = await insert('imports', { ...defaults, ...values });
    await insert('import_rows', { import_id: id, line: 2, cells: JSON.stringify(['a']) }, 'import_id');
    return id;
  }

  const readBy = (at: Date) => ({ created_at: at, uploaded_at: at });
  const importedBy = (at: Date) => ({
    ...readBy(at),
    mapped_at: at,
    checked_at: at,
    confirmed_at: at,
    confirmed_count: 1,
    imported_count: 1,
  });

  it('are deleted after 30 days if they were not confirmed, with their rows', async () => {
    const gone = await createImport(readBy(daysAgo(30, 1)));
    const kept = await createImport(readBy(daysAgo(30, -1)));
    const imported = await createImport(importedBy(daysAgo(40)));
    await purge();
    expect(await remaining('imports', [gone, kept, imported])).toEqual([kept, imported]);
    expect(await remaining('import_rows', [gone, kept, imported], 'import_id')).toEqual([kept, imported]);
  });

  it('are deleted after a day if the upload was interrupted', async () => {
    const gone = await createImport({ created_at: daysAgo(1, 1) });
    const kept = await createImport({ created_at: daysAgo(1, -1) });
    await purge();
    expect(await remaining('imports', [gone, kept])).toEqual([kept]);
  });

  it('lose their rows after 90 days, and keep the figures', async () => {
    const purged = await createImport({ ...importedBy(daysAgo(100)), finished_at: daysAgo(90, 1) });
    const kept = await createImport({ ...importedBy(daysAgo(100)), finished_at: daysAgo(90, -1) });
    await purge();
    expect(await remaining('import_rows', [purged, kept], 'import_id')).toEqual([kept]);
    const figures = await queryRows(
      `select row_count as "rowCount", confirmed_count as "confirmedCount", imported_count as "importedCount", rows_purged_at is not null as "isPurged" from imports
       where id in ($1, $2) order by id`,
      [purged, kept],
    );
    expect(figures).toEqual([
      { rowCount: 1, confirmedCount: 1, importedCount: 1, isPurged: true },
      { rowCount: 1, confirmedCount: 1, importedCount: 1, isPurged: false },
    ]);
  });

  it('keep their rows while they are being undone', async () => {
    const old = { ...importedBy(daysAgo(100)), finished_at: daysAgo(95), undone_at: daysAgo(94) };
    const inProgress = await createImport(old);
    const undone = await createImport({ ...old, undo_finished_at: daysAgo(93) });
    await purge();
    expect(await remaining('import_rows', [inProgress, undone], 'import_id')).toEqual([inProgress]);
  });

  it('are processed five at a time, because each may have 100,000 rows', async () => {
    const unused: string[] = [];
    const imported: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      unused.push(await createImport(readBy(daysAgo(31))));
      imported.push(await createImport({ ...importedBy(daysAgo(100)), finished_at: daysAgo(91) }));
    }
    await purge();
    expect(await remaining('imports', unused)).toEqual(unused.slice(5));
    expect(await remaining('import_rows', imported, 'import_id')).toEqual(imported.slice(5));
    await purge();
    expect(await remaining('imports', unused)).toEqual([]);
    expect(await remaining('import_rows', imported, 'import_id')).toEqual([]);
    expect(await remaining('imports', imported)).toEqual(imported);
  });
});

describe('campaigns', () => {
  /** Inserts a campaign with one recipient. @returns its id */
  async function createCampaign(values: Record<string, unknown>): Promise<string> {
    const defaults = { name: 'Reunion', validity_days: 7, recipient_count: 1 };
    const id = await insert('campaigns', { ...defaults, ...values });
    const recipient = { campaign_id: id, position: 2, email: 'a@example.org' };
    await insert('campaign_recipients', recipient, 'campaign_id');
    return id;
  }

  const draftOf = (at: Date) => ({ created_at: at, recipients_loaded_at: at, checked_at: at });
  const sentBy = (at: Date) => ({ ...draftOf(at), confirmed_at: at, confirmed_count: 1, invited_count: 1 });

  it('are deleted after 30 days if they were not sent, with their recipients', async () => {
    const gone = await createCampaign(draftOf(daysAgo(30, 1)));
    const kept = await createCampaign(draftOf(daysAgo(30, -1)));
    const sent = await createCampaign(sentBy(daysAgo(40)));
    await purge();
    expect(await remaining('campaigns', [gone, kept, sent])).toEqual([kept, sent]);
    expect(await remaining('campaign_recipients', [gone, kept, sent], 'campaign_id')).toEqual([kept, sent]);
  });

  it('lose their recipients 90 days after they were sent, and keep the figures', async () => {
    const purged = await createCampaign({ ...sentBy(daysAgo(100)), finished_at: daysAgo(90, 1) });
    const kept = await createCampaign({ ...sentBy(daysAgo(100)), finished_at: daysAgo(90, -1) });
    await purge();
    expect(await remaining('campaign_recipients', [purged, kept], 'campaign_id')).toEqual([kept]);
    const figures = await queryRows(
      `select recipient_count as "recipientCount", confirmed_count as "confirmedCount", invited_count as "invitedCount", recipients_purged_at is not null as "isPurged"
       from campaigns where id in ($1, $2) order by id`,
      [purged, kept],
    );
    expect(figures).toEqual([
      { recipientCount: 1, confirmedCount: 1, invitedCount: 1, isPurged: true },
      { recipientCount: 1, confirmedCount: 1, invitedCount: 1, isPurged: false },
    ]);
  });

  it('keep their recipients during a recall', async () => {
    const old = { ...sentBy(daysAgo(100)), finished_at: daysAgo(95), recalled_at: daysAgo(94) };
    const inProgress = await createCampaign(old);
    const recalled = await createCampaign({ ...old, recall_finished_at: daysAgo(93) });
    await purge();
    expect(await remaining('campaign_recipients', [inProgress, recalled], 'campaign_id')).toEqual([
      inProgress,
    ]);
  });

  it('are processed five at a time, because each may have 100,000 recipients', async () => {
    const unsent: string[] = [];
    const sent: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      unsent.push(await createCampaign(draftOf(daysAgo(31))));
      sent.push(await createCampaign({ ...sentBy(daysAgo(100)), finished_at: daysAgo(91) }));
    }
    await purge();
    expect(await remaining('campaigns', unsent)).toEqual(unsent.slice(5));
    expect(await remaining('campaign_recipients', sent, 'campaign_id')).toEqual(sent.slice(5));
    await purge();
    expect(await remaining('campaigns', unsent)).toEqual([]);
    expect(await remaining('campaign_recipients', sent, 'campaign_id')).toEqual([]);
    expect(await remaining('campaigns', sent)).toEqual(sent);
  });
});

describe('bulk actions', () => {
  async function createBulkAction(at: Date, finishedAt: Date | null = at): Promise<string> {
    const values = { type: 'resend', created_at: at, started_at: at, total: 1, skipped: 1 };
    const id = await insert('bulk_actions', { ...values, finished_at: finishedAt });
    await insert(
      'bulk_action_targets',
      { bulk_action_id: id, invitation_id: 7, skip_reason: 'not-found' },
      'bulk_action_id',
    );
    return id;
  }

  it('are deleted after 90 days with their targets, even by concurrent purges', async () => {
    const gone = await createBulkAction(daysAgo(90, 1));
    const kept = await createBulkAction(daysAgo(90, -1));
    const unfinished = await createBulkAction(daysAgo(200), null);
    await Promise.all([purge(), purge()]);
    expect(await remaining('bulk_actions', [gone, kept, unfinished])).toEqual([kept, unfinished]);
    expect(await remaining('bulk_action_targets', [gone, kept, unfinished], 'bulk_action_id')).toEqual([
      kept,
      unfinished,
    ]);
  });

  it('are deleted five at a time', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push(await createBulkAction(daysAgo(91)));
    await purge();
    expect(await remaining('bulk_actions', ids)).toEqual(ids.slice(5));
    await purge();
    expect(await remaining('bulk_actions', ids)).toEqual([]);
  });
});
