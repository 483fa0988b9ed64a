import { beforeAll, describe, expect, it } from 'vitest';
import { queryRow, queryRows } from '../support/database.ts';
import { runJobs, signInStaff } from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';
import { pathOf, statusesByLine, uploadAndCheck, uploadFile } from './uploads.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
const names = () =>
  queryRows<{ name: string }>(
    `select values ->> 'name' as name from import_rows
     where import_id = (select max(id) from imports) and values is not null order by line`,
  );

describe('an uploaded file', () => {
  it.each<[string, string | Buffer]>([
    [
      'Excel, UTF-8 with a byte order mark and semicolons',
      '\uFEFFE-Mail;Name\r\na@kinds.example.org;Žofie Núñez\r\n',
    ],
    ['Excel, Unicode text', utf16('Email\tName\r\na@kinds.example.org\tŽofie Núñez\r\n')],
    ['Excel on an old Mac', 'Email,Name\ra@kinds.example.org,Žofie Núñez\r'],
    ['LibreOffice, everything quoted', '"email","name"\n"a@kinds.example.org","Žofie\nNúñez"\n'],
    ['Google', 'Email Address,Full name\r\na@kinds.example.org,Žofie Núñez'],
    ['with empty lines and cells', '\n,,\nemail,name,\n,,\na@kinds.example.org, Žofie  Núñez ,\n\n'],
    ['with decomposed characters', 'email,name\na@kinds.example.org,Žofie Núñez\n'.normalize('NFD')],
  ])('is read: %s', async (_kind, content) => {
    const preview = await uploadAndCheck(admin, 'invitees', content);
    expect(Object.values(await statusesByLine(preview))).toEqual(['ok']);
    expect(await names()).toEqual([{ name: 'Žofie Núñez' }]);
  });

  it.each<[string, string | Buffer, string]>([
    ['a picture', Buffer.from('ffd8ffe000104a464946', 'hex'), 'This is a picture.'],
    ['a broken workbook', Buffer.from('504b030414000600', 'hex'), 'We can’t read this workbook.'],
    ['an empty file', '', 'The file is empty.'],
    ['empty lines', '\r\n\r\n', 'The file is empty.'],
    ['only headings', 'email,name\n', 'The file has headings but no rows below them.'],
    ['an unclosed quotation mark', 'email,name\na@kinds.example.org,"Amma\n', 'is never closed'],
    [
      'a cell that is too long',
      `email,name\na@kinds.example.org,${'x'.repeat(250_000)}\n`,
      'after line 1 is too long',
    ],
    ['too many columns', `email${',x'.repeat(101)}\na@kinds.example.org\n`, 'more than 100 columns'],
    ['zero bytes', 'email\na@kinds.example.org\0\n', 'characters that aren’t text near line'],
  ])('is rejected with an explanation, and not stored: %s', async (_kind, content, message) => {
    const before = await queryRow('select count(*) from imports');
    const page = await uploadAndCheck(admin, 'invitees', content);
    expect(page.status).toBe(422);
    expect(page.text).toContain(message);
    expect(page.$('[role=alert] a[href="#file"]').length).toBe(1);
    expect(await queryRow('select count(*) from imports')).toEqual(before);
  });

  it('reports each of 10,000 invalid rows, and finds the valid ones among them', async () => {
    const lines = Array.from({ length: 10_000 }, (_, n) =>
      n % 1_000 === 0 ? `ok${n}@broken.example.org` : `broken ${n}`,
    );
    const preview = await uploadAndCheck(admin, 'invitees', `email\n${lines.join('\n')}\n`);
    expect(preview.text).toContain('10 of 10,000 rows can be used');
    expect(preview.$('a[href*="show=invalid"]').closest('tr').text()).toContain('9,990');
    const page = await admin.open(`${preview.path}?show=invalid`);
    expect(columnTexts(page, 'Address').slice(0, 2)).toEqual(['broken 1', 'broken 2']);
    expect(columnTexts(page, 'Address')).toHaveLength(25);
    const next = await admin.open(page.$('a[rel=next]').attr('href') ?? '');
    expect(columnTexts(next, 'Address')[0]).toBe('broken 26');
    expect(columnTexts(next, 'Address')).toHaveLength(25);
  });
});

