import { beforeAll, describe, expect, it } from 'vitest';
import { splitAddresses } from '../../src/imports/addresses.ts';
import { splitFullName } from '../../src/imports/records/full-name.ts';
import { createCellsReader } from '../../src/imports/records/line.ts';
import { readLastYear, readYearOfDate } from '../../src/imports/records/years.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { runJobs, signInStaff } from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';
import { confirmAndRun, idOf, pathOf, statusesByLine, uploadAndCheck, uploadFile } from './uploads.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

const storedRecord = (externalId: string) =>
  queryRow(
    `select first_name, last_name, email::text, other_emails, email_of, batch, year_of_birth, active, center
     from alumni_members where external_id = $1`,
    [externalId],
  );

describe('how people and programs write things', () => {
  it.each([
    ['Lena Vogt', 'guess', 'Lena', 'Vogt'],
    ['Vogt, Lena', 'guess', 'Lena', 'Vogt'],
    ['Ludwig van Beethoven', 'guess', 'Ludwig', 'van Beethoven'],
    ['Maria da Silva e Souza', 'guess', 'Maria da Silva', 'e Souza'],
    ['van der Berg, Anna Maria', 'guess', 'Anna Maria', 'van der Berg'],
    ['Martin Luther King, Jr.', 'guess', 'Martin Luther', 'King Jr.'],
    ['Sukarno', 'guess', '', 'Sukarno'],
    ['Nagy Anna', 'last-name-first', 'Anna', 'Nagy'],
    ['von Trapp Maria', 'last-name-first', 'Maria', 'von Trapp'],
  ] as const)('the full name “%s” (%s) is “%s” and “%s”', (fullName, order, firstName, lastName) => {
    expect(splitFullName(fullName, order)).toEqual({ firstName, lastName });
  });

  it.each([
    ['05/12/1987', '1987'],
    ['1987-12-05', '1987'],
    ['05.12.1980', '1980'],
    ['1987-12-05 00:00:00', '1987'],
    ['5 December 1987', '1987'],
    ['Dezember 5, 1987', '1987'],
    ['12/1987', '1987'],
    ['32116', '1987'],
    ['05/12/87', '1987'],
    ['05/12/05', null],
    ['87-12-05', null],
    ['1987', null],
    ['soon', null],
  ])('the date “%s” has the year %s', (cell, year) => {
    expect(readYearOfDate(cell, (possible) => possible <= 2026)?.year ?? null).toBe(year);
  });

  it.each([
    ['2003-04', '2004'],
    ['1999-00', '2000'],
    ['2003/2007', '2007'],
    ['Class of 2004', '2004'],
    ['2004', null],
    ['2004-2003', null],
  ])('the batch “%s” is %s', (cell, year) => {
    expect(readLastYear(cell)?.year ?? null).toBe(year);
  });

  it.each([
    ['a@x.org; b@x.org', ['a@x.org', 'b@x.org']],
    ['a@x.org, b@x.org', ['a@x.org', 'b@x.org']],
    ['a@x.org b@x.org', ['a@x.org', 'b@x.org']],
    ['Ann <a@x.org>; Bo <b@x.org>', ['Ann <a@x.org>', 'Bo <b@x.org>']],
    ['Vogt, Ann <a@x.org>', ['Vogt, Ann <a@x.org>']],
  ])('the cell “%s” has the addresses %j', (cell, addresses) => {
    expect(splitAddresses(cell)).toEqual(addresses);
  });

  it.each(['1.23E+05', '1,23E+12', '2E9'])('the ID %s was damaged by a spreadsheet', (id) => {
    const read = createCellsReader(['external_id', 'last_name'], {
      ...{ asOf: new Date(), keepEmpty: true, nameOrder: 'guess' },
    });
    expect(read({ external_id: id, last_name: 'Moss' })).toMatchObject({
      errors: [{ column: 'external_id' }],
    });
  });
});

