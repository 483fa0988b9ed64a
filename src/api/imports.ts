import { Readable } from 'node:stream';
import type { Attributes } from 'sequelize';
import { z } from 'zod';
import { mapColumns } from '../imports/column-mapping.ts';
import {
  countImportable,
  getImport,
  type Import,
  importKindNames,
  importStateOf,
  listImports,
} from '../imports/import.ts';
import { confirmImport, undoImport } from '../imports/run.ts';
import { uploadImport } from '../imports/upload.ts';
import { actorOf } from '../sign-in/guard.ts';
import { defineOperation } from './operation.ts';
import { toCursor, toPage } from './pagination.ts';
import {
  countsSchema,
  emptySchema,
  idSchema,
  pageQuery,
  pageSchema,
  reasonTextSchema,
  timeSchema,
} from './schemas.ts';

const importSchema = z
  .strictObject({
    id: idSchema,
    kind: z.enum(importKindNames),
    file_name: z.string(),
    state: z.enum([
      ...(['uploading', 'interrupted', 'mapping', 'checking', 'checked'] as const),
      ...(['importing', 'imported', 'undoing', 'undone'] as const),
    ]),
    row_count: z.int(),
    status_counts: countsSchema.meta({ description: 'How many rows have each status after the check' }),
    importable_count: z.int().meta({ description: 'How many rows would be written; confirm this number' }),
    imported_count: z.int(),
    skipped_count: z.int(),
    created_at: timeSchema,
    checked_at: timeSchema.nullable(),
    finished_at: timeSchema.nullable(),
  })
  .meta({ id: 'Import' });

const exampleImport: z.output<typeof importSchema> = {
  id: 1,
  kind: 'alumni',
  file_name: 'records.csv',
  state: 'checked',
  row_count: 1,
  status_counts: { new: 1 },
  importable_count: 1,
  imported_count: 0,
  skipped_count: 0,
  created_at: '2026-11-25T14:30:00.000Z',
  checked_at: '2026-11-25T14:30:05.000Z',
  finished_at: null,
};

function toImportJson(source: Attributes<Import>): z.output<typeof importSchema> {
  return {
    id: Number(source.id),
    kind: source.kind,
    file_name: source.fileName,
    state: importStateOf(source),
    row_count: source.rowCount,
    status_counts: source.statusCounts,
    importable_count: countImportable(source),
    imported_count: source.importedCount,
    skipped_count: source.skippedCount,
    created_at: source.createdAt.toISOString(),
    checked_at: source.checkedAt?.toISOString() ?? null,
    finished_at: source.finishedAt?.toISOString() ?? null,
  };
}

export const listImportsOperation = defineOperation({
  method: 'get',
  path: '/v1/imports',
  operationId: 'listImports',
  summary: 'List imports',
  description: 'Returns one page of 25 uploaded files, newest first.',
  permission: 'admin',
  scope: 'imports:read',
  query: z.strictObject({ after: pageQuery.after, before: pageQuery.before }),
  body: null,
  status: 200,
  response: pageSchema(importSchema),
  problemStatuses: [],
  examples: { query: {}, response: { items: [exampleImport], previous: null, next: null } },
  run: async ({ req, query }) => toPage(req, await listImports(toCursor(query)), toImportJson),
});

export const uploadImportOperation = defineOperation({
  method: 'post',
  path: '/v1/imports',
  operationId: 'uploadImport',
  summary: 'Upload a file',
  description:
    'Uploads CSV of up to 500,000 characters: alumni records, or people to invite. Columns are recognised by their headings. The rows are then checked: request the import until its state is `checked`. For single records, use `putAlumniRecords`.',
  permission: 'admin',
  scope: 'imports:write',
  query: emptySchema,
  body: z.strictObject({
    kind: z.enum(importKindNames),
    file_name: z.string().min(1).max(200),
    content: z.string().min(1).max(500_000),
  }),
  status: 201,
  response: importSchema,
  location: ({ id }) => `/v1/imports/${id}`,
  problemStatuses: [409],
  examples: {
    body: { kind: 'alumni', file_name: 'records.csv', content: 'external_id,last_name\nA-1042,Owusu\n' },
    response: { ...exampleImport, state: 'checking', checked_at: null },
  },
  async run({ req, res, body: { kind, file_name: name, content } }) {
    const actor = actorOf(req, res);
    const id = await uploadImport(kind, { name, content: Readable.from([Buffer.from(content)]) }, actor);
    const { columns, hasHeading } = await getImport(id);
    await mapColumns(id, { columns, hasHeading }, actor);
    return toImportJson(await getImport(id));
  },
});

export const getImportOperation = defineOperation({
  method: 'get',
  path: '/v1/imports/:id',
  operationId: 'getImport',
  summary: 'Get an import',
  description: 'Returns its state and how many rows have each status.',
  permission: 'admin',
  scope: 'imports:read',
  query: emptySchema,
  body: null,
  status: 200,
  response: importSchema,
  problemStatuses: [404],
  examples: { response: exampleImport },
  run: async ({ id }) => toImportJson(await getImport(id)),
});

export const confirmImportOperation = defineOperation({
  method: 'post',
  path: '/v1/imports/:id/confirmation',
  operationId: 'confirmImport',
  summary: 'Import the checked records',
  description:
    'Send `importable_count` and `checked_at` as you read them, so that what you saw is what is imported.',
  permission: 'admin',
  scope: 'imports:write',
  query: emptySchema,
  body: z.strictObject({ count: z.int().min(1), checked_at: z.string().max(40) }),
  status: 200,
  response: importSchema,
  problemStatuses: [404, 409],
  examples: {
    body: { count: 1, checked_at: '2026-11-25T14:30:05.000Z' },
    response: { ...exampleImport, state: 'importing' },
  },
  async run({ req, res, id, body: { count, checked_at: checkedAt } }) {
    await confirmImport(id, { count, checkedAt }, actorOf(req, res));
    return toImportJson(await getImport(id));
  },
});

export const undoImportOperation = defineOperation({
  method: 'post',
  path: '/v1/imports/:id/undo',
  operationId: 'undoImport',
  summary: 'Undo an import',
  description: 'Restores the records that still have the imported values.',
  permission: 'admin',
  scope: 'imports:write',
  query: emptySchema,
  body: z.strictObject({ reason: reasonTextSchema }),
  status: 200,
  response: importSchema,
  problemStatuses: [404, 409],
  examples: { body: { reason: 'The wrong file' }, response: { ...exampleImport, state: 'undoing' } },
  async run({ req, res, id, body: { reason } }) {
    await undoImport(id, reason, actorOf(req, res));
    return toImportJson(await getImport(id));
  },
});
