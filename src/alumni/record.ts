import { row, rows } from '../database.ts';

/** One person in the office's register, as it is matched to an address. */
export type AlumniRecord = Readonly<{
  id: string;
  externalId: string;
  firstName: string;
  lastName: string;
  batch: number | null;
  center: string | null;
  yearOfBirth: number | null;
  /** Whose the address is, where the office says so. */
  emailOf: 'person' | 'guardian' | null;
  /** Whether somebody has said “this is me” already; who did is not told. */
  claimed: 'self' | null;
}>;

/**
 * The records that the office keeps under an address (normalised; compared without case): active and not deceased,
 * newest batch first, those without batch last, then by name.
 */
export function recordsForAddress(email: string): Promise<AlumniRecord[]> {
  return rows<AlumniRecord>(
    `select m.id, m.external_id, m.first_name, m.last_name,
       m.batch, m.center, m.year_of_birth, m.email_of, p.relationship as claimed
     from alumni_members m
     left join profiles p on p.alumni_member_id = m.id and p.relationship = 'self'
     where m.email = $1 and m.active and not m.deceased
     order by m.batch desc nulls last, m.last_name, m.first_name, m.id`,
    [email],
  );
}

/** Whether the register holds a record with that external id, of whatever state. */
export async function hasRecord(externalId: string): Promise<boolean> {
  return (await row('select 1 from alumni_members where external_id = $1', [externalId])) !== null;
}

/** A person's name as pages show it. Whoever has one name only has it as the last name. */
export function displayName(person: Pick<AlumniRecord, 'firstName' | 'lastName'>): string {
  return `${person.firstName} ${person.lastName}`.trim();
}