describe('a file of alumni records', () => {
  it('is read with dates, several addresses and an inactive column, and says so', async () => {
    const lines = [
      'Constituent ID;Full name;Primary Email;Birthdate;Class of;Inactive;Email of;Phone',
      'W1;Vogt, Lena;lena@w.example.org; lena@w.example.net;05/12/1987;2003-04;yes;self;1',
      'W2;Ngozi Okafor;Ngozi <ngozi@gmial.com>;1990-01-31;2008;no;parent;ngozi@phone.example.org',
    ];
    const content = lines
      .join('\n')
      .replace('lena@w.example.org; lena@w.example.net', '"lena@w.example.org; lena@w.example.net"');
    const page = await uploadAndCheck(admin, 'alumni', content);
    expect(await statusesByLine(page)).toEqual({ 2: 'new', 3: 'new' });
    for (const text of [
      'In 2 rows, we keep only the year of a full date.',
      'In 1 row, the batch is more than one year.',
      '1 row has several addresses in one cell.',
      'We split the full name in 2 rows.',
      '1 address may have a typing mistake in it.',
      'Year of birth: “05/12/1987” is read as 1987',
      'We don’t use these columns: Phone.',
      '1 address in the file isn’t used',
      'In column H: Phone, which isn’t used',
    ])
      expect(page.text).toContain(text);
    const download = await admin.post(`${pathOf(page)}/leftover-exports`);
    expect(download.text).toContain('ngozi@phone.example.org,,3,"In column H: Phone, which isn’t used"');
    const filtered = await admin.open(`${pathOf(page)}?show=severalAddresses`);
    expect(columnTexts(filtered, 'ID')).toEqual(['W1']);
    await admin.open(pathOf(page));
    await confirmAndRun(admin);
    expect(await storedRecord('W1')).toEqual({
      ...{
        first_name: 'Lena',
        last_name: 'Vogt',
        email: 'lena@w.example.org',
        other_emails: 'lena@w.example.net',
      },
      ...{ email_of: 'person', batch: 2004, year_of_birth: 1987, active: false, center: null },
    });
    expect(await storedRecord('W2')).toMatchObject({
      email: 'ngozi@gmial.com',
      email_of: 'guardian',
      active: true,
    });
  });

  it('keeps what is on file for empty cells, or erases it', async () => {
    await queryRows(
      `insert into alumni_members (external_id, last_name, email, email_of, center, active)
       values ('E1', 'Addo', 'e1@w.example.org', 'guardian', 'Harbour', false)`,
    );
    const content = 'id,last name,email,center,active\nE1,Addo,,,\n';
    expect(await statusesByLine(await uploadAndCheck(admin, 'alumni', content))).toEqual({ 2: 'unchanged' });
    const page = await uploadFile(admin, 'alumni', content);
    await admin.submit(`${pathOf(page)}/columns`, { empty: 'erase' });
    await runJobs();
    expect(await statusesByLine(await admin.open(pathOf(page)))).toEqual({ 2: 'changed' });
    await confirmAndRun(admin);
    expect(await storedRecord('E1')).toMatchObject({
      email: null,
      email_of: null,
      center: null,
      active: true,
    });
  });

  it('is stopped where a spreadsheet has dropped zeros from an ID', async () => {
    await queryRows(`insert into alumni_members (external_id, last_name) values ('00123', 'Addo')`);
    const page = await uploadAndCheck(admin, 'alumni', 'id,last name\n123,Addo\n0077,Moss\n77,Moss\n');
    expect(await statusesByLine(page)).toEqual({ 2: 'conflict', 3: 'new', 4: 'conflict' });
    expect(page.text).toContain('There’s also an ID “00123”');
  });

  it('needs the name order only for names without a comma', async () => {
    const page = await uploadFile(admin, 'alumni', 'id,name\nN1,Nagy Anna\n');
    await admin.submit(`${pathOf(page)}/columns`, { nameOrder: 'last-name-first' });
    await runJobs();
    const checked = await admin.open(pathOf(page));
    expect(checked.text).toContain('First name: Anna, last name: Nagy');
  });
});

