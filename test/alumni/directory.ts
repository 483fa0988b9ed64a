import { Readable } from 'node:stream';
import { importAlumni } from '../../src/imports/records/command-import.ts';
import { queryRows } from '../support/database.ts';

export type StoredRecord = {
  id: string;
  external_id: string;
  first_name: string;
  last_name: string;
  email: string | null;
  batch: number | null;
  center: string | null;
  year_of_birth: number | null;
  active: boolean;
  deceased: boolean;
  updated_at: Date;
  changed_at: Date;
};

/** All records, ordered by external id. */
export function listAllRecords(): Promise<StoredRecord[]> {
  return queryRows<StoredRecord>('select * from alumni_members order by external_id');
}

/** Imports these lines like the command-line import. */
export function importLines(...lines: string[]) {
  return importBytes(lines.map((line) => `${line}\n`).join(''));
}

/** Imports exactly these bytes like the command-line import. */
export function importBytes(content: string | Buffer) {
  return importAlumni(Readable.from([Buffer.from(content)]), { kind: 'command' });
}
