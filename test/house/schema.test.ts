import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/platform/config/config.ts';
import { queryRows } from '../support/database.ts';

// Every index and trigger slows down writes. One table once had 27 indexes and 10 triggers.
const MAX_INDEXES = 14;
const MAX_TRIGGERS = 4;

describe('every table', () => {
  it('has few indexes and triggers', async () => {
    const tables = await queryRows<{ name: string; indexes: number; triggers: number }>(
      `select t.relname as name,
         (select count(*)::int from pg_index i where i.indrelid = t.oid) as indexes,
         (select count(*)::int from pg_trigger g where g.tgrelid = t.oid and not g.tgisinternal) as triggers
       from pg_class t where t.relkind = 'r' and t.relnamespace = 'public'::regnamespace`,
    );
    expect(tables.map(({ name }) => name)).toContain('invitations');
    expect(
      tables.filter(({ indexes, triggers }) => indexes > MAX_INDEXES || triggers > MAX_TRIGGERS),
    ).toEqual([]);
  });
});

describe('docs/schema.md', () => {
  const page = readFileSync(join(projectRoot, 'docs/schema.md'), 'utf8');
  const [, diagram = ''] = /```mermaid\nerDiagram\n(.*?)```/s.exec(page) ?? [];
  const sections = page.split(/^### /m).slice(1);
  const nameOf = (section: string) => section.split('\n', 1)[0] ?? '';

  it('describes exactly the existing tables', async () => {
    const tables = await queryRows<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
    );
    expect(sections.map(nameOf).sort()).toEqual(tables.map(({ name }) => name).sort());
  });

  it('describes only existing columns', async () => {
    const columns = await queryRows<{ name: string }>(
      `select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public'`,
    );
    const described = sections.flatMap((section) =>
      [...section.matchAll(/^- ((?:`\w+`(?:, )?)+):/gm)].flatMap(([, names = '']) =>
        [...names.matchAll(/\w+/g)].map(([column]) => `${nameOf(section)}.${column}`),
      ),
    );
    const known = new Set(columns.map(({ name }) => name));
    expect(described.filter((name) => !known.has(name))).toEqual([]);
    expect(described.length).toBeGreaterThan(40);
  });

  it('shows every table with its foreign keys in the diagram', async () => {
    const keys = await queryRows<{ line: string; child: string; parent: string }>(
      `select k.conrelid::regclass::text as child, k.confrelid::regclass::text as parent,
         concat(k.confrelid::regclass, ' ', case when a.attnotnull then '||' else '|o' end, '--',
           case when exists (select from pg_index i where i.indrelid = k.conrelid and i.indisunique
             and i.indpred is null and i.indkey::text = a.attnum::text) then 'o|' else 'o{' end,
           ' ', k.conrelid::regclass, ' : ', a.attname) as line
       from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
       where k.contype = 'f' and k.connamespace = 'public'::regnamespace`,
    );
    const connected = new Set(keys.flatMap(({ child, parent }) => [child, parent]));
    const isolated = sections.map(nameOf).filter((name) => !connected.has(name));
    const lines = diagram.split('\n').flatMap((line) => line.trim() || []);
    expect(lines.sort()).toEqual([...keys.map(({ line }) => line), ...isolated].sort());
  });
});
