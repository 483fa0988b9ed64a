import { describe, expect, it } from 'vitest';
import { rows } from '../../src/database.ts';

// Each index and trigger is paid for by every write. They had grown to 27 and 10 on one table.
const MOST_INDEXES = 14;
const MOST_TRIGGERS = 4;

describe('every table', () => {
  it('has few indexes and triggers', async () => {
    const tables = await rows<{ name: string; indexes: number; triggers: number }>(
      `select t.relname as name,
         (select count(*)::int from pg_index i where i.indrelid = t.oid) as indexes,
         (select count(*)::int from pg_trigger g where g.tgrelid = t.oid and not g.tgisinternal) as triggers
       from pg_class t where t.relkind = 'r' and t.relnamespace = 'public'::regnamespace`,
    );
    expect(tables.map(({ name }) => name)).toContain('invitations');
    expect(
      tables.filter(({ indexes, triggers }) => indexes > MOST_INDEXES || triggers > MOST_TRIGGERS),
    ).toEqual([]);
  });
});
