import { row, rows } from '../database.ts';

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

const COLUMNS = `g.id, g.name, g.description, g.created_at as "createdAt", g.archived_at as "archivedAt"`;

/** The groups that people can be invited into, by name. */
export function openGroups(): Promise<Group[]> {
  return rows<Group>(
    `select ${COLUMNS} from groups g where g.archived_at is null order by lower(g.name), g.id`,
  );
}

/** A group of whatever state, or null for what is no id of one. */
export async function findGroup(id: string): Promise<Group | null> {
  return /^[1-9]\d{0,17}$/.test(id)
    ? row<Group>(`select ${COLUMNS} from groups g where g.id = $1`, [id])
    : null;
}
