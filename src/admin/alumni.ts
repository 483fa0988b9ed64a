import { type Request, type Response, Router } from 'express';
import { actorOf, requireStaff } from '../accounts/guard.ts';
import { exportRecords } from '../alumni/export.ts';
import { countRecords, listRecords } from '../alumni/list.ts';
import { distinctValues } from '../paging.ts';
import { countUnmatched } from '../register/unmatched.ts';
import { closestSpelling } from '../search.ts';
import { sendCsv } from '../web/download.ts';
import { activeFilters, fieldsOf, filterIn, listUrl, recordQuery } from './alumni-query.ts';
import { isLive, pagesAround, suggestionIn } from './list-query.ts';

const adminOnly = requireStaff('admin');

/** The office's register. */
export const alumniList = Router();
alumniList.get('/', showRecords);
alumniList.post('/exports', adminOnly, submitExport);

async function showRecords(req: Request, res: Response): Promise<void> {
  const query = recordQuery(req.query);
  const [list, count] = [await listRecords(query), await countRecords(query)];
  const suggestion = count === 0 ? await closestSpelling('alumni_members', query.search) : null;
  const sort = `${query.descending ? '-' : ''}${query.order}`;
  const fields = fieldsOf(query);
  const shown = {
    list,
    count,
    suggestion: suggestionIn(req, suggestion),
    sort,
    fields,
    active: activeFilters(query, sort),
    sortUrls: sortUrls(fields, sort),
    urls: pagesAround(req, list),
  };
  if (isLive(req)) return res.render('admin/alumni/found', shown);
  const [centers, unmatched] = await Promise.all([
    distinctValues('alumni_members', 'center'),
    countUnmatched(),
  ]);
  res.render('admin/alumni/index', { ...shown, centers, unmatched });
}

async function submitExport(req: Request, res: Response): Promise<void> {
  await sendCsv(res, 'alumni', await exportRecords(filterIn(req.body ?? {}), actorOf(req, res)));
}

/** For each column that sorts: where its heading leads. Pressed again, it turns the order round. */
function sortUrls(fields: Record<string, string>, sort: string): Record<string, string> {
  const usual = { name: 'name', batch: '-batch', changed: '-changed' };
  const turned = (order: string) => (sort.startsWith('-') ? order : `-${order}`);
  return Object.fromEntries(
    Object.entries(usual).map(([order, first]) => [
      order,
      listUrl(fields, sort.replace('-', '') === order ? turned(order) : first),
    ]),
  );
}
