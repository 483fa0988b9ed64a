import { col, fn } from 'sequelize';
import { Account } from '../accounts/account.ts';
import { Group } from '../groups/group.ts';
import { listDistinctValues } from '../platform/db/paging.ts';

export type Choice = Readonly<{ id: string; name: string }>;

/** The values of the filters that have no fixed values. */
export type FilterChoices = Readonly<{ centers: string[]; groups: Choice[]; inviters: Choice[] }>;

const MAX_CHOICES = 300;

/** The centers and inviters that occur in invitations, and all groups, sorted by name. */
export async function getFilterChoices(): Promise<FilterChoices> {
  const centers = await listDistinctValues('invitations', 'center', MAX_CHOICES);
  const inviters = await Account.findAll({
    attributes: ['id', 'name'],
    where: { id: await listDistinctValues('invitations', 'invited_by', MAX_CHOICES) },
    order: ['name', 'id'],
  });
  const groups = await Group.findAll({
    attributes: ['id', 'name'],
    order: [fn('lower', col('name')), 'id'],
    limit: MAX_CHOICES,
  });
  return { centers, groups, inviters };
}
