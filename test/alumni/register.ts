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
};

/** The whole register, by external id. */
export function register(): Promise<StoredRecord[]> {
  return queryRows<StoredRecord>('select * from alumni_members order by external_id');
}

/** Imports a file of these lines, as a command on the server does. */
export function importLines(...lines: string[]) {
  return importBytes(lines.map((line) => `${line}\n`).join(''));
}

/** Imports a file of exactly these bytes. */
export function importBytes(content: string | Buffer) {
  return importAlumni(Readable.from([Buffer.from(content)]), { kind: 'command' });
}
