import { describe, expect, it } from 'vitest';
import '../../src/app.ts';
import '../../src/tasks.ts';
import { database } from '../../src/platform/db/database.ts';
import { queryRows } from '../support/database.ts';

// Tables of libraries and of the migrations, whose columns we don't define.
const tablesWithoutModel = ['rate_limits', 'schema_migrations', 'sessions'];
// Read only in SQL.
const columnsWithoutAttribute = ['search_text'];

const types: Readonly<Record<string, string>> = {
  ARRAY: '_text',
  BIGINT: 'int8',
  BLOB: 'bytea',
  BOOLEAN: 'bool',
  CITEXT: 'citext',
  DATE: 'timestamptz',
  DATEONLY: 'date',
  INET: 'inet',
  INTEGER: 'int4',
  JSON: 'json',
  JSONB: 'jsonb',
  SMALLINT: 'int2',
  TEXT: 'text',
  UUID: 'uuid',
};

type Column = Readonly<{ table: string; name: string; type: string }>;

const columns = await queryRows<Column>(
  `select table_name as table, column_name as name, udt_name as type from information_schema.columns
   where table_schema = 'public' and table_name <> all($1) and column_name <> all($2)`,
  [tablesWithoutModel, columnsWithoutAttribute],
);
const models = Object.values(database.models);

describe('the models', () => {
  it('exist for every table', () => {
    const tables = [...new Set(columns.map(({ table }) => table))];
    expect(models.map((model) => model.getTableName()).sort()).toEqual(tables.sort());
  });

  it.each(models.map((model) => [String(model.getTableName()), model] as const))(
    'have every column of %s with its type',
    (table, model) => {
      const attributes = Object.values(model.getAttributes()).map(({ field, type }) => ({
        table,
        name: field,
        type: types[(type as { key: string }).key],
      }));
      const byName = (left: { name?: string | undefined }, right: { name?: string | undefined }) =>
        String(left.name).localeCompare(String(right.name));
      expect(attributes.sort(byName)).toEqual(
        columns.filter((column) => column.table === table).sort(byName),
      );
    },
  );
});
