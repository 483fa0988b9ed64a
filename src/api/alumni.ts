import type { Response } from 'express';
import { z } from 'zod';
import { findSyncedRecords, listSyncedRecords, type SyncedRecord } from '../alumni/synced-record.ts';
import { putRecords } from '../imports/records/put.ts';
import { InvalidInput, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { normaliseIdentifier } from '../platform/text/text.ts';
import { actorOf } from '../sign-in/guard.ts';
import {
  alumniRecordSchema,
  exampleRecord,
  externalIdSchema,
  recordInputSchema,
  toRecordJson,
} from './alumni-schemas.ts';
import { entityTagOf, fulfilsConditions, matches } from './entity-tag.ts';
import { defineOperation } from './operation.ts';
import { toCursor, toPage } from './pagination.ts';
import { emptySchema, pageQuery, pageSchema } from './schemas.ts';

const MAX_RECORDS = 1_000;

const tagOf = (record: SyncedRecord | null) => record && entityTagOf(toRecordJson(record));

export const searchAlumniOperation = defineOperation({
  method: 'get',
  path: '/v1/alumni',
  operationId: 'searchAlumni',
  summary: 'List alumni records',
  description:
    'Returns one page of records, ordered by name. With `updated_since`, returns the records that were changed, claimed or released at that time or later, ordered by `updated_at`, including merged ones: pass the last `updated_at` that you got the next time. A record can come twice. A change that isn’t complete yet comes later, so none is missed.',
  permission: 'staff',
  scope: 'alumni:read',
  query: z.strictObject({
    q: z.string().max(100).default('').meta({ description: 'Part of a name or address, or an external id' }),
    updated_since: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'A time such as 2026-11-25T14:30:00Z' }),
    ...pageQuery,
    limit: z.coerce.number().int().min(1).max(MAX_RECORDS).default(25).meta({ description: 'Page size' }),
  }),
  body: null,
  status: 200,
  response: pageSchema(alumniRecordSchema),
  problemStatuses: [],
  examples: {
    query: { q: 'owusu' },
    response: { items: [exampleRecord], previous: null, next: null },
  },
  async run({ req, query }) {
    const page = await listSyncedRecords({
      search: query.q.trim(),
      changedSince: query.updated_since === undefined ? null : new Date(query.updated_since),
      cursor: toCursor(query),
      size: query.limit,
    });
    return toPage(req, page, toRecordJson);
  },
});

export const getAlumniRecordOperation = defineOperation({
  method: 'get',
  path: '/v1/alumni/:external_id',
  operationId: 'getAlumniRecord',
  summary: 'Get an alumni record',
  description:
    'The `ETag` of the answer can be sent as `If-Match` with a change, or as `If-None-Match` to read it again.',
  permission: 'staff',
  scope: 'alumni:read',
  query: emptySchema,
  body: null,
  hasEtag: true,
  status: 200,
  response: alumniRecordSchema,
  problemStatuses: [404],
  examples: { response: exampleRecord },
  run: ({ res, id }) => readRecord(id, res),
});

export const putAlumniRecordOperation = defineOperation({
  method: 'put',
  path: '/v1/alumni/:external_id',
  operationId: 'putAlumniRecord',
  summary: 'Add or change an alumni record',
  description:
    'Adds the record (201) or changes it (200). Repeating the request has no further effect. Fields that are left out keep their values; null erases a value. With `If-Match`, the record is only changed if nobody has changed it since you read it; with `If-None-Match: *`, it is only added. 409: the record was merged into another.',
  permission: 'admin',
  scope: 'alumni:write',
  query: emptySchema,
  body: recordInputSchema,
  hasEtag: true,
  status: 200,
  otherStatus: 201,
  response: alumniRecordSchema,
  location: ({ external_id }) => `/v1/alumni/${encodeURIComponent(external_id)}`,
  problemStatuses: [409, 412],
  examples: {
    body: { first_name: 'Amma', last_name: 'Owusu', email: 'amma@example.org', batch: 2002, center: null },
    response: exampleRecord,
  },
  async run({ req, res, id, body }) {
    const external_id = validExternalId(id);
    const isExpected = (current: SyncedRecord | null) => fulfilsConditions(req, tagOf(current));
    const [outcome] = await putRecords([{ values: { ...body, external_id }, isExpected }], actorOf(req, res));
    if (outcome instanceof Error) throw outcome;
    if (outcome === 'created') res.status(201);
    return readRecord(external_id, res);
  },
});

