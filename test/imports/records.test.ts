import { beforeAll, describe, expect, it } from 'vitest';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestRecord, runJobs, signInStaff } from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';
import {
  confirmAndRun,
  idOf,
  outcomesByLine,
  pathOf,
  statusesByLine,
  uploadAndCheck,
  uploadFile,
} from './uploads.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

/** @returns the id of the record */
async function createRecord(externalId: string, lastName: string): Promise<string> {
  const id = await createTestRecord(`${externalId.toLowerCase()}@directory.example.org`, { lastName });
  await queryRows('update alumni_members set external_id = $2 where id = $1', [id, externalId]);
  return id;
}

const markMerged = (mergedId: string, keptId: string) =>
  queryRows('update alumni_members set merged_into = $2, merged_at = now(), active = false where id = $1', [
    mergedId,
    keptId,
  ]);

const storedFields = (externalId: string) =>
  queryRow('select last_name as name, batch, center from alumni_members where external_id = $1', [
    externalId,
  ]);

describe('a file of alumni records', () => {
  it('shows its changes, and applies them only after confirmation', async () => {
    const changing = await createRecord('R2', 'Boateng');
    await createRecord('R3', 'Mensah');
    await markMerged(await createRecord('R5', 'Danso'), await createRecord('R4', 'Danso'));
    const lines = [
      'Record ID;First name;Surname;E-mail;Class year',
      'R1;Efua;Addo;efua@directory.example.org;2011',
      'R2;Amma;Boateng-Adu;R2@directory.example.org;2002',
      'R3;Amma;Mensah;r3@directory.example.org;2002',
      'R5;Amma;Danso;r5@directory.example.org;2002',
      'R1;Other;Person;;',
      'R6;Nobody;;;',
      'R7;Too;Short',
      'R8;Year;Wrong;;02',
    ];
    await admin.open('/admin/alumni');
    await admin.follow('Upload alumni records');
    expect(admin.page.text).toContain('Upload an Excel workbook (.xlsx), or a CSV file');
    const page = await uploadAndCheck(admin, 'alumni', `${lines.join('\r\n')}\r\n`);
    expect(await statusesByLine(page)).toEqual({
      ...{ 2: 'new', 3: 'changed', 4: 'unchanged', 5: 'conflict', 6: 'duplicate' },
      ...{ 7: 'invalid', 8: 'invalid', 9: 'invalid' },
    });
    expect(page.text).toContain('2 of 8 rows will be imported. Nothing has changed yet.');
    expect(page.text).toContain('Last name: “Boateng” becomes “Boateng-Adu”');
    expect(page.text).toContain('This record was merged into “R4”');
    expect(page.text).toContain('Line 2 has the same ID');
    expect(page.text).toContain('This row has 3 cells, but the first line has 5.');
    expect(page.$('button:contains("Import 2 records")').length).toBe(1);
    expect(await storedFields('R1')).toBeNull();

    const result = await confirmAndRun(admin);
    expect(result.text).toContain('2 records imported.');
    expect(result.$(`a[href="/admin/alumni/${changing}"]`).length).toBe(1);
    expect(await storedFields('R1')).toEqual({ name: 'Addo', batch: 2011, center: null });
    expect(await storedFields('R2')).toEqual({ name: 'Boateng-Adu', batch: 2002, center: 'Harbour' });
    expect(await storedFields('R5')).toEqual({ name: 'Danso', batch: 2002, center: 'Harbour' });
    const recorded = await queryRows(
      `select 1 from audit_events where action = 'alumni-record.imported' and detail ->> 'importId' = $1`,
      [idOf(result)],
    );
    expect(recorded).toHaveLength(2);
    const report = await admin.post(`${pathOf(result)}/exports`, {});
    expect(report.text).toContain('2,R1,Efua,Addo,efua@directory.example.org,2011,New,,Imported');
    expect(report.text).toContain('4,R3,Amma,Mensah,r3@directory.example.org,2002,Unchanged,,Not imported');

    const again = await uploadAndCheck(admin, 'alumni', lines.slice(0, 4).join('\n'));
    expect(await statusesByLine(again)).toEqual({ 2: 'unchanged', 3: 'unchanged', 4: 'unchanged' });
    expect(again.text).toContain('There’s nothing to import');
    expect(again.text).not.toContain('Import 0 records');
  });

  it('skips and reports records that were added, changed or merged after the check', async () => {
    const kept = await createRecord('M1', 'Addo');
    const changed = await createRecord('M3', 'Addo');
    await uploadAndCheck(admin, 'alumni', 'id,last name\nM1,Asante\nM2,Addo\nM3,Asante\nM4,Addo\nM5,Addo\n');
    await markMerged(await createRecord('M2', 'Sarpong'), kept);
    await queryRows(`update alumni_members set last_name = 'Sarpong' where id = $1`, [changed]);
    await createRecord('M4', 'Sarpong');
    const result = await confirmAndRun(admin);
    expect(await outcomesByLine(result)).toEqual({
      ...{ 2: 'imported', 3: 'merged-since', 4: 'changed-since', 5: 'added-since', 6: 'imported' },
    });
    expect(result.text).toContain('2 records imported, 3 skipped.');
    expect(columnTexts(result, 'What happened')).toEqual([
      'Imported',
      'Skipped: someone added this record after the check',
      'Skipped: the record was changed after the check',
      'Skipped: the record was merged into another one after the check',
    ]);
    const shown = await admin.open(`${pathOf(result)}?show=changed-since`);
    expect(columnTexts(shown, 'ID')).toEqual(['M3']);
    for (const externalId of ['M2', 'M3', 'M4']) {
      expect(await storedFields(externalId)).toMatchObject({ name: 'Sarpong' });
    }
  });

  it('is imported once by concurrent requests and workers', async () => {
    const page = await uploadAndCheck(admin, 'alumni', 'id,last name\nO1,Addo\nO2,Addo\n');
    const fields = admin.fieldsOf(`${pathOf(page)}/confirmation`);
    const press = () => admin.post(`${pathOf(page)}/confirmation`, fields);
    const answers = await Promise.all([press(), press()]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    await Promise.all([runJobs(), runJobs()]);
    await runJobs();
    expect((await admin.open(pathOf(page))).text).toContain('2 records imported.');
    const recorded = await queryRows(
      `select 1 from audit_events where action in ('alumni-record.imported', 'import.confirmed', 'import.finished')
         and (detail ->> 'importId' = $1 or subject_type = 'import' and subject_id = $1)`,
      [idOf(page)],
    );
    expect(recorded).toHaveLength(4);
  });

  it('is not imported from an outdated page', async () => {
    const page = await uploadAndCheck(admin, 'alumni', 'id,last name,center\nP1,Addo,Hills\n,Addo,Hills\n');
    const path = pathOf(page);
    const stale = admin.fieldsOf(`${path}/confirmation`);
    await admin.open(`${path}/columns`);
    // The number of rows stays the same, but their values change.
    await admin.submit(`${path}/columns`, { 'columns[center]': '' });
    await runJobs();
    for (const fields of [stale, { ...stale, count: '2' }]) {
      const answer = await admin.post(`${path}/confirmation`, fields as Record<string, string>);
      expect(answer.status).toBe(422);
      expect(answer.text).toContain('The rows were checked again after you opened this page');
    }
    expect(await storedFields('P1')).toBeNull();
    await admin.open(path);
    await confirmAndRun(admin);
    expect(await storedFields('P1')).toEqual({ name: 'Addo', batch: null, center: null });
    await admin.open(`${path}/columns`);
    expect(admin.page.status).toBe(409);
    expect((await admin.open(`${path}/deletion`)).status).toBe(409);
    expect((await admin.post(`${path}/deletion`)).status).toBe(409);
  });

  it('needs columns for the ID and the last name', async () => {
    const columns = await uploadFile(admin, 'alumni', 'first name,center\nAmma,Harbour\n');
    const refused = await admin.submit(`${pathOf(columns)}/columns`);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Choose the column for “Your ID”');
    expect(refused.text).toContain('Choose the column for “Last name”');
  });
});
