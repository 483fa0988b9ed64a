import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { purge } from '../../../src/support/purge.ts';
import { queryRow, queryRows } from '../../support/database.ts';
import { createTestAccount, createTestInvitation } from '../../support/fixtures.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const daysAgo = (days: number, minutes = 0) => new Date(Date.now() - days * DAY - minutes * MINUTE);

let accountId: string;
let groupId: string;
let invitation: Awaited<ReturnType<typeof createTestInvitation>>;
let webhookId: string;

/** @returns the id of the row that is stored */
async function insert(table: string, facts: Record<string, unknown>, id = 'id'): Promise<string> {
  const names = Object.keys(facts);
  const stored = await queryRow<{ id: string }>(
    `insert into ${table} (${names}) values (${names.map((_, index) => `$${index + 1}`)}) returning ${id}::text as id`,
    Object.values(facts),
  );
  if (!stored) throw new Error(`nothing was stored in ${table}`);
  return stored.id;
}

/** Which of these rows are still there. */
async function left(table: string, ids: readonly string[], id = 'id'): Promise<string[]> {
  const found = await queryRows<{ id: string }>(
    `select ${id}::text as id from ${table} where ${id}::text = any($1::text[])`,
    [ids],
  );
  return ids.filter((one) => found.some((other) => other.id === one));
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

type Kept = Readonly<{ table: string; days: number; id?: string; insert(at: Date): Promise<string> }>;

const untilALimit: readonly [string, Kept][] = [
  [
    'sessions when they end',
    {
      table: 'sessions',
      days: 0,
      id: 'sid',
      insert: (expire) => insert('sessions', { sid: randomUUID(), sess: {}, expire }, 'sid'),
    },
  ],
  [
    'counted tries when they no longer count',
    {
      table: 'rate_limits',
      days: 0,
      id: 'key',
      insert: (at) => insert('rate_limits', { key: randomUUID(), points: 3, expire: at.getTime() }, 'key'),
    },
  ],
  [
    'links for a new password a day after they ended',
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
    'mailbox codes a day after they ended',
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
    'visits to links 180 days after the last',
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
    'requests to invite somebody into a group after 30 days',
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
    'expired links to groups after a week',
    {
      table: 'memberships',
      days: 7,
      insert: (expires_at) => groupLink({ expires_at }),
    },
  ],
  [
    'revoked links to groups after a week, however long they were valid',
    {
      table: 'memberships',
      days: 7,
      insert: (revoked_at) => groupLink({ token_hash: null, revoked_at, expires_at: daysAgo(-20) }),
    },
  ],
];

function groupLink(facts: Record<string, unknown>): Promise<string> {
  return insert('memberships', {
    group_id: groupId,
    role: 'member',
    link_id: randomUUID(),
    token_hash: randomBytes(32),
    ...facts,
  });
}

describe('what nobody can use any more', () => {
  it.each(untilALimit)('removes %s, and not before', async (_what, { table, days, id, insert: stored }) => {
    const gone = await stored(daysAgo(days, 1));
    const kept = await stored(daysAgo(days, -1));
    await purge();
    expect(await left(table, [gone, kept], id)).toEqual([kept]);
  });

  it('keeps members of groups, however long ago their link expired', async () => {
    const member = { account_id: accountId, token_hash: null, joined_at: daysAgo(400) };
    const id = await groupLink({ ...member, expires_at: daysAgo(390) });
    await purge();
    expect(await left('memberships', [id])).toEqual([id]);
  });
});

describe('imports', () => {
  /** A file with one row, as it was that many days ago. @returns its id */
  async function file(facts: Record<string, unknown>): Promise<string> {
    const usual = { kind: 'alumni', file_name: 'people.csv', row_count: 1 };
    const id = await insert('imports', { ...usual, ...facts });
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

  it('removes files that were never imported after 30 days, with their rows', async () => {
    const gone = await file(readBy(daysAgo(30, 1)));
    const kept = await file(readBy(daysAgo(30, -1)));
    const imported = await file(importedBy(daysAgo(40)));
    await purge();
    expect(await left('imports', [gone, kept, imported])).toEqual([kept, imported]);
    expect(await left('import_rows', [gone, kept, imported], 'import_id')).toEqual([kept, imported]);
  });

  it('removes files whose upload broke off after a day', async () => {
    const gone = await file({ created_at: daysAgo(1, 1) });
    const kept = await file({ created_at: daysAgo(1, -1) });
    await purge();
    expect(await left('imports', [gone, kept])).toEqual([kept]);
  });

  it('deletes the rows of imported files after 90 days, and keeps the figures', async () => {
    const purged = await file({ ...importedBy(daysAgo(100)), finished_at: daysAgo(90, 1) });
    const kept = await file({ ...importedBy(daysAgo(100)), finished_at: daysAgo(90, -1) });
    await purge();
    expect(await left('import_rows', [purged, kept], 'import_id')).toEqual([kept]);
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

  it('keeps the rows while they are being undone', async () => {
    const old = { ...importedBy(daysAgo(100)), finished_at: daysAgo(95), undone_at: daysAgo(94) };
    const underWay = await file(old);
    const undone = await file({ ...old, undo_finished_at: daysAgo(93) });
    await purge();
    expect(await left('import_rows', [underWay, undone], 'import_id')).toEqual([underWay]);
  });

  it('handles five files at a time, as each may have a hundred thousand rows', async () => {
    const unused: string[] = [];
    const imported: string[] = [];
    for (let made = 0; made < 6; made += 1) {
      unused.push(await file(readBy(daysAgo(31))));
      imported.push(await file({ ...importedBy(daysAgo(100)), finished_at: daysAgo(91) }));
    }
    await purge();
    expect(await left('imports', unused)).toEqual(unused.slice(5));
    expect(await left('import_rows', imported, 'import_id')).toEqual(imported.slice(5));
    await purge();
    expect(await left('imports', unused)).toEqual([]);
    expect(await left('import_rows', imported, 'import_id')).toEqual([]);
    expect(await left('imports', imported)).toEqual(imported);
  });
});

describe('campaigns', () => {
  /** A campaign with one recipient, as it was that many days ago. @returns its id */
  async function campaign(facts: Record<string, unknown>): Promise<string> {
    const usual = { name: 'Reunion', validity_days: 7, recipient_count: 1 };
    const id = await insert('campaigns', { ...usual, ...facts });
    const recipient = { campaign_id: id, position: 2, email: 'a@example.org' };
    await insert('campaign_recipients', recipient, 'campaign_id');
    return id;
  }

  const draftOf = (at: Date) => ({ created_at: at, recipients_loaded_at: at, checked_at: at });
  const sentBy = (at: Date) => ({ ...draftOf(at), confirmed_at: at, confirmed_count: 1, invited_count: 1 });

  it('are deleted after 30 days if nobody sent them, with their recipients', async () => {
    const gone = await campaign(draftOf(daysAgo(30, 1)));
    const kept = await campaign(draftOf(daysAgo(30, -1)));
    const sent = await campaign(sentBy(daysAgo(40)));
    await purge();
    expect(await left('campaigns', [gone, kept, sent])).toEqual([kept, sent]);
    expect(await left('campaign_recipients', [gone, kept, sent], 'campaign_id')).toEqual([kept, sent]);
  });

  it('lose their recipients 90 days after they were sent, and keep the figures', async () => {
    const purged = await campaign({ ...sentBy(daysAgo(100)), finished_at: daysAgo(90, 1) });
    const kept = await campaign({ ...sentBy(daysAgo(100)), finished_at: daysAgo(90, -1) });
    await purge();
    expect(await left('campaign_recipients', [purged, kept], 'campaign_id')).toEqual([kept]);
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

  it('keep their recipients while a recall is under way', async () => {
    const old = { ...sentBy(daysAgo(100)), finished_at: daysAgo(95), recalled_at: daysAgo(94) };
    const underWay = await campaign(old);
    const recalled = await campaign({ ...old, recall_finished_at: daysAgo(93) });
    await purge();
    expect(await left('campaign_recipients', [underWay, recalled], 'campaign_id')).toEqual([underWay]);
  });

  it('are handled five at a time, as each may have a hundred thousand recipients', async () => {
    const unsent: string[] = [];
    const sent: string[] = [];
    for (let made = 0; made < 6; made += 1) {
      unsent.push(await campaign(draftOf(daysAgo(31))));
      sent.push(await campaign({ ...sentBy(daysAgo(100)), finished_at: daysAgo(91) }));
    }
    await purge();
    expect(await left('campaigns', unsent)).toEqual(unsent.slice(5));
    expect(await left('campaign_recipients', sent, 'campaign_id')).toEqual(sent.slice(5));
    await purge();
    expect(await left('campaigns', unsent)).toEqual([]);
    expect(await left('campaign_recipients', sent, 'campaign_id')).toEqual([]);
    expect(await left('campaigns', sent)).toEqual(sent);
  });
});

describe('bulk actions', () => {
  async function createBulkAction(at: Date, finishedAt: Date | null = at): Promise<string> {
    const facts = { type: 'resend', created_at: at, started_at: at, total: 1, skipped: 1 };
    const id = await insert('bulk_actions', { ...facts, finished_at: finishedAt });
    await insert(
      'bulk_action_targets',
      { bulk_action_id: id, invitation_id: 7, skip_reason: 'not-found' },
      'bulk_action_id',
    );
    return id;
  }

  it('removes them after 90 days, with what was skipped, even when it runs twice at once', async () => {
    const gone = await createBulkAction(daysAgo(90, 1));
    const kept = await createBulkAction(daysAgo(90, -1));
    const unfinished = await createBulkAction(daysAgo(200), null);
    await Promise.all([purge(), purge()]);
    expect(await left('bulk_actions', [gone, kept, unfinished])).toEqual([kept, unfinished]);
    expect(await left('bulk_action_targets', [gone, kept, unfinished], 'bulk_action_id')).toEqual([
      kept,
      unfinished,
    ]);
  });

  it('removes five at a time', async () => {
    const ids: string[] = [];
    for (let made = 0; made < 6; made += 1) ids.push(await createBulkAction(daysAgo(91)));
    await purge();
    expect(await left('bulk_actions', ids)).toEqual(ids.slice(5));
    await purge();
    expect(await left('bulk_actions', ids)).toEqual([]);
  });
});
