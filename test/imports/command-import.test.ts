import { Readable } from 'node:stream';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { importAlumni } from '../../src/imports/records/command-import.ts';
import { listSubjectEvents } from '../../src/platform/audit/audit.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { importBytes, importLines, listAllRecords } from '../alumni/directory.ts';
import { queryRows } from '../support/database.ts';

const HEADER = 'external_id,first_name,last_name,email,batch,center,year_of_birth,active,deceased';

beforeEach(() => queryRows('truncate alumni_members cascade'));
afterAll(closeDatabase);

const counts = (created: number, changed: number, unchanged: number, rejected = 0) => ({
  created,
  changed,
  unchanged,
  rejected,
});

describe('the command-line import', () => {
  it('creates records', async () => {
    const result = await importLines(
      HEADER,
      'A1,Ada,Moss,ada@example.org,2001,Cedar Bay,1980,no,yes',
      'A2,,Mono,,,,,,',
    );
    expect(result).toEqual({ ...counts(2, 0, 0), errorCount: 0, errors: [], unknownColumns: [] });
    expect(await listAllRecords()).toMatchObject([
      {
        ...{ external_id: 'A1', first_name: 'Ada', last_name: 'Moss', email: 'ada@example.org', batch: 2001 },
        ...{ center: 'Cedar Bay', year_of_birth: 1980, active: false, deceased: true },
      },
      {
        ...{ external_id: 'A2', first_name: '', last_name: 'Mono', email: null, batch: null },
        ...{ center: null, year_of_birth: null, active: true, deceased: false },
      },
    ]);
  });

  it('changes nothing when the same file is imported again', async () => {
    const lines = [HEADER, 'A1,Ada,Moss,Ada@example.org,2001,,1980,yes,no', 'A2,Bo,Moss,,,,,,'];
    await importLines(...lines);
    const before = await listAllRecords();
    expect(await importLines(...lines)).toMatchObject(counts(0, 0, 2));
    expect(await listAllRecords()).toEqual(before);
  });

  it('changes only different values, and leaves records that aren’t in the file', async () => {
    await importLines(
      HEADER,
      'A1,Ada,Moss,,2001,,1980,,',
      'A2,Bo,Moss,,2002,,1981,,',
      'A3,Cy,Moss,,2003,,1982,,',
    );
    const before = await listAllRecords();
    const result = await importLines(
      HEADER,
      'A2,Bo,Moss-Lee,,2002,,1981,,',
      'A1,Ada,Moss,,2001,,1980,,',
      'A4,Di,Lee,,,,,,',
    );
    expect(result).toMatchObject(counts(1, 1, 1));
    const after = await listAllRecords();
    expect(after.map(({ last_name }) => last_name)).toEqual(['Moss', 'Moss-Lee', 'Moss', 'Lee']);
    expect(after[0]).toEqual(before[0]);
    expect(after[1]?.id).toBe(before[1]?.id);
    expect(after[1]?.updated_at.getTime()).toBeGreaterThan(before[1]?.updated_at.getTime() ?? Number.NaN);
    expect(after[2]).toEqual(before[2]);
  });

  it('keeps values for empty cells and missing columns, or clears those of empty cells if asked', async () => {
    await importLines(HEADER, 'A1,Ada,Moss,ada@example.org,2001,Cedar Bay,1980,no,yes');
    const [before] = await listAllRecords();
    expect(await importLines('external_id,last_name', 'A1,Moss')).toMatchObject(counts(0, 0, 1));
    expect(await importLines('external_id,last_name,center', 'A1,Moss,')).toMatchObject(counts(0, 0, 1));
    const file = Readable.from(['external_id,last_name,center\nA1,Moss,\n']);
    const erased = await importAlumni(file, { kind: 'command' }, { eraseEmpty: true });
    expect(erased).toMatchObject(counts(0, 1, 0));
    const [after] = await listAllRecords();
    expect(after).toEqual({
      ...before,
      center: null,
      updated_at: after?.updated_at,
      changed_at: after?.changed_at,
    });
  });

  it('records one audit event with counts, and no personal data', async () => {
    await importLines(HEADER, 'A1,Ada,Moss,,,,,,', 'A2,Bo,,,,,,,');
    const events = await listSubjectEvents('alumni-record', 'import');
    expect(events.at(-1)).toMatchObject({ actor: 'command', action: 'alumni-record.imported' });
    expect(events.at(-1)?.detail).toEqual({ ...counts(1, 0, 0, 1), errorCount: 1, unknownColumns: [] });
  });

  it('refuses to run while another import is running', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let started = () => {};
    const running = new Promise<void>((resolve) => {
      started = resolve;
    });
    async function* slowFile() {
      yield `${HEADER}\nA1,Ada,Moss,,,,,,\n`;
      started();
      await released;
    }
    const first = importAlumni(Readable.from(slowFile()), { kind: 'command' });
    await running;
    await expect(importLines(HEADER, 'A2,Bo,Moss,,,,,,')).rejects.toThrow(/Another import is running/);
    release();
    expect(await first).toMatchObject(counts(1, 0, 0));
    expect(await importLines(HEADER, 'A2,Bo,Moss,,,,,,')).toMatchObject(counts(1, 0, 0));
  });

  it('changes nothing if the stream breaks', async () => {
    async function* broken() {
      yield 'external_id,last_name\n';
      for (let number = 0; number < 12_000; number += 1) yield `B${number},Moss\n`;
      throw new Error('the connection was lost');
    }
    const result = importAlumni(Readable.from(broken()), { kind: 'command' });
    await expect(result).rejects.toThrow('the connection was lost');
    expect(await listAllRecords()).toEqual([]);
    expect(await importLines(HEADER, 'B1,Ada,Moss,,,,,,')).toMatchObject(counts(1, 0, 0));
  });
});

