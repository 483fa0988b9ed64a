import { describe, expect, it } from 'vitest';
import { describeImport } from '../../src/imports/records/report.ts';

const clean = {
  created: 3,
  changed: 2,
  unchanged: 1,
  rejected: 0,
  errorCount: 0,
  errors: [],
  unknownColumns: [],
};

describe('the report of a command-line import', () => {
  it('is one line if all lines were imported', () => {
    expect(describeImport(clean)).toBe('6 lines read: 3 created, 2 changed, 1 unchanged, 0 not imported.');
  });

  it('lists each error with its line and column', () => {
    const result = {
      ...clean,
      rejected: 4,
      errorCount: 5,
      unknownColumns: ['Phone', 'a\u001b[31m'],
      errors: [
        { line: 3, column: 'email' as const, message: 'This is no e-mail address.', value: 'x\u001b[2J"' },
        { line: 4, column: 'last_name' as const, message: 'Give a last name.' },
        { line: 5, column: null, message: 'This line has 2 cells.' },
      ],
    };
    expect(describeImport(result).split('\n')).toEqual([
      '10 lines read: 3 created, 2 changed, 1 unchanged, 4 not imported.',
      'Ignored columns: "Phone", "a\\u001b[31m".',
      'Line 3, email "x\\u001b[2J\\"": This is no e-mail address.',
      'Line 4, last_name: Give a last name.',
      'Line 5: This line has 2 cells.',
      '… and 2 more errors.',
      'Correct these lines and import the file again. Records that were imported won’t change.',
    ]);
  });
});
