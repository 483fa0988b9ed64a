import { type Gap, isGap, isStanding, type RecordFilter, type Standing } from '../alumni/filter.ts';
import { isOrder, type RecordQuery } from '../alumni/list.ts';
import { cursorIn, one, searchIn, type Typed } from './list-query.ts';

/** Which records an address or a form means; whatever is no value of a filter is left aside. */
export function filterIn(typed: Typed): RecordFilter {
  const batch = one(typed.batch);
  const standing = one(typed.standing);
  const without = one(typed.without);
  return {
    search: searchIn(typed),
    batch: /^(19|20|21)\d\d$/.test(batch) ? Number(batch) : null,
    center: one(typed.center).trim().slice(0, 100) || null,
    standing: isStanding(standing) ? standing : null,
    without: isGap(without) ? without : null,
  };
}

/** The filter with its order, `?sort=`, and its place, `?after=` or `?before=`. */
export function recordQuery(typed: Typed): RecordQuery {
  const sort = one(typed.sort);
  const order = sort.replace(/^-/, '');
  return {
    ...filterIn(typed),
    order: isOrder(order) ? order : 'name',
    descending: isOrder(order) && sort.startsWith('-'),
    cursor: cursorIn(typed),
  };
}

/** The filter as fields of a form or an address: only those that filter. */
export function fieldsOf({ search, batch, center, standing, without }: RecordFilter): Record<string, string> {
  const fields = { q: search, batch, center, standing, without };
  const set = Object.entries(fields).filter(([, value]) => value !== null && value !== '');
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}

const standingWords: Readonly<Record<Standing, string>> = {
  active: 'Active',
  inactive: 'Inactive',
  deceased: 'Deceased',
  claimed: 'Registered',
  unclaimed: 'Not registered',
  merged: 'Merged away',
};
const gapWords: Readonly<Record<Gap, string>> = {
  address: 'Without an address',
  birth: 'Without a year of birth',
};

/** The filters that are set, in words, each with the address of the list without it. */
export function activeFilters(filter: RecordFilter, sort: string): { label: string; without: string }[] {
  const { search, batch, center, standing, without } = filter;
  const fields = fieldsOf(filter);
  const words: Record<string, string> = {
    q: `“${search}”`,
    batch: `Batch ${batch}`,
    center: `Center ${center}`,
    standing: standing === null ? '' : standingWords[standing],
    without: without === null ? '' : gapWords[without],
  };
  return Object.keys(fields).map((name) => {
    const { [name]: _left, ...others } = fields;
    return { label: words[name] ?? name, without: listUrl(others, sort) };
  });
}

/** The address of the list with these filters. */
export function listUrl(fields: Record<string, string>, sort: string): string {
  const kept = new URLSearchParams(sort === 'name' ? fields : { ...fields, sort }).toString();
  return kept === '' ? '/admin/alumni' : `/admin/alumni?${kept}`;
}
