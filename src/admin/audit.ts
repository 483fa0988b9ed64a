import { type Request, type Response, Router } from 'express';
import { accountWithAddress } from '../accounts/account.ts';
import { actorOf, requireStaff } from '../accounts/guard.ts';
import { exportEvents } from '../audit/export.ts';
import { type ActorFilter, countEvents, type EventFilter, listEvents, valuesSeen } from '../audit/list.ts';
import { normaliseAddress } from '../mail/address.ts';
import { sendCsv } from '../web/download.ts';
import { inWords, plain, titleOf } from './audit-words.ts';
import { cursorIn, one, pagesAround } from './list-query.ts';

const adminOnly = requireStaff('admin');

export const adminAudit = Router();
adminAudit.get('/', adminOnly, showAudit);
adminAudit.post('/exports', adminOnly, submitExport);

const DAY_MS = 24 * 60 * 60 * 1000;
const NOBODY: ActorFilter = { accountId: '0' };

type Typed = Readonly<Record<'who' | 'subject' | 'id' | 'action' | 'from' | 'until', string>>;

async function showAudit(req: Request, res: Response): Promise<void> {
  const typed = typedIn(req.query);
  const filter = await filterOf(typed);
  const page = await listEvents({ ...filter, cursor: cursorIn(req.query) });
  const [count, seen] = await Promise.all([countEvents(filter), valuesSeen()]);
  res.render('admin/audit/index', {
    typed,
    events: page.items.map(inWords),
    count,
    isFiltered: Object.values(typed).some((value) => value !== ''),
    urls: pagesAround(req, page),
    subjects: options(seen.subjects, plain),
    actions: options(seen.actions, titleOf),
  });
}

async function submitExport(req: Request, res: Response): Promise<void> {
  const csv = await exportEvents(await filterOf(typedIn(req.body)), actorOf(req, res));
  await sendCsv(res, 'audit', csv);
}

/** `?who=&subject=&id=&action=&from=&until=`; whatever is no value of these is left aside. */
function typedIn(given: Record<string, unknown> | undefined): Typed {
  const field = (name: keyof Typed) => one(given?.[name]).trim().slice(0, 100);
  const day = (name: 'from' | 'until') => (dayIn(field(name)) ? field(name) : '');
  const action = /^[a-z-]+\.[a-z-]+$/.test(field('action')) ? field('action') : '';
  const subject = /^[a-z-]+$/.test(field('subject')) ? field('subject') : '';
  return { who: field('who'), subject, id: field('id'), action, from: day('from'), until: day('until') };
}

async function filterOf({ who, subject, id, action, from, until }: Typed): Promise<EventFilter> {
  const last = dayIn(until);
  return {
    actor: who === '' ? null : await actorIn(who),
    subject,
    subjectId: id,
    action,
    from: dayIn(from),
    until: last && new Date(last.getTime() + DAY_MS),
  };
}

/** An address of an account, or one of the actors that are none. */
async function actorIn(who: string): Promise<ActorFilter> {
  if (who === 'system' || who === 'command' || who === 'visitor') return { kind: who };
  const address = normaliseAddress(who);
  const account = address === null ? null : await accountWithAddress(address);
  return account ? { accountId: account.id } : NOBODY;
}

function dayIn(text: string): Date | null {
  if (!/^(19|20|21)\d\d-\d\d-\d\d$/.test(text)) return null;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text ? null : day;
}

function options(values: readonly string[], labelOf: (value: string) => string) {
  const named = values.map((value) => ({ value, label: labelOf(value) }));
  return [{ value: '', label: 'Anything' }, ...named.sort((a, b) => a.label.localeCompare(b.label))];
}