const itemSchema = recordInputSchema
  .extend({
    external_id: externalIdSchema,
    if_match: z.string().max(100).optional().meta({ description: 'The `ETag` that the record must have' }),
  })
  .meta({ id: 'BulkAlumniRecord' });

const resultSchema = z
  .strictObject({
    external_id: z.string(),
    result: z.enum(['created', 'changed', 'unchanged', 'refused']),
    etag: z.string().nullable().meta({ description: 'Of the record as it is now' }),
    reason: z.string().nullable().meta({ description: 'Why it was refused' }),
  })
  .meta({ id: 'AlumniRecordResult' });

export const putAlumniRecordsOperation = defineOperation({
  method: 'post',
  path: '/v1/alumni/bulk',
  operationId: 'putAlumniRecords',
  summary: `Add or change up to ${MAX_RECORDS} alumni records`,
  description:
    'Each record is added or changed as by `putAlumniRecord`. Returns one result for each, in the order of the request. A refused record doesn’t affect the others.',
  permission: 'admin',
  scope: 'alumni:write',
  query: emptySchema,
  body: z.strictObject({ records: z.array(itemSchema).min(1).max(MAX_RECORDS) }),
  status: 200,
  response: z.strictObject({
    created: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    results: z.array(resultSchema),
  }),
  problemStatuses: [],
  examples: {
    body: { records: [{ external_id: 'A-1043', last_name: 'Boateng', batch: 2003 }] },
    response: {
      created: 1,
      changed: 0,
      unchanged: 0,
      refused: 0,
      results: [{ external_id: 'A-1043', result: 'created', etag: '"AcYQ0uB1RkqVn3m8o2y4vR"', reason: null }],
    },
  },
  async run({ req, res, body }) {
    const records = body.records.map(({ if_match, ...values }) => ({
      values,
      isExpected: (current: SyncedRecord | null) =>
        if_match === undefined || matches([if_match], tagOf(current)),
    }));
    const outcomes = await putRecords(records, actorOf(req, res));
    const ids = records.map(({ values }) => normaliseIdentifier(values.external_id));
    const current = await findSyncedRecords(ids);
    const results = outcomes.map((outcome, index) => ({
      external_id: ids[index] ?? '',
      result: outcome instanceof Error ? ('refused' as const) : outcome,
      etag: tagOf(current.get(ids[index] ?? '') ?? null),
      reason: outcome instanceof Error ? outcome.message : null,
    }));
    const count = (name: string) => results.filter(({ result }) => result === name).length;
    return {
      created: count('created'),
      changed: count('changed'),
      unchanged: count('unchanged'),
      refused: count('refused'),
      results,
    };
  },
});

function validExternalId(id: string): string {
  const parsed = externalIdSchema.safeParse(normaliseIdentifier(id));
  if (parsed.success) return parsed.data;
  throw new InvalidInput({ external_id: parsed.error.issues[0]?.message ?? '' });
}

/** Reads a record for the answer and sets its entity tag. @throws NotFound */
async function readRecord(externalId: string, res: Response): Promise<z.output<typeof alumniRecordSchema>> {
  const record = (await findSyncedRecords([normaliseIdentifier(externalId)])).values().next().value;
  if (!record) throw new NotFound(t('api:errors.noRecord'));
  const json = toRecordJson(record);
  res.set('ETag', entityTagOf(json));
  return json;
}
