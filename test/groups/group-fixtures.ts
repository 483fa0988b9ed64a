import { Account, createAccount } from '../../src/accounts/account.ts';
import { hashPassword } from '../../src/accounts/password.ts';
import { createGroup, type GroupRole } from '../../src/groups/group.ts';
import { type CreatedGroupLink, generateGroupLink, groupLinkUrl } from '../../src/groups/link.ts';
import type { Actor } from '../../src/platform/audit/audit.ts';
import { actingAs } from '../../src/platform/audit/audit.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { newVisitor, validPassword } from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

let lastNumber = 0;
// Hashed once, because hashing takes most of the time.
let hash: Promise<string> | undefined;
const unique = (name: string) => `${name}${++lastNumber}`;

export type Member = Readonly<{ account: Account; actor: Actor; membershipId: string }>;

/** @returns the id of a new group, by default with a unique name */
export async function createTestGroup(name = unique('Harbour Chapter ')): Promise<string> {
  return (await createGroup({ name, description: '' }, { kind: 'command' })).id;
}

/** An adult with an account and no group. */
export async function createPerson(
  name = 'Amma Owusu',
  email = `${unique('person')}@example.org`,
): Promise<Member> {
  hash ??= hashPassword(validPassword);
  const input = { email, name, passwordHash: await hash, staffRole: null, yearOfBirth: 1984 };
  const account = await inTransaction(() => createAccount(input, { kind: 'command' }));
  return { account, actor: actingAs(account.id, { kind: 'system' }), membershipId: '' };
}

/** A new member, added without a link or an invitation. */
export async function createMember(
  groupId: string,
  role: GroupRole = 'member',
  name?: string,
): Promise<Member> {
  const person = await createPerson(name);
  const joined = await queryRow<{ id: string }>(
    `insert into memberships (group_id, account_id, role, joined_at) values ($1, $2, $3, now()) returning id`,
    [groupId, person.account.id, role],
  );
  return { ...person, membershipId: joined?.id ?? '' };
}

/** A link with its URL. */
export async function createLink(
  groupId: string,
  creator: Pick<Member, 'actor'>,
  role: GroupRole = 'member',
): Promise<CreatedGroupLink & { url: string }> {
  const link = await generateGroupLink(groupId, { role, hours: 24 }, creator.actor);
  return { ...link, url: groupLinkUrl(link) };
}

export async function signInAs({ account: { email } }: Pick<Member, 'account'>): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  return visitor;
}

/** An account's current role in a group; null if it isn't a member. */
export async function roleOf(groupId: string, person: Pick<Member, 'account'>): Promise<GroupRole | null> {
  const found = await queryRow<{ role: GroupRole }>(
    `select role from memberships
     where group_id = $1 and account_id = $2 and joined_at is not null and removed_at is null`,
    [groupId, person.account.id],
  );
  return found?.role ?? null;
}

export async function memberCount(groupId: string): Promise<number> {
  return (
    await queryRows(
      `select 1 from memberships where group_id = $1 and joined_at is not null and removed_at is null`,
      [groupId],
    )
  ).length;
}

export async function suspend({ account: { id } }: Pick<Member, 'account'>): Promise<void> {
  await Account.update({ suspendedAt: new Date() }, { where: { id } });
}

/** Moves a link's expiry into the past. */
export async function expireLink({ linkId }: Pick<CreatedGroupLink, 'linkId'>): Promise<void> {
  await queryRows(`update memberships set expires_at = now() - interval '1 minute' where link_id = $1`, [
    linkId,
  ]);
}