describe('the lines of an imported file', () => {
  it('are imported if valid, and reported if not', async () => {
    const result = await importLines(
      HEADER,
      'A1,Ada,Moss,ada@example.org,2001,,1980,,',
      'A2,Bo,Moss,bo at example,2001,,1980,,',
      ',Cy,Moss,,2001,,1980,,',
      'A4,Di,,,2001,,1980,,',
      'A5,Ed,Moss,,twenty,,80,,',
      'A6,Fi,Moss,,2001,,2999,maybe,1.1.2020',
      'A7,Gus,Moss,,2001,,1980',
      'A8,Hal,Moss,,2001,,1980,,,surplus',
      `A9,${'x'.repeat(101)},Moss,,,,,,`,
      'A10,Zoe,Moss,,2001,,1980,,,',
    );
    expect(result).toMatchObject({ ...counts(2, 0, 0, 8), errorCount: 11 });
    expect(result.errors.map(({ line, column, value }) => [line, column, value])).toEqual([
      [3, 'email', 'bo at example'],
      [4, 'external_id', undefined],
      [5, 'last_name', undefined],
      [6, 'batch', 'twenty'],
      [6, 'year_of_birth', '80'],
      [7, 'year_of_birth', '2999'],
      [7, 'active', 'maybe'],
      [7, 'deceased', '1.1.2020'],
      [8, null, undefined],
      [9, null, undefined],
      [10, 'first_name', `${'x'.repeat(59)}…`],
    ]);
    expect(result.errors[0]?.message).toMatch(
      /Enter an e-mail address like name@example.org, or leave this empty/,
    );
    expect((await listAllRecords()).map(({ external_id }) => external_id)).toEqual(['A1', 'A10']);
  });

  it('are rejected if an earlier line has the same id, even thousands of lines before', async () => {
    const many = Array.from({ length: 6_000 }, (_, number) => `N${number},Moss`);
    const result = await importLines(
      'external_id,last_name',
      'A1,First',
      'A1,Second',
      'A2,',
      ...many,
      'N0,Late',
      'a1,Other',
    );
    expect(result).toMatchObject(counts(6_002, 0, 0, 3));
    expect(result.errors).toEqual([
      {
        line: 3,
        column: 'external_id',
        message: 'Line 2 has the same ID. Keep one of the two',
        value: 'A1',
      },
      { line: 4, column: 'last_name', message: expect.stringMatching(/Enter a last name/) },
      {
        line: 6005,
        column: 'external_id',
        message: 'Line 5 has the same ID. Keep one of the two',
        value: 'N0',
      },
    ]);
    expect((await listAllRecords())[0]).toMatchObject({ external_id: 'A1', last_name: 'First' });
  });

  it('are all counted if more than 1,000 are invalid', async () => {
    const result = await importLines('external_id,last_name', ...Array.from({ length: 1_500 }, () => 'A1,'));
    expect(result).toMatchObject({ ...counts(0, 0, 0, 1_500), errorCount: 1_500 });
    expect(result.errors).toHaveLength(1_000);
  });

  it('accept common values for yes and no', async () => {
    const words = ['yes', 'No', 'TRUE', 'false', 'y', 'n', '1', '0', 'x', ''];
    const lines = words.map((word, index) => `W${index},Moss,${word},${word}`);
    expect(await importLines('id,surname,active,deceased', ...lines)).toMatchObject(counts(10, 0, 0));
    const stored = await listAllRecords();
    expect(stored.map(({ active }) => active)).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      true,
      false,
      true,
      true,
    ]);
    expect(stored.map(({ deceased }) => deceased).slice(-2)).toEqual([true, false]);
    const inherited = await importLines('id,surname,active', 'W9,Moss,constructor');
    expect(inherited.rejected).toBe(1);
  });

  it('are normalised: spaces, composed characters, address domains', async () => {
    await importLines(HEADER, ' A1 , Rene\u0301e  ,Moss\u00a0Lee,  Ada@EXAMPLE.org ,, ,,,');
    expect(await listAllRecords()).toMatchObject([
      {
        external_id: 'A1',
        first_name: 'Renée',
        last_name: 'Moss Lee',
        email: 'Ada@example.org',
        center: null,
      },
    ]);
  });

  it('accept a year of birth up to this year', async () => {
    const file = (year: number) => Readable.from([`id,surname,yob\nA1,Moss,${year}\n`]);
    const asOf = new Date('2026-12-31T23:59:59Z');
    expect(await importAlumni(file(2026), { kind: 'command' }, { asOf })).toMatchObject(counts(1, 0, 0));
    expect(await importAlumni(file(2027), { kind: 'command' }, { asOf })).toMatchObject(counts(0, 0, 0, 1));
    expect(await importAlumni(file(1899), { kind: 'command' }, { asOf })).toMatchObject(counts(0, 0, 0, 1));
  });

  it('can’t inject SQL', async () => {
    const injection = `x'); drop table profiles; -- $1 :name {"a",b\\}`;
    await importBytes(`id,surname\n"A1","${injection.replaceAll('"', '""')}"\n`);
    expect((await listAllRecords())[0]?.last_name).toBe(injection);
  });
});
