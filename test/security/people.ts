import { Account } from '../../src/accounts/account.ts';
import { account, goodPassword, staff, stranger } from '../support/cast.ts';
import { rows } from '../support/database.ts';
import type { Visitor } from '../support/visitor.ts';

export const people = ['anonymous', 'member', 'support', 'admin', 'suspended'] as const;
export type Person = (typeof people)[number];

/** One of them in a browser; whoever has an account is signed in, the suspended administrator still. */
export async function arrive(person: Person): Promise<Visitor> {
  if (person === 'support' || person === 'admin') return staff(person);
  const visitor = stranger();
  if (person === 'anonymous') return visitor;
  const email = `${person}@example.org`;
  if (!(await Account.findOne({ where: { email } })))
    await account(email, person === 'suspended' ? 'admin' : null);
  await rows('update accounts set suspended_at = null');
  await visitor.signIn(email, goodPassword);
  if (person === 'suspended')
    await rows('update accounts set suspended_at = now() where email = $1', [email]);
  return visitor;
}
