import { Account } from '../../src/accounts/account.ts';
import { queryRows } from '../support/database.ts';
import { createTestAccount, newVisitor, signInStaff, validPassword } from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

export const people = ['anonymous', 'member', 'support', 'admin', 'suspended'] as const;
export type Person = (typeof people)[number];

/** A visitor who is signed in as this person. The suspended administrator is suspended after signing in. */
export async function visitorAs(person: Person): Promise<Visitor> {
  if (person === 'support' || person === 'admin') return signInStaff(person);
  const visitor = newVisitor();
  if (person === 'anonymous') return visitor;
  const email = `${person}@example.org`;
  if (!(await Account.findOne({ where: { email } })))
    await createTestAccount(email, person === 'suspended' ? 'admin' : null);
  await queryRows('update accounts set suspended_at = null');
  await visitor.signIn(email, validPassword);
  if (person === 'suspended')
    await queryRows('update accounts set suspended_at = now() where email = $1', [email]);
  return visitor;
}
