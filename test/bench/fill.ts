// Fills the database of DATABASE_URL with the given number of invitations, measures writes, and prints the results and the
// pages to measure as JSON.
import { createAccount } from '../../src/accounts/account.ts';
import { hashPassword } from '../../src/accounts/password.ts';
import { closeDatabase, inTransaction } from '../../src/platform/db/database.ts';
import { migrate } from '../../src/platform/db/migrations.ts';
import { fillLists, listPages } from './lists.ts';
import { fillOffice, officePages } from './office.ts';
import { admin } from './prepare.ts';
import { fillRecords, recordPages } from './records.ts';
import { measureWrites } from './writes.ts';

const invitations = Number(process.argv[2]);
await migrate();
const { email, password } = admin;
const account = {
  email,
  name: 'Ada Office',
  passwordHash: await hashPassword(password),
  staffRole: 'admin',
} as const;
await inTransaction(() => createAccount(account, { kind: 'command' }));
await fillLists(invitations);
await fillOffice(invitations);
await fillRecords(invitations / 2);
process.stdout.write(
  JSON.stringify({
    pages: [...(await listPages()), ...officePages, ...(await recordPages())],
    writes: await measureWrites(),
  }),
);
await closeDatabase();
