import { z } from 'zod';
import { emptyRecordFilter } from '../alumni/filter.ts';
import { listRecords } from '../alumni/list.ts';
import { listVisibleGroups } from '../groups/visible-groups.ts';
import { accountOf } from '../sign-in/guard.ts';
import { defineOperation } from './operation.ts';
import { toCursor, toPage } from './pagination.ts';
import { groupSchema, idSchema, pageQuery, pageSchema, toGroupJson } from './schemas.ts';

const alumniRecordSchema = z
  .strictObject({
    id: idSchema,
    external_id: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    email: z.string().nullable(),
    batch: z.int().nullable(),
    center: z.string().nullable(),
    year_of_birth: z.int().nullable(),
    active: z.boolean(),
    deceased: z.boolean(),
  })
  .meta({ id: 'AlumniRecord' });

export const searchAlumniOperation = defineOperation({
  method: 'get',
  path: '/v1/alumni',
  operationId: 'searchAlumni',
  summary: 'Alumni records',
  description: 'By name. For staff.',
  permission: 'staff',
  query: z.strictObject({
    q: z
      .string()
      .max(100)
      .default('')
      .meta({ description: 'Part of a name or an address, or an external id' }),
    ...pageQuery,
  }),
  body: null,
  status: 200,
  response: pageSchema(alumniRecordSchema),
  problemStatuses: [],
  examples: {
    query: { q: 'owusu' },
    response: {
      items: [
        {
          id: 1,
          external_id: 'A-1042',
          first_name: 'Amma',
          last_name: 'Owusu',
          email: 'amma@example.org',
          batch: 2002,
          center: 'Harbour',
          year_of_birth: 1984,
          active: true,
          deceased: false,
        },
      ],
      previous: null,
      next: null,
    },
  },
  async run({ req, query }) {
    const page = await listRecords({
      ...emptyRecordFilter,
      search: query.q.trim(),
      order: 'name',
      descending: false,
      cursor: toCursor(query),
      size: query.limit,
    });
    return toPage(req, page, (found) => ({
      id: Number(found.id),
      external_id: found.externalId,
      first_name: found.firstName,
      last_name: found.lastName,
      email: found.email,
      batch: found.batch,
      center: found.center,
      year_of_birth: found.yearOfBirth,
      active: found.active,
      deceased: found.deceased,
    }));
  },
});

export const listGroupsOperation = defineOperation({
  method: 'get',
  path: '/v1/groups',
  operationId: 'listGroups',
  summary: 'Groups',
  description: 'The groups that you are in; for staff all that are open.',
  permission: 'member',
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
          description: 'Everybody at the coast.',
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
