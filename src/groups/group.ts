import { UniqueConstraintError } from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { Conflict, Invalid, NotFound } from '../errors.ts';
import { isId } from '../text.ts';

export const groupRoles = ['owner', 'admin', 'member'] as const;
export type GroupRole = (typeof groupRoles)[number];

/** A community of members: a chapter, a batch, a center. */
export type Group = Readonly<{
  id: string;
  name: string;
  description: string;
  createdAt: Date;
  archivedAt: Date | null;
}>;

export type GroupDetails = Readonly<{ name: string; description: string }>;

export const GROUP_COLUMNS = `g.id, g.name, g.description, g.created_at as "createdAt", g.archived_at as "archivedAt"`;

/** The groups that people can be invited into, by name. */
export function openGroups(): Promise<Group[]> {
  return rows<Group>(
    `select ${GROUP_COLUMNS} from groups g where g.archived_at is null order by lower(g.name), g.id`,
  );
}

/** A group of whatever state, or null for what is no id of one. */
export async function findGroup(id: string): Promise<Group | null> {
  return isId(id) ? row<Group>(`select ${GROUP_COLUMNS} from groups g where g.id = $1`, [id]) : null;
}

/** @throws NotFound for what is no id of a group */
export async function groupById(id: string): Promise<Group> {
  const group = await findGroup(id);
  if (!group) throw noGroup();
  return group;
}

/**
 * The group of a change that is under way, held until it commits. Changes follow each other; people who join only wait
 * for those, not for one another.
 * @throws NotFound, Conflict when it is archived
 */
export async function holdGroup(id: string, reason: 'change' | 'join'): Promise<Group> {
  const lock = reason === 'change' ? 'for update' : 'for share';
  const group = isId(id)
    ? await row<Group>(`select ${GROUP_COLUMNS} from groups g where g.id = $1 ${lock}`, [id])
    : null;
  if (!group) throw noGroup();
  if (group.archivedAt) throw new Conflict(`${group.name} is archived: nothing changes in it any more.`);
  return group;
}

/** @throws Invalid when an open group has this name */
export function createGroup({ name, description }: GroupDetails, actor: Actor): Promise<Group> {
  return inTransaction(async () => {
    const createdBy = actor.kind === 'account' ? actor.accountId : null;
    const group = await unlessNameIsTaken(
      row<Group>(
        `insert into groups as g (name, description, created_by) values ($1, $2, $3) returning ${GROUP_COLUMNS}`,
        [name, description, createdBy],
      ),
    );
    if (!group) throw new Error('the group was not stored');
    await note('group.created', group.id, actor);
    return group;
  });
}

/** Gives a group another name or description. @throws NotFound, Conflict, Invalid when the name is taken */
export function changeGroup(id: string, { name, description }: GroupDetails, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const before = await holdGroup(id, 'change');
    await unlessNameIsTaken(
      rows('update groups set name = $2, description = $3 where id = $1', [id, name, description]),
    );
    await note('group.changed', id, actor, { from: before.name, to: name });
  });
}

/** Closes a group: its members keep what they were, its open links end for good. @throws NotFound, Conflict */
export function archiveGroup(id: string, actor: Actor): Promise<Group> {
  return inTransaction(async () => {
    const group = await holdGroup(id, 'change');
    await rows('update groups set archived_at = now() where id = $1', [id]);
    const revokedBy = actor.kind === 'account' ? actor.accountId : null;
    const ended = await rows<{ id: string }>(
      `update memberships set revoked_at = now(), revoked_by = $2, token_hash = null
       where group_id = $1 and token_hash is not null returning id`,
      [id, revokedBy],
    );
    const membershipIds = ended.map((link) => link.id);
    await note('group.archived', id, actor, { membershipIds });
    return group;
  });
}

/** Opens an archived group again. @throws NotFound, Conflict when another group has its name now */
export function reopenGroup(id: string, actor: Actor): Promise<Group> {
  return inTransaction(async () => {
    const { name } = await groupById(id);
    const reopened = row<Group>(
      `update groups g set archived_at = null where id = $1 and archived_at is not null returning ${GROUP_COLUMNS}`,
      [id],
    );
    const group = await unlessNameIsTaken(reopened).catch((error: unknown) => {
      throw error instanceof Invalid ? new Conflict(`Another group is called ${name} now.`) : error;
    });
    if (!group) throw new Conflict(`${name} is open.`);
    await note('group.reopened', id, actor);
    return group;
  });
}

function noGroup(): NotFound {
  return new NotFound('There is no such group, or you are not in it.');
}

function unlessNameIsTaken<Result>(change: Promise<Result>): Promise<Result> {
  return change.catch((error: unknown) => {
    throw error instanceof UniqueConstraintError
      ? new Invalid({ name: 'Another group has this name already' })
      : error;
  });
}

function note(
  action: `group.${string}`,
  subjectId: string,
  actor: Actor,
  detail: Record<string, unknown> = {},
): Promise<void> {
  return record(actor, { action, subject: 'group', subjectId, detail });
}
