import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { importAlumni } from '../../src/imports/records/command-import.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  signInStaff,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

const LIST = '/admin/alumni';
const facts = {
  externalId: 'H-1',
  firstName: 'Kofi',
  lastName: 'Mensah',
  email: 'Kofi@Example.ORG',
  batch: '1999',
  center: 'Hills',
  yearOfBirth: '1981',
};

let admin: Visitor;
let support: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
  support = await signInStaff('support');
});

const eventsOf = async (id: string) => {
  const found = await queryRows<{ action: string; detail: object }>(
    `select action, detail from audit_events where subject_type = 'alumni-record' and subject_id = $1 order by id`,
    [id],
  );
  return found.map(({ action, detail }) => `${action} ${JSON.stringify(detail)}`);
};

const recordOf = (id: string) =>
  queryRow<Record<string, unknown>>('select * from alumni_members where id = $1', [id]);

async function claimed(recordId: string, email: string, relationship = 'self'): Promise<void> {
  const { id } = await createTestAccount(email);
  await queryRows(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, $3, 1) returning id`,
    [id, recordId, relationship],
  );
}

describe('alumni record', () => {
  it('is added by the rules of an import, with all errors listed', async () => {
    await admin.open(`${LIST}/new`);
    const faulty = await admin.submit(LIST, { ...facts, lastName: ' ', email: 'kofi', yearOfBirth: '81' });
    expect(faulty.status).toBe(422);
    expect(faulty.text).toContain('Enter a last name');
    expect(faulty.text).toContain('Enter an e-mail address like name@example.org, or leave this empty');
    expect(faulty.text).toContain('Enter the year of birth as four digits');
    expect(faulty.$('input[name=center]').val()).toBe('Hills');
    const done = await admin.submit(LIST, { ...facts, lastName: ' Mensah  Asante ' });
    expect(done.text).toContain('The record was added');
    expect(done.$('h1').text()).toBe('Kofi Mensah Asante');
    expect(done.text).toContain('Kofi@example.org');
    await admin.open(`${LIST}/new`);
    expect((await admin.submit(LIST, facts)).text).toContain('Another record already has the ID “H-1”');
  });

  it('shows its data, claims, invitations and history', async () => {
    const email = 'whole@example.org';
    const id = await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 16 });
    await claimed(id, 'parent@example.org', 'child');
    const { invitation } = await createTestInvitation(email);
    const page = await support.open(`${LIST}/${id}`);
    expect(page.text).toMatch(/Age now(15–)?16 Requires Consent/);
    expect(page.text).toContain('parent@example.org This is my child Waiting');
    expect(page.text).toContain(invitation.reference);
    expect(page.$(`a[href="${LIST}/${id}/details"]`)).toHaveLength(0);
    expect((await admin.open(`${LIST}/${id}`)).$(`a[href="${LIST}/${id}/details"]`)).toHaveLength(1);
    for (const none of ['0', 'nobody', '99999999999999999999'])
      expect((await support.open(`${LIST}/${none}`)).status).toBe(404);
  });

  it('is edited, and the audit names the changed fields without their values', async () => {
    const id = await createTestRecord('before@example.org');
    const path = `${LIST}/${id}/details`;
    await admin.open(path);
    const done = await admin.submit(path, { email: 'after@example.org', yearOfBirth: '1990' });
    expect(done.text).toContain('Saved: E-mail address and Year of birth');
    expect(await eventsOf(id)).toEqual(['alumni-record.changed {"columns":["email","yearOfBirth"]}']);
    expect(done.$('.timeline').text()).toContain('e-mail address and year of birth');
    await admin.open(path);
    expect((await admin.submit(path)).text).toContain('You didn’t change anything');
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('is not overwritten by a second editor, who is shown both versions', async () => {
    const id = await createTestRecord('twice@example.org');
    const path = `${LIST}/${id}/details`;
    const other = await signInStaff('admin');
    await admin.open(path);
    await other.open(path);
    await admin.submit(path, { center: 'Hills' });
    const late = await other.submit(path, { center: 'Valley', batch: '1977' });
    expect(late.status).toBe(409);
    expect(late.text).toContain('Someone else saved this record while you were editing');
    expect(late.text).toContain('CenterHillsValley');
    expect(await recordOf(id)).toMatchObject({ center: 'Hills', batch: 2002 });
    expect(late.$('input[name=batch]').val()).toBe('1977');
    const sure = await other.submit(path);
    expect(sure.text).toContain('Saved: Batch and Center');
    expect(await recordOf(id)).toMatchObject({ center: 'Valley', batch: 1977 });
  });

  it('is deactivated and reactivated', async () => {
    const id = await createTestRecord('resting@example.org');
    await admin.open(`${LIST}/${id}/deactivation`);
    expect((await admin.submit(`${LIST}/${id}/deactivation`)).text).toContain('is now inactive');
    expect((await admin.post(`${LIST}/${id}/deactivation`, {})).status).toBe(409);
    await admin.open(`${LIST}/${id}`);
    expect((await admin.submit(`${LIST}/${id}/reactivation`)).text).toContain('is active again');
    expect((await admin.post(`${LIST}/${id}/reactivation`, {})).status).toBe(409);
    expect((await eventsOf(id)).map((event) => event.split(' ')[0])).toEqual([
      'alumni-record.deactivated',
      'alumni-record.reactivated',
    ]);
  });
});

describe('marking a record as deceased', () => {
  it('revokes the open invitation if requested and nobody else has the address', async () => {
    const email = 'late@example.org';
    const id = await createTestRecord(email);
    const { invitation } = await createTestInvitation(email);
    const page = await admin.open(`${LIST}/${id}/death`);
    expect(page.text).toContain('Revoke the open invitation to late@example.org');
    expect(page.$('input[name=revoke]').prop('checked')).toBe(true);
    const done = await admin.submit(`${LIST}/${id}/death`);
    expect(done.text).toContain('marked as deceased, and the open invitation was revoked');
    expect(await recordOf(id)).toMatchObject({ deceased: true, state: 'deceased' });
    await invitation.reload();
    expect(invitation.revokedReason).toBe('The person has died');
  });

  it('keeps the invitation of a family, and one that should stay', async () => {
    const [one = '', other = ''] = [
      await createTestRecord('family@example.org'),
      await createTestRecord('family@example.org'),
    ];
    const { invitation } = await createTestInvitation('family@example.org');
    expect((await admin.open(`${LIST}/${one}/death`)).$('input[name=revoke]')).toHaveLength(0);
    await admin.post(`${LIST}/${one}/death`, { revoke: 'yes' });
    await invitation.reload();
    expect(invitation.isOpen).toBe(true);
    await admin.open(`${LIST}/${other}/death`);
    await admin.submit(`${LIST}/${other}/death`, { revoke: '' });
    await invitation.reload();
    expect(invitation.isOpen).toBe(true);
  });
});

describe('support staff', () => {
  it('see the directory without any way to change it', async () => {
    const id = await createTestRecord('seen@example.org');
    const list = await support.open(LIST);
    expect(list.status).toBe(200);
    for (const page of [list, await support.open(`${LIST}/${id}`), await support.open(`${LIST}/unmatched`)]) {
      expect(page.$('main form[method=post]')).toHaveLength(0);
      expect(page.$('main a[href$="/new"], main a[href*="/merge"], main a[href*="import"]')).toHaveLength(0);
    }
    for (const path of [`${LIST}/new`, `${LIST}/${id}/details`, `${LIST}/${id}/merge`, `${LIST}/${id}/death`])
      expect((await support.open(path)).status).toBe(403);
  });
});

describe('export', () => {
  it('can be imported again unchanged, including formulas, and is audited', async () => {
    await queryRows(
      `insert into alumni_members (external_id, first_name, last_name, email, center, deceased) values
       ('=1+1', '@Zoë', '+Plus; "quoted", and more', null, '-minus', true), ('O’Hara', '', 'One Name', null, null, false)
       returning id`,
    );
    await admin.open(LIST);
    const { text, headers } = await admin.post(`${LIST}/exports`, {});
    expect(headers['content-disposition']).toContain('alumni.csv');
    expect(text).toContain(`'=1+1,'@Zoë,"'+Plus; ""quoted"", and more"`);
    const again = await importAlumni(Readable.from([Buffer.from(text)]), { kind: 'command' });
    const [all] = await queryRows<{ count: number }>('select count(*)::int as count from alumni_members');
    expect(again).toMatchObject({ created: 0, changed: 0, rejected: 0, unchanged: all?.count });
    const filtered = await admin.post(`${LIST}/exports`, { q: 'one name' });
    expect(filtered.text.trim().split('\r\n')).toHaveLength(2);
    const noted = await queryRow<{ detail: { filter: object } }>(
      `select detail from audit_events where action = 'alumni-record.exported' order by id desc limit 1`,
    );
    expect(noted?.detail.filter).toMatchObject({ search: 'one name', state: null });
  });
});
