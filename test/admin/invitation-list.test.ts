import { beforeAll, describe, expect, it } from 'vitest';
import { emptyInvitationFilter } from '../../src/invitations/filter.ts';
import { type InvitationSort, listInvitations } from '../../src/invitations/list.ts';
import {
  type InvitationStatus,
  invitationStatuses,
  statusOf,
  statusSql,
} from '../../src/invitations/status.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestInvitation, createTestRecord, signInStaff } from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

let admin: Visitor;
let inviterId: string;
let groupId: string;

// Every status, delivery, batch, center, group and inviter, many times. Some expired a moment ago, recorded or not.
beforeAll(async () => {
  admin = await signInStaff('admin');
  inviterId =
    (await queryRow<{ id: string }>(`select id from accounts where email = 'admin@example.org'`))?.id ?? '';
  groupId =
    (await queryRow<{ id: string }>(`insert into groups (name) values ('Harbour chapter') returning id`))
      ?.id ?? '';
  await queryRows(
    `insert into invitations (reference, email, name, batch, center, group_id, group_role, validity_days, created_at,
       expires_at, accepted_at, revoked_at, declined_at, declined_reason, expiry_recorded_at, invited_by, delivered_at,
       bounced_at, failed_at, opened_at, link_shared)
     select lpad(n::text, 8, '0'), 'p' || n || '@list.example.org', 'Person ' || n, 1980 + n % 4, 'Center ' || n % 3,
       case when n % 5 = 0 then $1::bigint end, case when n % 5 = 0 then 'member' end, 7, now() - n * interval '1 hour',
       now() - n * interval '1 hour' + interval '7 days', case when n % 10 = 1 then now() end,
       case when n % 10 = 2 then now() end, case when n % 10 = 3 then now() end, case when n % 10 = 3 then 'not-me' end,
       case when n >= 168 and n % 10 > 3 and n % 2 = 0 then now() end, case when n % 2 = 0 then $2::bigint end,
       case when n % 6 > 0 then now() end, case when n % 6 = 1 then now() end, case when n % 6 = 2 then now() end,
       case when n % 6 = 3 then now() end, n % 6 = 4
     from generate_series(1, 400) n`,
    [groupId, inviterId],
  );
});

const orders: readonly InvitationSort[] = ['sent', 'expires', 'address', 'status'];
const orderSql: Readonly<Record<InvitationSort, string>> = {
  sent: 'created_at',
  expires: 'expires_at',
  address: 'email',
  status: 'stage, expires_at',
};

/** Reads all pages forwards, then back. */
async function walk(
  filter: Partial<typeof emptyInvitationFilter>,
  order: InvitationSort,
  descending: boolean,
): Promise<string[]> {
  const query = { ...emptyInvitationFilter, search: '@list.', ...filter, order, descending };
  let page = await listInvitations({ ...query, cursor: null });
  const forwards = [page.items.map(({ id }) => id)];
  while (page.after) {
    page = await listInvitations({ ...query, cursor: { direction: 'after', position: page.after } });
    forwards.push(page.items.map(({ id }) => id));
  }
  const backwards = [forwards.at(-1)];
  while (page.before) {
    page = await listInvitations({ ...query, cursor: { direction: 'before', position: page.before } });
    backwards.unshift(page.items.map(({ id }) => id));
  }
  expect(backwards).toEqual(forwards);
  return forwards.flat();
}

async function expected(condition: string, order: InvitationSort, descending: boolean): Promise<string[]> {
  const direction = descending ? 'desc' : 'asc';
  const found = await queryRows<{ id: string }>(
    `select i.id from invitations i where ${condition} and email like '%@list.%'
     order by ${orderSql[order].replace(',', ` ${direction},`)} ${direction}, id ${direction}`,
  );
  return found.map(({ id }) => id);
}

