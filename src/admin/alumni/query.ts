import {
  isMissingField,
  isRecordStateFilter,
  type MissingField,
  type RecordFilter,
  type RecordStateFilter,
} from '../../alumni/filter.ts';
import { isRecordSort, type RecordQuery } from '../../alumni/list.ts';
import { parseCursor, parseSearch, type QueryInput, singleParam } from '../../platform/http/list-query.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { normaliseSearch, toAsciiDigits } from '../../platform/text/text.ts';

/** Parses the filter from a URL or a form, and ignores invalid values. */
export function parseRecordFilter(typed: QueryInput): RecordFilter {
  const batch = toAsciiDigits(singleParam(typed.batch));
  const state = singleParam(typed.state);
  const missing = singleParam(typed.missing);
  return {
    search: parseSearch(typed),
    batch: /^(19|20|21)\d\d$/.test(batch) ? Number(batch) : null,
    center: normaliseSearch(singleParam(typed.center)) || null,
    state: isRecordStateFilter(state) ? state : null,
    missing: isMissingField(missing) ? missing : null,
  };
}

/** Parses the filter with its order (`?sort=`) and cursor (`?after=` or `?before=`). */
export function parseRecordQuery(typed: QueryInput): RecordQuery {
  const sort = singleParam(typed.sort);
  const order = sort.replace(/^-/, '');
  return {
    ...parseRecordFilter(typed),
    order: isRecordSort(order) ? order : 'name',
    descending: isRecordSort(order) && sort.startsWith('-'),
    cursor: parseCursor(typed),
  };
}

/** The active filters as form fields or query parameters. */
export function recordFilterFields({
  search,
  batch,
  center,
  state,
  missing,
}: RecordFilter): Record<string, string> {
  const fields = { q: search, batch, center, state, missing };
  const active = Object.entries(fields).filter(([, value]) => value !== null && value !== '');
  return Object.fromEntries(active.map(([name, value]) => [name, String(value)]));
}

const stateLabels = {
  active: 'alumni:states.active',
  inactive: 'alumni:states.inactive',
  deceased: 'alumni:states.deceased',
  claimed: 'alumni:states.registered',
  unclaimed: 'alumni:states.notRegistered',
  merged: 'alumni:states.merged',
} as const satisfies Record<RecordStateFilter, string>;
const missingFieldLabels = {
  email: 'alumni:list.missingEmail',
  'year-of-birth': 'alumni:list.missingYearOfBirth',
} as const satisfies Record<MissingField, string>;

/** Describes the active filters, each with the URL that removes it. */
export function describeRecordFilters(
  filter: RecordFilter,
  sort: string,
): { label: string; removeUrl: string }[] {
  const { search, batch, center, state, missing } = filter;
  const fields = recordFilterFields(filter);
  const labels: Record<string, string> = {
    q: `“${search}”`,
    batch: t('alumni:list.filterBatch', { batch }),
    center: t('alumni:list.filterCenter', { center }),
    state: state === null ? '' : t(stateLabels[state]),
    missing: missing === null ? '' : t(missingFieldLabels[missing]),
  };
  return Object.keys(fields).map((name) => {
    const { [name]: _removed, ...others } = fields;
    return { label: labels[name] ?? name, removeUrl: alumniListUrl(others, sort) };
  });
}

export function alumniListUrl(fields: Record<string, string>, sort: string): string {
  const queryString = new URLSearchParams(sort === 'name' ? fields : { ...fields, sort }).toString();
  return queryString === '' ? '/admin/alumni' : `/admin/alumni?${queryString}`;
}
