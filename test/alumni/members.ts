import { queryRow, queryRows } from '../support/database.ts';
import { createTestAccount } from '../support/fixtures.ts';

export type MemberDetails = Readonly<{
  name?: string;
  batch?: number;
  center?: string;
  /** On the record. */
  yearOfBirth?: number | null;
  /** As the person said. */
  ownYearOfBirth?: number | null;
  shown?: boolean;
  suspended?: boolean;
  held?: boolean;
  deceased?: boolean;
}>;

let passwordHash: Promise<string> | undefined;

/** An account with its own record, shown to classmates as far as it is up to them. @returns the account's id */
export async function createMember(email: string, details: MemberDetails = {}): Promise<string> {
  const { name = 'Amma Owusu', batch = 2002, center = 'Harbour', yearOfBirth = 1984 } = details;
  const { ownYearOfBirth = null, shown = true, suspended, held, deceased = false } = details;
  passwordHash ??= createTestAccount('password@example.org').then((account) => account.passwordHash);
  await queryRows('delete from accounts where email = $1', [email]);
  const account = await queryRow<{ id: string }>(
    `insert into accounts (email, name, password_hash, year_of_birth, shown_to_classmates_at, suspended_at,
       held_for_review_at, held_for_review_reason)
     values ($1, $2, $3, $4, case when $5 then now() end, case when $6 then now() end, case when $7 then now() end,
       case when $7 then 'changed-year' end) returning id`,
    [email, name, await passwordHash, ownYearOfBirth, shown, suspended ?? false, held ?? false],
  );
  const record = await queryRow<{ id: string }>(
    `insert into alumni_members (external_id, first_name, last_name, email, batch, center, year_of_birth, deceased)
     values (gen_random_uuid()::text, 'Amma', 'Owusu', $1, $2, $3, $4, $5) returning id`,
    [email, batch, center, yearOfBirth, deceased],
  );
  await queryRows(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1)`,
    [account?.id, record?.id],
  );
  return account?.id ?? '';
}