describe('status', () => {
  it('is the same in SQL and in TypeScript', async () => {
    for (const status of invitationStatuses) {
      const found = await queryRows<Parameters<typeof statusOf>[0]>(
        `select accepted_at as "acceptedAt", revoked_at as "revokedAt", declined_at as "declinedAt",
           expires_at as "expiresAt" from invitations i where ${statusSql[status]}`,
      );
      expect(new Set(found.map((one) => statusOf(one)))).toEqual(new Set<InvitationStatus>([status]));
    }
    const all = invitationStatuses.map(
      (status) => `(select count(*) from invitations i where ${statusSql[status]})`,
    );
    const counted = await queryRow<{ same: boolean }>(
      `select ${all.join(' + ')} = count(*) as same from invitations`,
    );
    expect(counted?.same).toBe(true);
  });
});

describe('every filter in every order, page by page and back', () => {
  const filters: [Partial<typeof emptyInvitationFilter>, string][] = [
    [{}, 'true'],
    ...invitationStatuses.map((status): [Partial<typeof emptyInvitationFilter>, string] => [
      { status },
      statusSql[status],
    ]),
    [{ delivery: 'bounced' }, `delivery = 'bounced'`],
    [{ delivery: 'link' }, `delivery = 'link'`],
    [{ batch: 1981 }, 'batch = 1981'],
    [{ center: 'Center 2' }, `center = 'Center 2'`],
    [{ batch: 1981, status: 'expired' }, `batch = 1981 and ${statusSql.expired}`],
    [{ center: 'Center 1', delivery: 'opened' }, `center = 'Center 1' and delivery = 'opened'`],
  ];

  it.each(filters)('%o', async (filter, condition) => {
    for (const order of orders) {
      for (const descending of [true, false]) {
        expect(await walk(filter, order, descending)).toEqual(
          await expected(condition, filter.status && order === 'status' ? 'expires' : order, descending),
        );
      }
    }
  });

  it('2,100 invitations', async () => {
    await queryRows(
      `insert into invitations (reference, email, name, batch, validity_days, created_at, expires_at)
       select 'W' || lpad(n::text, 7, '0'), 'w' || n || '@walk.example.org', '-', 1955, 7, now() - n * interval '7 minutes',
         now() - n * interval '7 minutes' + interval '7 days' from generate_series(1, 2100) n`,
    );
    for (const [order, descending] of [
      ['sent', true],
      ['expires', false],
      ['address', true],
      ['status', false],
    ] as const) {
      const seen = await walk({ search: '', batch: 1955 }, order, descending);
      expect(new Set(seen).size).toBe(2100);
      const direction = descending ? 'desc' : 'asc';
      const all = await queryRows<{ id: string }>(
        `select id from invitations where batch = 1955
           order by ${orderSql[order].replace(',', ` ${direction},`)} ${direction}, id ${direction}`,
      );
      expect(seen).toEqual(all.map(({ id }) => id));
    }
  });
});