describe('the page of an import', () => {
  it('shows how the file was read', async () => {
    const page = await uploadAndCheck(admin, 'alumni', utf16('Record ID\tSurname\nU1\tOwusu\n'));
    expect(page.text).toContain('UTF-16, with tabs between the cells');
    expect(page.text).toContain('Column A: Record ID');
    expect(page.text).toContain('Column B: Surname');
    const other = await uploadAndCheck(admin, 'invitees', 'a@format.example.org;Amma');
    expect(other.text).toContain('UTF-8, with semicolons between the cells');
    expect(other.text).toContain('Column A: a@format.example.org');
  });

  it('checks all rows again when the columns are corrected', async () => {
    const page = await uploadAndCheck(admin, 'invitees', 'email,spare\nno address,a@spare.example.org\n');
    expect(await statusesByLine(page)).toEqual({ 2: 'invalid' });
    expect(page.$('form[action="/admin/campaigns"]').length).toBe(0);
    const path = pathOf(page);
    await admin.follow('Correct the columns');
    const missing = await admin.submit(`${path}/columns`, { 'columns[email]': '', 'columns[name]': '1' });
    expect(missing.status).toBe(422);
    expect(missing.text).toContain('Choose the column for “E-mail address”');
    const twice = await admin.submit(`${path}/columns`, { 'columns[email]': '1', 'columns[name]': '1' });
    expect(twice.text).toContain('This column is already used for “E-mail address”');
    await admin.submit(`${path}/columns`, { 'columns[name]': '', heading: 'no' });
    await runJobs();
    expect(await statusesByLine(await admin.open(path))).toEqual({ 1: 'invalid', 2: 'ok' });
    await admin.open(`${path}/columns`);
    await admin.submit(`${path}/columns`, { heading: 'yes' });
    await runJobs();
    expect(await statusesByLine(await admin.open(path))).toEqual({ 2: 'ok' });
    expect(admin.page.text).toContain('1 of 1 row can be used');
  });

  it('exports all rows with formulas escaped, and records the export', async () => {
    const content = `email,name\nx@export.example.org,"=SUM(1,2)"\nbroken,\n`;
    const path = pathOf(await uploadAndCheck(admin, 'invitees', content));
    const download = await admin.post(`${path}/exports`, {});
    expect(download.text).toContain(`2,x@export.example.org,"'=SUM(1,2)",Ready,\r\n`);
    expect(download.text).toContain(
      '3,broken,,Invalid,“broken”: This has no @. Enter an e-mail address like name@example.org',
    );
    expect(await eventsOf(path)).toContain('import.exported');
  });

  it('truncates a long cell', async () => {
    const name = 'n'.repeat(5_000);
    const page = await uploadAndCheck(admin, 'invitees', `email,name\nbroken,${name}\n`);
    expect(page.$('table').text()).not.toContain('n'.repeat(61));
    expect(page.text).toContain(`${'n'.repeat(59)}…`);
  });

  it('shows all rows for an unknown status in the URL', async () => {
    const path = pathOf(await uploadAndCheck(admin, 'invitees', 'email\na@odd.example.org\n'));
    for (const unknown of ['constructor', '__proto__', 'nothing']) {
      const page = await admin.open(`${path}?show=${unknown}`);
      expect(columnTexts(page, 'Address')).toEqual(['a@odd.example.org']);
      expect(page.text).not.toMatch(/function|object Object/);
    }
  });

  it('is listed, newest import first', async () => {
    await uploadAndCheck(admin, 'alumni', 'id,last name\nL1,Owusu\n');
    await uploadAndCheck(admin, 'invitees', 'l@list.example.org');
    const list = await admin.open('/admin/imports');
    expect(columnTexts(list, 'Contents').slice(0, 2)).toEqual(['People to invite', 'Alumni records']);
    expect(columnTexts(list, 'Status').slice(0, 2)).toEqual(['Ready for a campaign', 'Ready to import']);
    expect(columnTexts(list, 'By')[0]).toBe('admin of the office');
  });
});

describe('a file that was never imported', () => {
  it('can be deleted with its rows after a confirmation', async () => {
    const path = pathOf(await uploadAndCheck(admin, 'alumni', 'id,last name\nD1,Owusu\n'));
    const confirmation = await admin.follow('Delete this file');
    expect(confirmation.text).toContain('We’ll delete people.csv and all its rows');
    const list = await admin.submit(`${path}/deletion`);
    expect(list.path).toBe('/admin/imports');
    expect(list.text).toContain('The file was deleted.');
    expect((await admin.open(path)).status).toBe(404);
    expect(
      await queryRows('select 1 from import_rows where import_id = $1', [path.split('/').at(-1)]),
    ).toEqual([]);
    expect(await eventsOf(path)).toContain('import.deleted');
  });

  it('can be deleted before its columns are confirmed, and while its rows are being checked', async () => {
    const columns = await uploadFile(admin, 'alumni', 'id,last name\nD2,Owusu\n');
    await admin.follow('Delete this file');
    await admin.submit(`${pathOf(columns)}/deletion`);
    const checking = pathOf(await uploadFile(admin, 'alumni', 'id,last name\nD3,Owusu\n'));
    await admin.submit(`${checking}/columns`);
    await admin.open(`${checking}/deletion`);
    await admin.submit(`${checking}/deletion`);
    await runJobs();
    expect((await admin.open(checking)).status).toBe(404);
  });
});

/** The audit actions of an import, in order. */
async function eventsOf(path: string): Promise<string[]> {
  const found = await queryRows<{ action: string }>(
    `select action from audit_events where subject_type = 'import' and subject_id = $1 order by id`,
    [path.split('/').at(-1)],
  );
  return found.map(({ action }) => action);
}
