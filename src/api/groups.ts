import type { Attributes } from 'sequelize';
import { z } from 'zod';
import type { Group } from '../groups/group.ts';
import { listVisibleGroups } from '../groups/visible-groups.ts';
import { accountOf } from '../sign-in/guard.ts';
import { defineOperation } from './operation.ts';
import { toCursor, toPage } from './pagination.ts';
import { groupRoleSchema, idSchema, pageQuery, pageSchema, timeSchema } from './schemas.ts';

const groupSchema = z
  .strictObject({
    id: idSchema,
    name: z.string(),
    description: z.string(),
    role: groupRoleSchema
      .nullable()
      .meta({ description: 'Your role in the group; null if you are not a member' }),
    created_at: timeSchema,
  })
  .meta({ id: 'Group' });

export const listGroupsOperation = defineOperation({
  method: 'get',
  path: '/v1/groups',
  operationId: 'listGroups',
  summary: 'List groups',
  description:
    'Returns one page of the groups of which you are a member; for staff, of all groups that are not archived.',
  permission: 'member',
  scope: 'groups:read',
  query: z.strictObject(pageQuery),
  body: null,
  status: 200,
  response: pageSchema(groupSchema),
  problemStatuses: [],
  examples: {
    query: {},
    response: {
      items: [
        {
          id: 1,
          name: 'Harbour chapter',
          description: 'Alumni who live on the coast.',
          role: 'owner',
          created_at: '2026-11-25T14:30:00.000Z',
        },
      ],
      previous: null,
      next: null,
    },
  },
  async run({ req, res, query }) {
    const { id: accountId, staffRole } = accountOf(res);
    return toPage(
      req,
      await listVisibleGroups(accountId, staffRole !== null, toCursor(query), query.limit),
      toGroupJson,
    );
  },
});

function toGroupJson(
  group: Attributes<Group> & { role: z.output<typeof groupRoleSchema> | null },
): z.output<typeof groupSchema> {
  return {
    id: Number(group.id),
    name: group.name,
    description: group.description,
    role: group.role,
    created_at: group.createdAt.toISOString(),
  };
}