describe('list page', () => {
  const shown = () =>
    admin.page
      .$('tbody tr .who > a')
      .map((_, a) => admin.page.$(a).text())
      .get();

  it('shows the person, and each active filter with a link to remove it', async () => {
    await createTestRecord('known@example.org', { batch: 1977 });
    await createTestInvitation('known@example.org');
    const page = await admin.open('/admin/invitations?batch=1977&center=Harbour&status=pending');
    expect(shown()).toEqual(['known@example.org']);
    expect(page.text).toContain('Amma Owusu · 1977 · Harbour');
    expect(page.text).toContain('Queued');
    const chips = page
      .$('.chips a')
      .map((_, a) => page.$(a).attr('href'))
      .get();
    expect(chips).toEqual([
      '/admin/invitations?batch=1977&center=Harbour',
      '/admin/invitations?status=pending&center=Harbour',
      '/admin/invitations?status=pending&batch=1977',
      '/admin/invitations',
    ]);
    expect(page.$('details.more').attr('open')).toBeDefined();
  });

  it('filters by group, inviter and days', async () => {
    await admin.open(`/admin/invitations?group=${groupId}&inviter=${inviterId}`);
    expect(admin.page.text).toContain('40 invitations');
    expect(admin.page.text).toContain('Group: Harbour chapter');
    expect(admin.page.text).toContain('Invited by admin of the office');
    const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    await admin.open(`/admin/invitations?from=${dayAgo(5)}&to=${dayAgo(4)}&q=@list.`);
    expect(admin.page.text).toContain('48 invitations');
  });

  it('finds short words at the start of words, parts of names, and complete references', async () => {
    await admin.open('/admin/invitations?q=P3&sort=address');
    expect(shown()).toHaveLength(25);
    expect(shown()[0]).toBe('p300@list.example.org');
    await admin.open('/admin/invitations?q=erson+399');
    expect(shown()).toEqual(['p399@list.example.org']);
    await admin.open('/admin/invitations?q=00000007');
    expect(shown()).toEqual(['p7@list.example.org']);
    await admin.open('/admin/invitations?q=0000+0007');
    expect(shown()).toEqual(['p7@list.example.org']);
  });

  it('sorts search results as requested, however many there are', async () => {
    const all = await queryRows<{ email: string }>(
      `select email::text from invitations where email like '%walk.example%' order by email`,
    );
    const addresses = all.map(({ email }) => email);
    await admin.open('/admin/invitations?q=walk.example&sort=address');
    expect(admin.page.text).toContain('2,100 invitations');
    expect(shown()).toEqual(addresses.slice(0, 25));
    await admin.follow('Next');
    expect(shown()).toEqual(addresses.slice(25, 50));
    await admin.follow('Previous');
    expect(shown()).toEqual(addresses.slice(0, 25));
    await admin.open('/admin/invitations?q=walk.example&sort=-address');
    expect(shown()).toEqual(addresses.slice(-25).reverse());
  });

  it('counts up to 10,000', async () => {
    await queryRows(
      `insert into invitations (reference, email, name, validity_days, created_at, expires_at)
       select 'C' || lpad(n::text, 7, '0'), 'c' || n || '@count.example.org', '-', 7, now(), now() + interval '7 days'
       from generate_series(1, 10001) n`,
    );
    await admin.open('/admin/invitations?q=count.example');
    expect(admin.page.text).toContain('More than 10,000 invitations');
    expect(admin.page.text).toContain('All that match');
  });

  it('suggests a similar spelling when nothing matches', async () => {
    await createTestRecord('maya@spelling.example', { lastName: 'Lindqvist' });
    await createTestInvitation('maya@spelling.example');
    const page = await admin.open('/admin/invitations?q=lindquist&sort=address');
    expect(page.text).toContain('Did you mean Lindqvist?');
    await admin.follow('Lindqvist');
    expect(admin.page.path).toBe('/admin/invitations?q=Lindqvist&sort=address');
    expect(shown()).toEqual(['maya@spelling.example']);
    expect((await admin.open('/admin/invitations?q=zzzzqqqq')).text).not.toContain('Did you mean');
  });

  it('returns only the table for a live search', async () => {
    const answer = await admin.agent.get('/admin/invitations?q=p39').set('HX-Request', 'true');
    expect(answer.text).not.toContain('<html');
    expect(answer.text).toContain('id="found"');
  });

  it.each([
    '?delivery=pigeon&batch=19&center=&group=x&inviter=-1&from=2026-02-30&to=yesterday',
    '?batch=99999&group=99999999999999999999',
    '?from[]=2026-01-01&to=2026-01-01&to=2026-01-02',
    '?q=%25%5C_%27',
    '?q=%F0%9F%99%82',
    '?sort=status&status=expired&after=WzEsMl0',
    `?sort=expires&after=${Buffer.from('["2026-13-77 00:00:00+00","1"]').toString('base64url')}`,
  ])('accepts the invalid query %s', async (given) => {
    expect((await admin.open(`/admin/invitations${given}`)).status).toBe(200);
  });
});
