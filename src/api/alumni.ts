import { z } from 'zod';
import { emptyRecordFilter } from '../alumni/filter.ts';
import { listRecords } from '../alumni/list.ts';
import { normaliseSearch } from '../platform/text/text.ts';
import { defineOperation } from './operation.ts';
import { toCursor, toPage } from './pagination.ts';
import { idSchema, pageQuery, pageSchema } from './schemas.ts';

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
  summary: 'Search alumni records',
  description: 'Returns one page of records, ordered by name.',
  permission: 'staff',
  scope: 'alumni:read',
  query: z.strictObject({
    q: z.string().max(100).default('').meta({ description: 'Part of a name or address, or an external id' }),
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
      search: normaliseSearch(query.q),
      order: 'name',
      descending: false,
      cursor: toCursor(query),
      size: query.limit,
    });
    return toPage(req, page, (record) => ({
      id: Number(record.id),
      external_id: record.externalId,
      first_name: record.firstName,
      last_name: record.lastName,
      email: record.email,
      batch: record.batch,
      center: record.center,
      year_of_birth: record.yearOfBirth,
      active: record.active,
      deceased: record.deceased,
    }));
  },
});
