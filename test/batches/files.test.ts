import { beforeAll, describe, expect, it } from 'vitest';
import { staff } from '../support/cast.ts';
import { row, rows } from '../support/database.ts';
import { column, type Visitor } from '../support/visitor.ts';
import { uploaded, verdictsOf } from './campaign.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await staff('admin');
});

const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
const names = () =>
  rows<{ name: string }>(
    `select facts ->> 'name' as name from batch_rows where batch_id = (select max(id) from batches) and facts is not null
     order by line`,
  );

describe('a file as spreadsheets write it', () => {
  it.each<[string, string | Buffer]>([
    [
      'Excel, UTF-8 with a byte order mark and semicolons',
      '\uFEFFE-Mail;Name\r\na@kinds.example.org;Žofie Núñez\r\n',
    ],
    ['Excel, Unicode text', utf16('Email\tName\r\na@kinds.example.org\tŽofie Núñez\r\n')],
    ['Excel on an old Mac', 'Email,Name\ra@kinds.example.org,Žofie Núñez\r'],
    ['LibreOffice, everything quoted', '"email","name"\n"a@kinds.example.org","Žofie\nNúñez"\n'],
    ['Google', 'Email Address,Full name\r\na@kinds.example.org,Žofie Núñez'],
    [
      'with empty lines and cells around it',
      '\n,,\nemail,name,\n,,\na@kinds.example.org, Žofie  Núñez ,\n\n',
    ],
    ['with letters in two parts', 'email,name\na@kinds.example.org,Žofie Núñez\n'.normalize('NFD')],
  ])('is read: %s', async (_kind, content) => {
    const preview = await uploaded(admin, content);
    expect(Object.values(await verdictsOf(preview))).toEqual(['none']);
    expect(await names()).toEqual([{ name: 'Žofie Núñez' }]);
  });

  it.each<[string, string | Buffer, string]>([
    ['a picture', Buffer.from('ffd8ffe000104a464946', 'hex'), 'This is a picture, and not CSV.'],
    ['a workbook', Buffer.from('504b030414000600', 'hex'), 'such as an Excel workbook (.xlsx)'],
    [
      'Latin-1',
      Buffer.from('email,name\na@kinds.example.org,Núñez\n', 'latin1'),
      'The first wrong character is in line 2. Save it from your spreadsheet as “CSV UTF-8”',
    ],
    ['an empty one', '', 'The file is empty.'],
    ['empty lines', '\r\n\r\n', 'The file is empty.'],
    ['headings alone', 'email,name\n', 'a line of headings and nothing below it'],
    ['a quotation mark that stays open', 'email,name\na@kinds.example.org,"Amma\n', 'is never closed'],
    ['a hundred and one columns', `email${',x'.repeat(101)}\na@kinds.example.org\n`, 'more than 100 columns'],
    ['zero bytes', 'email\na@kinds.example.org\0\n', 'It holds zero bytes'],
  ])('is refused in plain words, and nothing of it kept: %s', async (_kind, content, words) => {
    const before = await row('select count(*) from batches');
    const page = await uploaded(admin, content);
    expect(page.status).toBe(422);
    expect(page.text).toContain(words);
    expect(page.$('[role=alert] a[href="#file"]').length).toBe(1);
    expect(await row('select count(*) from batches')).toEqual(before);
  });

  it('has each of ten thousand broken rows told, and the good ones among them found', async () => {
    const lines = Array.from({ length: 10_000 }, (_, n) =>
      n % 1_000 === 0 ? `ok${n}@broken.example.org` : `broken ${n}`,
    );
    const preview = await uploaded(admin, `email\n${lines.join('\n')}\n`);
    expect(preview.text).toContain('10 of 10,000 rows will be invited');
    expect(preview.$('a[href*="verdict=invalid"]').closest('tr').text()).toContain('9,990');
    const page = await admin.open(`${preview.path}?verdict=invalid`);
    expect(column(page, 'Address').slice(0, 2)).toEqual(['broken 1', 'broken 2']);
    expect(column(page, 'Address')).toHaveLength(25);
    const next = await admin.open(page.$('a[rel=next]').attr('href') ?? '');
    expect(column(next, 'Address')[0]).toBe('broken 26');
    expect(column(next, 'Address')).toHaveLength(25);
  });
});
