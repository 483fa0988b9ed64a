import { type Request, type Response, Router } from 'express';
import { exportRecords } from '../../alumni/export.ts';
import { countRecords, listRecords } from '../../alumni/list.ts';
import { countUnmatched } from '../../alumni/matching/unmatched.ts';
import { listDistinctValues } from '../../platform/db/paging.ts';
import { suggestSpelling } from '../../platform/db/search.ts';
import { sendTable } from '../../platform/http/download.ts';
import { isHtmxRequest, pageLinks, toSpellingSuggestion } from '../../platform/http/list-query.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import {
  alumniListUrl,
  describeRecordFilters,
  parseRecordFilter,
  parseRecordQuery,
  recordFilterFields,
} from './query.ts';

const adminOnly = requireStaff('admin');

/** The alumni directory. */
export const adminAlumniListRoutes = Router();
adminAlumniListRoutes.get('/', showRecords);
adminAlumniListRoutes.post('/exports', adminOnly, submitExport);

async function showRecords(req: Request, res: Response): Promise<void> {
  const query = parseRecordQuery(req.query);
  const [list, count] = [await listRecords(query), await countRecords(query)];
  const suggestion = count === 0 ? await suggestSpelling('alumni_members', query.search) : null;
  const sort = `${query.descending ? '-' : ''}${query.order}`;
  const fields = recordFilterFields(query);
  const shown = {
    list,
    count,
    suggestion: toSpellingSuggestion(req, suggestion),
    sort,
    fields,
    active: describeRecordFilters(query, sort),
    sortUrls: sortUrls(fields, sort),
    urls: pageLinks(req, list),
  };
  if (isHtmxRequest(req)) return res.render('admin/alumni/found', shown);
  const [centers, unmatched] = await Promise.all([
    listDistinctValues('alumni_members', 'center'),
    countUnmatched(),
  ]);
  res.render('admin/alumni/index', { ...shown, centers, unmatched });
}

async function submitExport(req: Request, res: Response): Promise<void> {
  await sendTable(
    req,
    res,
    'alumni',
    await exportRecords(parseRecordFilter(req.body ?? {}), actorOf(req, res)),
  );
}

/** The URL of each sortable heading. Selecting the current one reverses the order. */
function sortUrls(fields: Record<string, string>, sort: string): Record<string, string> {
  const defaultSorts = { name: 'name', batch: '-batch', changed: '-changed' };
  const reversed = (order: string) => (sort.startsWith('-') ? order : `-${order}`);
  return Object.fromEntries(
    Object.entries(defaultSorts).map(([order, first]) => [
      order,
      alumniListUrl(fields, sort.replace('-', '') === order ? reversed(order) : first),
    ]),
  );
}
