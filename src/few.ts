import { row, rows } from './database.ts';
import type { KeysetQuery } from './keyset.ts';

/** Where rows are looked for; the table with the ids comes first, as `alias`. */
type Source = Pick<KeysetQuery, 'from' | 'where' | 'bind'>;

/** A trigram index reads all that a search finds, before a limit counts: what has far more than that isn't looked up in it. */
const FAR_MORE = 10;

/**
 * The ids of all rows that match, or null when there are more than `most`. So few are quicker read all and sorted, see
 * `thoseOf`, than looked for along an index that has the order of a list.
 */
export async function idsIfFew({ from, where, bind }: Source, most: number): Promise<string[] | null> {
  const [, alias] = from.split(' ');
  const found = await row<{ ids: string[] | null }>(
    `with found as materialized (select ${alias}.id from ${from} where ${where.join(' and ')} limit ${most + 1})
     select case when count(*) <= ${most} then coalesce(array_agg(id), '{}') end as ids from found`,
    [...bind],
  );
  return found?.ids ?? null;
}

/** As `idsIfFew`, for a search: null at once where the planner expects far more. */
export async function hitsIfFew(source: Source, most: number): Promise<string[] | null> {
  return (await expectedRows(source)) > most * FAR_MORE ? null : idsIfFew(source, most);
}

/** How many rows the planner expects, from its statistics alone. */
async function expectedRows({ from, where, bind }: Source): Promise<number> {
  const [explained] = await rows<{ 'QUERY PLAN': readonly [{ Plan: { 'Plan Rows': number } }] }>(
    `explain (format json) select from ${from} where ${where.join(' and ')}`,
    [...bind],
  );
  return explained?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}

/** The rows of `table alias` with these ids, as the source of a page. */
export function thoseOf(from: string, ids: readonly string[]): Source {
  const [table, alias] = from.split(' ');
  // "offset 0" keeps the planner from walking along the order after all.
  return {
    from: `(select * from ${table} where id = any($1::bigint[]) offset 0) ${alias}`,
    where: [],
    bind: [ids],
  };
}