describe('a pasted list', () => {
  it('has one row for each address, with the names before them', async () => {
    const pasted =
      'To: Vogt, Lena <lena@p.example.org>; "Bo Moss" <bo@p.example.org>,\ncy@p.example.org, Di <di@p.example.org>.';
    await admin.open('/admin/imports/new?kind=invitees');
    const empty = await admin.submit('/admin/imports/pasted-lists', { addresses: 'nobody' });
    expect(empty.status).toBe(422);
    expect(empty.text).toContain('Paste at least one e-mail address');
    const columns = await admin.submit('/admin/imports/pasted-lists', { addresses: pasted });
    await admin.submit(`${pathOf(columns)}/columns`);
    await runJobs();
    const page = await admin.open(pathOf(columns));
    expect(columnTexts(page, 'Address')).toEqual(
      ['lena', 'bo', 'cy', 'di'].map((name) => `${name}@p.example.org`),
    );
    expect(columnTexts(page, 'Name')).toEqual(['Lena Vogt', 'Bo Moss', '–', 'Di']);
  });
});

describe('our own export of the directory', () => {
  it.each(['csv', 'xlsx'])('can be imported again without a change (%s)', async (format) => {
    await queryRows(
      `insert into alumni_members (external_id, first_name, last_name, email, email_of, other_emails, batch, year_of_birth, active)
       values ('=${format}', 'Žofie', 'Núñez "Zo"', 'x@${format}.example.org', 'guardian', 'y@${format}.example.org, z@${format}.example.org',
         2003, 1987, false)`,
    );
    const download = await admin
      .post('/admin/alumni/exports', { format, q: format })
      .buffer()
      .parse((res, done) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('end', () => done(null, Buffer.concat(chunks)));
      });
    expect(download.headers['content-disposition']).toContain(`alumni.${format}`);
    const page = await uploadAndCheck(admin, 'alumni', download.body as Buffer);
    const statuses = Object.values(await statusesByLine(page));
    expect(new Set(statuses)).toEqual(new Set(['unchanged']));
    expect(await queryRows('select 1 from import_leftovers where import_id = $1', [idOf(page)])).toEqual([]);
  });
});

describe('what is above the headings', () => {
  it('is left out, and its addresses are listed', async () => {
    const content =
      'Alumni of Alder Hill\n"Exported by",ann@office.example.org\n\nid,last name,email\nT1,Vogt,t1@t.example.org\n';
    const page = await uploadAndCheck(admin, 'alumni', content);
    expect(await statusesByLine(page)).toEqual({ 5: 'new' });
    const found = await queryRows('select text, line, reason from import_leftovers where import_id = $1', [
      idOf(page),
    ]);
    expect(found).toEqual([{ text: 'ann@office.example.org', line: 2, reason: 'above' }]);
    expect(page.text).toContain('Above the headings');
  });

  it('is only a title if headings follow', async () => {
    const lines = ['a@t.example.org', 'b@t.example.org', 'Anna Example', 'c@t.example.org'];
    const page = await uploadAndCheck(admin, 'invitees', lines.join('\n'));
    expect(await queryRows('select 1 from import_rows where import_id = $1', [idOf(page)])).toHaveLength(4);
  });
});

describe('addresses that are not used', () => {
  it('are listed with the reason: other cells, other columns, invalid rows', async () => {
    const content =
      'email,name,notes\na@l.example.org; b@l.example.org,Ann,c@l.example.org\nbroken,Bo,d@l.example.org\nA@L.example.org,,\n';
    const page = await uploadAndCheck(admin, 'invitees', content);
    const found = await queryRows(
      'select text, line, reason from import_leftovers where import_id = $1 order by text',
      [idOf(page)],
    );
    expect(found).toEqual([
      { text: 'b@l.example.org', line: 2, reason: 'cell' },
      { text: 'c@l.example.org', line: 2, reason: 'column' },
      { text: 'd@l.example.org', line: 3, reason: 'row' },
    ]);
    expect(page.text).toContain('3 addresses in the file aren’t used');
    // Checking again starts anew.
    await admin.open(`${pathOf(page)}/columns`);
    await admin.submit(`${pathOf(page)}/columns`, { 'columns[email]': '2', 'columns[name]': '' });
    await runJobs();
    const again = await queryRows('select text from import_leftovers where import_id = $1 order by text', [
      idOf(page),
    ]);
    expect(again).toEqual([
      { text: 'A@L.example.org' },
      { text: 'a@l.example.org' },
      { text: 'b@l.example.org' },
    ]);
  });
});
