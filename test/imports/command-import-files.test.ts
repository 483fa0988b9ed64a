import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { importAlumni } from '../../src/imports/records/command-import.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { InvalidInput } from '../../src/platform/errors.ts';
import { importBytes, importLines, listAllRecords } from '../alumni/directory.ts';
import { queryRows } from '../support/database.ts';

beforeEach(() => queryRows('truncate alumni_members cascade'));
afterAll(closeDatabase);

const twoPeople = 'external_id;first_name;last_name\nA1;Søren;Ægir\nA2;Bo;Moss\n';
const listNames = async () => (await listAllRecords()).map((one) => `${one.first_name} ${one.last_name}`);

describe('a file', () => {
  it.each<[string, string | Buffer]>([
    ['with semicolons', twoPeople],
    ['with commas', twoPeople.replaceAll(';', ',')],
    ['with a byte order mark', `\uFEFF${twoPeople}`],
    [
      'with a byte order mark and quoted headings',
      `\uFEFF${twoPeople.replace('external_id', '"external_id"')}`,
    ],
    ['with Windows line endings', twoPeople.replaceAll('\n', '\r\n')],
    ['with old Mac line endings', twoPeople.replaceAll('\n', '\r')],
    ['without a final line ending', twoPeople.trimEnd()],
    ['with empty lines and empty rows', `\n${twoPeople.replace('A2', '\n;;\n \nA2')}\n;;\n`],
    ['in Windows-1252', Buffer.from(twoPeople, 'latin1')],
    ['in UTF-16', Buffer.from(twoPeople, 'utf16le')],
    ['with a line that names the delimiter', `sep=;\n${twoPeople}`],
    ['with all cells quoted', twoPeople.replaceAll(/[^;\n]+/g, '"$&"')],
  ])('is read %s', async (_, content) => {
    expect(await importBytes(content)).toMatchObject({ created: 2, rejected: 0, unknownColumns: [] });
    expect(await listNames()).toEqual(['Søren Ægir', 'Bo Moss']);
  });

  it('is read with line endings, delimiters and quotation marks in quoted cells, and correct line numbers', async () => {
    const result = await importBytes(
      'id,first_name,last_name,center\r\nA1,"Ada ""Ace""","Moss, jr","Cedar\r\nBay"\r\nA2,"B\r\n\r\no",Moss,\r\nA3,Cy,,\r\n',
    );
    expect(result.errors).toMatchObject([{ line: 7, column: 'last_name' }]);
    expect(await listNames()).toEqual(['Ada "Ace" Moss, jr', 'B o Moss']);
    expect((await listAllRecords())[0]?.center).toBe('Cedar Bay');
  });

  it('is read with quotation marks in a name', async () => {
    await importLines('id,first_name,last_name', 'A1,Robert "Bob",Moss');
    expect(await listNames()).toEqual(['Robert "Bob" Moss']);
  });

  it('is read with columns in any order and with synonyms, and reports unknown columns', async () => {
    const result = await importLines(
      'Phone,SURNAME,Given Name,E-Mail Address,Graduation Year,Birth Year,Centre,ID,,phone 2',
      '1,Moss,Ada,ada@example.org,2001,1980,Cedar Bay,A1,,2',
    );
    expect(result).toMatchObject({ created: 1, unknownColumns: ['Phone', 'phone 2'] });
    expect(await listAllRecords()).toMatchObject([
      {
        ...{ external_id: 'A1', first_name: 'Ada', last_name: 'Moss', email: 'ada@example.org' },
        ...{ batch: 2001, year_of_birth: 1980, center: 'Cedar Bay' },
      },
    ]);
  });

  it('prefers external_id to id', async () => {
    const result = await importLines('id,external_id,last_name', '7,A1,Moss');
    expect(result.unknownColumns).toEqual(['id']);
    expect(await listAllRecords()).toMatchObject([{ external_id: 'A1' }]);
  });
});

describe('a file is rejected with one error', () => {
  const jpeg = Buffer.from([
    0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0x01, 0x0a, 0xff,
  ]);

  it.each([
    ['empty', '', 'The file is empty.'],
    ['only whitespace and a byte order mark', '\uFEFF\n \r\n', 'The file is empty.'],
    [
      'no header',
      'A1,Ada,Moss\nA2,Bo,Moss\n',
      /we can’t find external_id and last_name. The line says: A1, Ada, Moss/,
    ],
    ['a header without last names', 'id,first_name\nA1,Ada\n', /we can’t find last_name/],
    [
      'two columns that mean the same',
      'id,surname,Surname\nA1,a,b\n',
      /“surname” and “Surname” mean the same/,
    ],
    ['a zero byte', 'id,last_name\nA1,Mo\0ss\n', /aren’t text/],
    ['a picture', jpeg, /This is a picture/],
    ['one endless line', 'x'.repeat(50_000), /first line is too long/],
    [
      'a quotation mark that is never closed',
      'id,last_name\nA1,Moss\nA2,"Lee\nA3,Dow\n',
      /opens after line 2 is never closed/,
    ],
    [
      'an endless quoted cell',
      `id,last_name\nA1,Moss\nA2,"${'Lee\n'.repeat(60_000)}`,
      /opens after line 2 is never/,
    ],
  ])('if it is or has %s', async (_, content, message) => {
    const failure = await importBytes(content).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidInput);
    expect((failure as InvalidInput).errors.file).toMatch(message);
    expect(await listAllRecords()).toEqual([]);
  });

  it('if wrong bytes follow thousands of good lines', async () => {
    const good = Array.from({ length: 12_000 }, (_, number) => `G${number},Grün\n`).join('');
    const content = Buffer.concat([
      Buffer.from(`id,last_name\n${good}`),
      Buffer.from('L1,Gr\xfcn\n', 'latin1'),
    ]);
    const chunks = Array.from({ length: Math.ceil(content.length / 10_000) }, (_, index) =>
      content.subarray(index * 10_000, (index + 1) * 10_000),
    );
    const result = importAlumni(Readable.from(chunks), { kind: 'command' });
    await expect(result).rejects.toThrow(/mixes different kinds of text/);
    expect(await listAllRecords()).toEqual([]);
  });

  it('and its stream is destroyed', async () => {
    function* endless() {
      for (;;) yield Buffer.from('no,header\n');
    }
    const file = Readable.from(endless());
    await expect(importAlumni(file, { kind: 'command' })).rejects.toThrow(InvalidInput);
    expect(file.destroyed).toBe(true);
  });

  it('but not if it has only a header', async () => {
    expect(await importLines('id,last_name')).toMatchObject({ created: 0, unchanged: 0, rejected: 0 });
  });
});

describe('a file of 30,000 rows and 12 MB', () => {
  it('is imported with a heap of 40 MB', async () => {
    const script = join(import.meta.dirname, 'large-import.ts');
    const options = ['--max-old-space-size=40', '--import', 'tsx', script];
    const { stdout } = await promisify(execFile)(process.execPath, options);
    expect(JSON.parse(stdout)).toMatchObject({ created: 30_000, rejected: 0 });
  }, 60_000);
});
