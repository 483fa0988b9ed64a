import { beforeAll, describe, expect, it } from 'vitest';
import { queryRow, queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  createTestRecord,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';
import { idOf, importRecordFile, outcomesByLine, pathOf, undoAndRun, uploadAndCheck } from './uploads.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

/** @returns the id of the record */
async function createRecord(externalId: string, lastName = 'Owusu'): Promise<string> {
  const id = await createTestRecord(`${externalId.toLowerCase()}@undo.example.org`, { lastName });
  await queryRows('update alumni_members set external_id = $2 where id = $1', [id, externalId]);
  return id;
}

const storedFields = (externalId: string) =>
  queryRow(
    `select first_name as "firstName", last_name as "lastName", email::text, batch, center, active from alumni_members
     where external_id = $1`,
    [externalId],
  );
const recordIdOf = async (externalId: string) =>
  (await queryRow<{ id: string }>('select id from alumni_members where external_id = $1', [externalId]))
    ?.id ?? '';

describe('undoing an import', () => {
  it('restores changed records, and deletes new ones', async () => {
    await createRecord('A1');
    const before = await storedFields('A1');
    const result = await importRecordFile(
      admin,
      'id,last name,email,batch,active\nA1,Addo,,1999,no\nA2,Addo,a2@undo.example.org,2001,\n',
    );
    expect(await storedFields('A1')).toMatchObject({
      lastName: 'Addo',
      email: 'a1@undo.example.org',
      batch: 1999,
      active: false,
    });
    const ids = [await recordIdOf('A1'), await recordIdOf('A2')];
    const confirmation = await admin.follow('Undo this import');
    expect(confirmation.text).toContain('2 records were imported from people.csv.');
    const page = await undoAndRun(admin, pathOf(result), 'last year’s file');
    expect(page.text).toContain('2 of 2 records undone.');
    expect(page.text).toContain('last year’s file');
    expect(await storedFields('A1')).toEqual(before);
    expect(await storedFields('A2')).toBeNull();
    expect(page.$('a[href^="/admin/alumni/"]').length).toBe(1);
    const recorded = await queryRows(
      `select subject_id as id, actor_account_id is not null as "byAccount" from audit_events
       where action = 'alumni-record.import-undone' and detail ->> 'importId' = $1 order by id`,
      [idOf(page)],
    );
    expect(recorded).toEqual(ids.map((id) => ({ id, byAccount: true })));
    const importEvents = await queryRows<{ action: string }>(
      `select action from audit_events where subject_type = 'import' and subject_id = $1 order by id`,
      [idOf(page)],
    );
    expect(importEvents.map(({ action }) => action)).toEqual(
      ['uploaded', 'mapped', 'confirmed', 'finished', 'undone', 'undo-finished'].map(
        (verb) => `import.${verb}`,
      ),
    );
    expect((await admin.open(`${pathOf(page)}/undo`)).status).toBe(409);
    const again = await uploadAndCheck(admin, 'alumni', 'id,last name\nA1,Addo\nA2,Addo\n');
    expect(columnTexts(again, 'Status').slice(-2)).toEqual(['Changed', 'New']);
  });

  it('keeps records that were changed, merged or claimed since, and lists the reasons', async () => {
    await createRecord('B1');
    await createRecord('B2');
    const lines = [
      'id,last name',
      ...['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8'].map((id) => `${id},Addo`),
    ];
    const result = await importRecordFile(admin, lines.join('\n'));
    await queryRows(`update alumni_members set last_name = 'Sarpong' where external_id = 'B1'`);
    // Someone has completed this new record since the import.
    await queryRows(`update alumni_members set center = 'Hills' where external_id = 'B3'`);
    const { id: accountId } = await createTestAccount('claims@undo.example.org');
    await queryRows(
      `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1)`,
      [accountId, await recordIdOf('B4')],
    );
    await queryRows(
      `update alumni_members set merged_into = $1, merged_at = now(), active = false where external_id = 'B6'`,
      [await recordIdOf('B5')],
    );
    await queryRows(`update alumni_members set external_id = 'B7-new' where external_id = 'B7'`);
    const page = await undoAndRun(admin, pathOf(result));
    expect(await outcomesByLine(page)).toEqual({
      ...{ 2: 'kept-changed', 3: 'undone', 4: 'kept-changed', 5: 'kept-in-use', 6: 'kept-in-use' },
      ...{ 7: 'kept-merged', 8: 'kept-changed', 9: 'undone' },
    });
    expect(page.text).toContain('2 of 8 records undone, 6 left unchanged.');
    expect(columnTexts(page, 'What happened')).toEqual([
      'Undone',
      'Left as it is: the record was changed after the import',
      'Left as it is: the record was merged into another one after the import',
      'Left as it is: an account has claimed the record, or another record was merged into it',
    ]);
    const kept = await admin.open(`${pathOf(page)}?show=kept-changed`);
    expect(columnTexts(kept, 'ID')).toEqual(['B1', 'B3', 'B7']);
    expect(await storedFields('B1')).toMatchObject({ lastName: 'Sarpong' });
    expect(await storedFields('B2')).toMatchObject({ lastName: 'Owusu' });
    for (const id of ['B3', 'B4', 'B5', 'B6', 'B7-new'])
      expect(await storedFields(id)).toMatchObject({ lastName: 'Addo' });
    expect(await storedFields('B8')).toBeNull();
    const report = await admin.post(`${pathOf(page)}/exports`, {});
    expect(report.text).toContain('4,B3,Addo,New,,Left as it is: the record was changed after the import');
  });

  it('keeps values from a later import', async () => {
    await createRecord('C1');
    const first = await importRecordFile(admin, 'id,last name\nC1,Addo\n');
    const second = await importRecordFile(admin, 'id,last name\nC1,Asante\n');
    expect(await outcomesByLine(await undoAndRun(admin, pathOf(first)))).toEqual({ 2: 'kept-changed' });
    expect(await storedFields('C1')).toMatchObject({ lastName: 'Asante' });
    expect(await outcomesByLine(await undoAndRun(admin, pathOf(second)))).toEqual({ 2: 'undone' });
    expect(await storedFields('C1')).toMatchObject({ lastName: 'Addo' });
  });

  it('requires a reason and a recent sign-in', async () => {
    const path = pathOf(await importRecordFile(admin, 'id,last name\nE1,Addo\n'));
    await admin.open(`${path}/undo`);
    const refused = await admin.submit(`${path}/undo`, { reason: ' ' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Enter a reason');
    await ageSignIns();
    const confirmation = await admin.submit(`${path}/undo`, { reason: 'typed before' });
    expect(confirmation.status).toBe(403);
    await runJobs();
    expect(await storedFields('E1')).not.toBeNull();
    await admin.submit(`${path}/undo`, { currentPassword: validPassword });
    await runJobs();
    expect((await admin.open(path)).text).toContain('typed before');
    expect(await storedFields('E1')).toBeNull();
  });

  it('is refused before the import, and after the rows were deleted', async () => {
    const page = await uploadAndCheck(admin, 'alumni', 'id,last name\nF1,Addo\n');
    expect((await admin.open(`${pathOf(page)}/undo`)).text).toContain('there’s nothing to undo');
    const path = pathOf(await importRecordFile(admin, 'id,last name\nF1,Addo\n'));
    await queryRows('update imports set rows_purged_at = now() where id = $1', [path.split('/').at(-1)]);
    const old = await admin.open(path);
    expect(old.text).toContain('We deleted the rows on');
    expect(old.text).not.toContain('Undo this import');
    expect((await admin.post(`${path}/undo`, { reason: 'late' })).status).toBe(409);
    expect(await storedFields('F1')).not.toBeNull();
  });
});
