import { Account, createAccount } from '../../src/accounts/account.ts';
import { actingAs } from '../../src/accounts/guard.ts';
import { hashPassword } from '../../src/accounts/password.ts';
import type { Actor } from '../../src/audit/audit.ts';
import { inTransaction } from '../../src/database.ts';
import { createGroup, type GroupRole } from '../../src/groups/group.ts';
import { generateLink, groupLinkUrl, type MadeLink } from '../../src/groups/link.ts';
import { goodPassword, stranger } from '../support/cast.ts';
import { row, rows } from '../support/database.ts';
import type { Visitor } from '../support/visitor.ts';

let made = 0;
// Hashed once: a password costs more than all the rest.
let hash: Promise<string> | undefined;
const unique = (name: string) => `${name}${++made}`;

export type Member = Readonly<{ account: Account; actor: Actor; membershipId: string }>;

/** A group; without a name it gets one that no other has. @returns its id */
export async function group(name = unique('Harbour Chapter ')): Promise<string> {
  return (await createGroup({ name, description: '' }, { kind: 'command' })).id;
}

/** Somebody with an account, and who they act as. */
export async function person(
  name = 'Amma Owusu',
  email = `${unique('person')}@example.org`,
): Promise<Member> {
  hash ??= hashPassword(goodPassword);
  const given = { email, name, passwordHash: await hash, staffRole: null, yearOfBirth: 1984 };
  const made = await inTransaction(() => createAccount(given, { kind: 'command' }));
  return { account: made, actor: actingAs(made.id, { kind: 'system' }), membershipId: '' };
}

/** Somebody who is in the group, as if by an act of the staff. */
export async function member(groupId: string, role: GroupRole = 'member', name?: string): Promise<Member> {
  const someone = await person(name);
  const joined = await row<{ id: string }>(
    `insert into memberships (group_id, account_id, role, joined_at) values ($1, $2, $3, now()) returning id`,
    [groupId, someone.account.id, role],
  );
  return { ...someone, membershipId: joined?.id ?? '' };
}

/** A link of that maker's, and its address. */
export async function link(
  groupId: string,
  maker: Pick<Member, 'actor'>,
  role: GroupRole = 'member',
): Promise<MadeLink & { url: string }> {
  const given = await generateLink(groupId, { role, hours: 24 }, maker.actor);
  return { ...given, url: groupLinkUrl(given) };
}

export async function browserOf({ account: { email } }: Pick<Member, 'account'>): Promise<Visitor> {
  const visitor = stranger();
  await visitor.signIn(email, goodPassword);
  return visitor;
}

/** The role of an account in a group now; null when it is not in it. */
export async function roleOf(groupId: string, someone: Pick<Member, 'account'>): Promise<GroupRole | null> {
  const found = await row<{ role: GroupRole }>(
    `select role from memberships
     where group_id = $1 and account_id = $2 and joined_at is not null and removed_at is null`,
    [groupId, someone.account.id],
  );
  return found?.role ?? null;
}

export async function memberCount(groupId: string): Promise<number> {
  return (
    await rows(
      `select 1 from memberships where group_id = $1 and joined_at is not null and removed_at is null`,
      [groupId],
    )
  ).length;
}

export async function suspend({ account: { id } }: Pick<Member, 'account'>): Promise<void> {
  await Account.update({ suspendedAt: new Date() }, { where: { id } });
}

/** Moves a link's expiry into the past. */
export async function outlive({ linkId }: Pick<MadeLink, 'linkId'>): Promise<void> {
  await rows(`update memberships set expires_at = now() - interval '1 minute' where link_id = $1`, [linkId]);
}
