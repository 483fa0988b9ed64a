import { beforeAll, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { getRecord } from '../../src/alumni/listed-record.ts';
import { listLikelyRecords } from '../../src/alumni/matching/likely-records.ts';
import { matchAccount } from '../../src/alumni/matching/match.ts';
import { countUnmatched } from '../../src/alumni/matching/unmatched.ts';
import { maintainConsents } from '../../src/consents/maintenance.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestRecord,
  latestMail,
  newVisitor,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';

const LIST = '/admin/alumni/unmatched';
const thisYear = new Date().getUTCFullYear();
const command = { kind: 'command' } as const;

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

const matchPath = (id: string, recordId: string) => `${LIST}/${id}/match/${recordId}`;
const listProfileRecords = (id: string) =>
  queryRows<{ record: string }>('select alumni_member_id as record from profiles where account_id = $1', [
    id,
  ]);

describe('accounts without a record', () => {
  it('are listed oldest first with suggested records', async () => {
    const [one, other] = [
      await createTestAccount(uniqueAddress(), null, 'Efua Addo'),
      await createTestAccount('known@example.org'),
    ];
    const first = await createTestRecord('elsewhere@example.org', { lastName: 'Addo' });
    await queryRows(`update alumni_members set first_name = 'Efua' where id = $1`, [first]);
    await createTestRecord('known@example.org', { lastName: 'Known' });
    const page = await admin.open(LIST);
    expect(columnTexts(page, 'Name')).toEqual(['Efua Addo', 'Amma Owusu']);
    expect(columnTexts(page, 'Address')).toEqual([one.email, other.email]);
    expect(columnTexts(page, 'May be')).toEqual([
      'Efua Addo, 2002, Harbour (same name)',
      'Amma Known, 2002, Harbour (same address)',
    ]);
    expect(page.$('a:contains("Efua Addo")').attr('href')).toBe(`${LIST}/${one.id}`);
    expect(page.text).toContain('To match (2)');
    expect(await countUnmatched()).toBe(2);
    expect((await admin.open('/admin/alumni')).text).toContain('2 accounts have no record yet');
  });

  it('can be marked as needing no record, and unmarked again', async () => {
    const teacher = await createTestAccount(uniqueAddress(), null, 'Ms Teacher');
    await admin.open(`${LIST}/${teacher.id}`);
    expect((await admin.submit(`${LIST}/${teacher.id}/no-record`)).text).toContain(
      'is marked as needing no record',
    );
    expect((await admin.open(LIST)).text).not.toContain('Ms Teacher');
    expect((await admin.open(`${LIST}?show=no-record-needed`)).text).toContain('Ms Teacher');
    await admin.open(`${LIST}/${teacher.id}`);
    await admin.submit(`${LIST}/${teacher.id}/no-record/undo`);
    expect((await admin.open(LIST)).text).toContain('Ms Teacher');
    const events = await queryRows<{ action: string }>(
      `select action from audit_events where subject_type = 'account' and subject_id = $1 and action like '%no-record-needed%' order by id`,
      [teacher.id],
    );
    expect(events.map(({ action }) => action)).toEqual([
      'account.marked-no-record-needed',
      'account.no-record-needed-undone',
    ]);
  });
});

describe('likely records', () => {
  it('have the same or a similar address or name, and come most likely first with the evidence', async () => {
    const named = async (firstName: string, lastName: string, email: string) => {
      const id = await createTestRecord(email, { lastName });
      await queryRows('update alumni_members set first_name = $2 where id = $1', [id, firstName]);
      return id;
    };
    const same = await named('Yaw', 'Boateng', 'someone@else.example');
    const misspelled = await named('Yaw', 'Boatemg', 'other@else.example');
    const address = await named('Old', 'Name', 'yaw.boateng@example.org');
    const similarAddress = await named('Wholly', 'Other', 'yaw.boateng@work.example');
    await named('Yaw', 'Nobody', 'no@else.example');
    const found = await listLikelyRecords({ email: 'yaw.boateng@example.org', name: 'yaw boateng' });
    expect(found.map(({ id, matchedBy }) => [id, matchedBy])).toEqual([
      [address, ['address']],
      [same, ['name']],
      [misspelled, ['similar-name']],
      [similarAddress, ['similar-address']],
    ]);
    expect(await listLikelyRecords({ email: '%@example.org', name: '% _ \\' })).toEqual([]);
  });

  it('are found by a former name, without accents, and the same batch and center come first', async () => {
    const renamed = await createTestRecord('new.name@else.example', { lastName: 'Newname', batch: 1997 });
    await queryRows(`update alumni_members set former_name = 'Amma Çelik-Dürrani' where id = $1`, [renamed]);
    const otherYear = await createTestRecord('celik@else.example', {
      lastName: 'Celik-Durrani',
      batch: 2003,
    });
    const sameYear = await createTestRecord('celik2@else.example', {
      lastName: 'Çelik-Durrani',
      batch: 2004,
    });
    const found = await listLikelyRecords({
      email: 'someone@nowhere.example',
      name: 'Married Quitedifferent',
      schoolName: 'amma celik-durrani',
      batch: 2004,
      center: 'HARBOUR',
    });
    expect(found.slice(0, 3).map(({ id, matchedBy }) => [id, matchedBy])).toEqual([
      [sameYear, ['name', 'batch', 'center']],
      [renamed, ['name', 'center']],
      [otherYear, ['name', 'center']],
    ]);
    const page = await admin.open('/admin/alumni?q=durrani+celik');
    expect(page.$('main tbody tr')).toHaveLength(3);
  });
});

describe('matching an account with a record', () => {
  it('claims the record for the account, and notifies the person', async () => {
    const person = await createTestAccount(uniqueAddress(), null, 'Abena Sarpong');
    const recordId = await createTestRecord('abena@work.example', { lastName: 'Sarpong' });
    const page = await admin.open(`${LIST}/${person.id}?q=sarpong`);
    const path = matchPath(person.id, recordId);
    expect(page.$(`#found a[href="${path}"]`)).toHaveLength(1);
    await admin.open(path);
    expect((await admin.submit(path)).text).toContain('has the record of Amma Sarpong');
    expect(await listProfileRecords(person.id)).toEqual([{ record: recordId }]);
    const mail = await latestMail(person.email);
    expect(mail.text).toContain('Amma Sarpong, batch 2002, Harbour');
    expect(mail.text).not.toContain('guardian');
    const event = await queryRow(
      `select detail from audit_events where action = 'account.matched' and subject_id = $1`,
      [person.id],
    );
    expect(event).toMatchObject({ detail: { recordId } });
    expect((await admin.open(`${LIST}/${person.id}`)).text).toContain('This account now has a record');
  });

  it('shows why a record can’t be matched, and refuses the form', async () => {
    const person = await createTestAccount(uniqueAddress());
    const taken = await createTestRecord(uniqueAddress());
    await matchAccount((await createTestAccount('owner@example.org')).id, taken, command);
    const inactive = await createTestRecord(uniqueAddress());
    await queryRows('update alumni_members set active = false where id = $1', [inactive]);
    const cases: [string, string][] = [
      [taken, 'owner@example.org has already claimed this record'],
      [inactive, 'This record is inactive'],
      [await createTestRecord(uniqueAddress(), { yearOfBirth: thisYear - 10 }), 'too young to join'],
      [await createTestRecord(uniqueAddress(), { yearOfBirth: null }), 'This record has no year of birth'],
    ];
    for (const [recordId, reason] of cases) {
      const page = await admin.open(matchPath(person.id, recordId));
      expect(page.text).toContain(reason);
      expect(page.$('main form')).toHaveLength(0);
      const sent = await admin.open(LIST).then(() => admin.post(matchPath(person.id, recordId), {}));
      expect(sent.status).toBe(409);
      expect(sent.text).toContain(reason);
    }
    expect(await listProfileRecords(person.id)).toEqual([]);
    const staff = await Account.findOne({ where: { email: 'admin@example.org' }, rejectOnEmpty: true });
    await expect(matchAccount(staff.id, await createTestRecord(uniqueAddress()), command)).rejects.toThrow(
      'a member of staff',
    );
  });

  it('announces that a minor needs a guardian, and deletes the account after 30 days without consent', async () => {
    const person = await createTestAccount(uniqueAddress(), null, 'Young Kofi');
    await queryRows(`update accounts set created_at = now() - interval '90 days' where id = $1`, [person.id]);
    const visitor = newVisitor();
    await visitor.signIn(person.email, validPassword);
    expect(visitor.page.path).toBe('/home');
    const recordId = await createTestRecord(uniqueAddress(), { yearOfBirth: thisYear - 16 });
    const path = matchPath(person.id, recordId);
    expect((await admin.open(path)).text).toContain('A guardian’s consent is needed');
    expect((await admin.submit(path)).text).toContain('They have no access until a guardian gives consent.');
    expect((await latestMail(person.email)).text).toContain('we need permission from a parent or guardian');
    await maintainConsents();
    expect(await Account.count({ where: { id: person.id } })).toBe(1);
    await visitor.open('/home');
    expect(visitor.page.path).toBe('/waiting');
    await visitor.submit('/waiting/requests', { guardianName: 'Gita', guardianEmail: 'gita@example.net' });
    expect((await latestMail('gita@example.net')).subject).toContain('needs your permission');
    await queryRows(
      `update profiles set claimed_at = now() - interval '31 days' where account_id = $1 returning id`,
      [person.id],
    );
    await maintainConsents();
    expect(await Account.count({ where: { id: person.id } })).toBe(0);
    expect(await getRecord(recordId)).toMatchObject({ claimed: false });
  });

  it('allows one of several concurrent matches', async () => {
    const recordId = await createTestRecord(uniqueAddress());
    const people = [await createTestAccount(uniqueAddress()), await createTestAccount(uniqueAddress())];
    const answers = await Promise.allSettled(
      [...people, ...people].map(({ id }) => matchAccount(id, recordId, command)),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await queryRows('select 1 from profiles where alumni_member_id = $1', [recordId])).toHaveLength(1);
  });
});
