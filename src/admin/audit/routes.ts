import { type Request, type Response, Router } from 'express';
import { findAccountByEmail } from '../../accounts/account.ts';
import { exportEvents } from '../../platform/audit/export.ts';
import {
  type ActorFilter,
  countEvents,
  type EventFilter,
  listEvents,
  listFilterValues,
} from '../../platform/audit/list.ts';
import { parseDay } from '../../platform/db/paging.ts';
import { sendTable } from '../../platform/http/download.ts';
import { pageLinks, parseCursor, singleParam } from '../../platform/http/list-query.ts';
import type { Day } from '../../platform/i18n/dates.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { normaliseAddress } from '../../platform/text/address.ts';
import { normaliseSearch } from '../../platform/text/text.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { actionTitle, describeEvent, subjectTypeTitle } from './describe-event.ts';

const adminOnly = requireStaff('admin');

export const adminAuditRoutes = Router();
adminAuditRoutes.get('/', adminOnly, showAudit);
adminAuditRoutes.post('/exports', adminOnly, submitExport);

const NO_ACTOR: ActorFilter = { accountId: '0' };

type AuditQuery = Readonly<Record<'who' | 'subject' | 'id' | 'action' | 'from' | 'until', string>>;

async function showAudit(req: Request, res: Response): Promise<void> {
  const typed = readAuditQuery(req.query);
  const filter = await toEventFilter(typed);
  const page = await listEvents({ ...filter, cursor: parseCursor(req.query) });
  const [count, filterValues] = await Promise.all([countEvents(filter), listFilterValues()]);
  res.render('admin/audit/index', {
    typed,
    events: page.items.map(describeEvent),
    count,
    isFiltered: Object.values(typed).some((value) => value !== ''),
    urls: pageLinks(req, page),
    subjects: selectOptions(filterValues.subjects, subjectTypeTitle),
    actions: selectOptions(filterValues.actions, actionTitle),
  });
}

async function submitExport(req: Request, res: Response): Promise<void> {
  const csv = await exportEvents(await toEventFilter(readAuditQuery(req.body)), actorOf(req, res));
  await sendTable(req, res, 'audit', csv);
}

/** `?who=&subject=&id=&action=&from=&until=`; invalid values are ignored. */
function readAuditQuery(params: Record<string, unknown> | undefined): AuditQuery {
  const field = (name: keyof AuditQuery) => normaliseSearch(singleParam(params?.[name]));
  const day = (name: 'from' | 'until') => (isDay(field(name)) ? field(name) : '');
  const action = /^[a-z-]+\.[a-z-]+$/.test(field('action')) ? field('action') : '';
  const subject = /^[a-z-]+$/.test(field('subject')) ? field('subject') : '';
  return { who: field('who'), subject, id: field('id'), action, from: day('from'), until: day('until') };
}

async function toEventFilter({ who, subject, id, action, from, until }: AuditQuery): Promise<EventFilter> {
  return {
    actor: who === '' ? null : await resolveActor(who),
    subject,
    subjectId: id,
    action,
    from: from || null,
    until: until || null,
  };
}

/** @param who the address of an account, or the name of another kind of actor */
async function resolveActor(who: string): Promise<ActorFilter> {
  if (who === 'system' || who === 'command' || who === 'visitor') return { kind: who };
  const address = normaliseAddress(who);
  const account = address === null ? null : await findAccountByEmail(address);
  return account ? { accountId: account.id } : NO_ACTOR;
}

function isDay(text: string): text is Day {
  return parseDay(text) !== null;
}

function selectOptions(values: readonly string[], labelOf: (value: string) => string) {
  const options = values.map((value) => ({ value, label: labelOf(value) }));
  return [
    { value: '', label: t('audit:page.anything') },
    ...options.sort((a, b) => a.label.localeCompare(b.label)),
  ];
}
