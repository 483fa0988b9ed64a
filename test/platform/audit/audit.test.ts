import { beforeAll, describe, expect, it } from 'vitest';
import { Account } from '../../../src/accounts/account.ts';
import { createGroup } from '../../../src/groups/group.ts';
import { recordEvent } from '../../../src/platform/audit/audit.ts';
import { inTransaction } from '../../../src/platform/db/database.ts';
import { queryRows } from '../../support/database.ts';
import { createTestInvitation, signInStaff } from '../../support/fixtures.ts';
import { revoke } from '../../support/operations.ts';
import { columnTexts, type Visitor } from '../../support/visitor.ts';

const AUDIT = '/admin/audit';

let admin: Visitor;
let adminId: string;

beforeAll(async () => {
  admin = await signInStaff('admin');
  adminId = (await Account.findOne({ where: { email: 'admin@example.org' } }))?.id ?? '';
});

const titles = ({ page }: Visitor) => columnTexts(page, 'What happened');

const recordTestEvent = (action: `${string}.${string}`, subjectId: string, detail = {}) =>
  inTransaction(() =>
    recordEvent(
      { kind: 'account', accountId: adminId, ip: '192.0.2.7', requestId: 'REQ12345' },
      { action, subject: 'invitation', subjectId, detail },
    ),
  );

describe('the audit page', () => {
  it('shows names of groups', async () => {
    const name = 'Chapter of the audit';
    await createGroup({ name, description: '' }, { kind: 'command' });
    await admin.open(`${AUDIT}?subject=group`);
    expect(titles(admin)[0]).toBe(`A command on the server created the group ${name}`);
  });

  it('shows actor, action and target with links', async () => {
    const { invitation } = await createTestInvitation('audited@example.org');
    await revoke(invitation.id, 'a wrong address', {
      kind: 'account',
      accountId: adminId,
      ip: '192.0.2.7',
      requestId: 'REQ12345',
    });
    const page = await admin.open(`${AUDIT}?subject=invitation&id=${invitation.id}`);
    expect(titles(admin)).toEqual([
      'admin of the office revoked the invitation for audited@example.org',
      'A command on the server invited audited@example.org',
    ]);
    const [revoked = '', created = ''] = columnTexts(page, 'Details');
    expect(revoked).toContain('Reason: a wrong address');
    expect(revoked).toContain('IP address: 192.0.2.7');
    expect(created).not.toContain('192.0.2.7');
    const targetOf = (label: string) => page.$(`a:contains("${label}")`).attr('href');
    expect(targetOf('audited@example.org')).toBe(`/admin/invitations/${invitation.id}`);
    expect(page.$('main').find('a:contains("admin of the office")').attr('href')).toBe(
      `/admin/people/${adminId}`,
    );
  });

  it('filters by actor, action and date', async () => {
    await recordTestEvent('invitation.strange', '900001');
    await admin.open(`${AUDIT}?action=invitation.strange`);
    expect(titles(admin)).toEqual(['admin of the office: Invitation strange, a deleted address']);
    await admin.open(`${AUDIT}?who=admin@example.org&action=invitation.strange`);
    expect(titles(admin)).toHaveLength(1);
    expect((await admin.open(`${AUDIT}?who=nobody@example.org`)).text).toContain('No events match');
    await admin.open(`${AUDIT}?who=command&action=invitation.strange`);
    expect(titles(admin)).toHaveLength(0);
    const today = new Date().toISOString().slice(0, 10);
    await admin.open(`${AUDIT}?action=invitation.strange&from=${today}&until=${today}`);
    expect(titles(admin)).toHaveLength(1);
    await admin.open(`${AUDIT}?action=invitation.strange&until=2020-01-01`);
    expect(titles(admin)).toHaveLength(0);
    await admin.open(`${AUDIT}?action=invitation.strange&from=2100-01-01`);
    expect(titles(admin)).toHaveLength(0);
  });

  it('paginates without missing or repeating an event', async () => {
    for (let n = 1; n <= 60; n += 1) await recordTestEvent('invitation.paged', 'paged', { line: n });
    const seen: string[] = [];
    let next: string | undefined = `${AUDIT}?action=invitation.paged`;
    while (next) {
      const page = await admin.open(next);
      seen.push(...columnTexts(page, 'Details').map((text) => /Line: (\d+)/.exec(text)?.[1] ?? ''));
      next = page.$('a[rel=next]').attr('href');
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => String(60 - index)));
  });

  it('ignores invalid query parameters', async () => {
    const nonsense = 'subject=x&id[]=1&action=%27&from=2026-13-45&until=never&who[a]=b&after=zzz';
    expect((await admin.open(`${AUDIT}?${nonsense}`)).status).toBe(200);
  });

  it('exports the filtered events as CSV, escapes formulas, and records the export', async () => {
    await recordTestEvent('invitation.exported-to', '=1+1', { message: 'with "quotes", and a comma' });
    await admin.open(`${AUDIT}?action=invitation.exported-to`);
    const fields = admin.fieldsOf(`${AUDIT}/exports`);
    const response = await admin.post(`${AUDIT}/exports`, fields);
    expect(response.headers['content-type']).toContain('text/csv');
    expect(response.headers['content-disposition']).toContain('audit.csv');
    const lines = response.text.trim().split('\r\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(`,invitation.exported-to,invitation,'=1+1,`);
    const [event] = await queryRows(
      `select actor_account_id as "actorId", detail from audit_events where action = 'audit.exported'`,
    );
    expect(event).toEqual({ actorId: adminId, detail: { action: 'invitation.exported-to' } });
  });

  it('exports more than one chunk', async () => {
    await queryRows(
      `insert into audit_events (actor, action, subject_type, subject_id)
       select 'system', 'invitation.many', 'invitation', n::text from generate_series(1, 2001) n returning id`,
    );
    await admin.open(`${AUDIT}?action=invitation.many`);
    const response = await admin.post(`${AUDIT}/exports`, admin.fieldsOf(`${AUDIT}/exports`));
    expect(response.text.trim().split('\r\n')).toHaveLength(2002);
  });
});
