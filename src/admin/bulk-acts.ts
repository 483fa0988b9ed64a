import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { actorOf, requireStaff } from '../accounts/guard.ts';
import { requireRecentSignIn } from '../accounts/recent-sign-in.ts';
import { type Act, type BulkAct, bulkActById, startBulkAct } from '../invitations/bulk-act.ts';
import { exportInvitations } from '../invitations/export.ts';
import { countSelection, type Selection } from '../invitations/selection.ts';
import { exportSkipped, skipCounts, skippedAfter, whySkipped } from '../invitations/skipped.ts';
import { sendCsv } from '../web/download.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type Form, type FormState, readForm, text } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { daysField } from './forms.ts';
import { activeFilters, listChoices, listUrl } from './invitation-list.ts';
import { fieldsOf, filterIn, selectionIn } from './invitation-query.ts';
import { isLive } from './list-query.ts';

const adminOnly = requireStaff('admin');

/** What is done to many invitations: a page that says to how many, then one button. */
export const bulkActs = Router();
bulkActs.get('/resends', ask('resend'));
bulkActs.post('/resends', submit('resend'));
bulkActs.get('/extensions', adminOnly, ask('extend'));
bulkActs.post('/extensions', adminOnly, submit('extend'));
bulkActs.get('/revocations', adminOnly, ask('revoke'));
bulkActs.post('/revocations', adminOnly, requireRecentSignIn, submit('revoke'));
bulkActs.get('/:id', showBulkAct);
bulkActs.get('/:id/skipped', adminOnly, downloadSkipped);

export const invitationExports = Router();
invitationExports.get('/exports', adminOnly, ask('export'));
invitationExports.post('/exports', adminOnly, submitExport);

type Asked = Act | 'export';

const paths: Readonly<Record<Asked, string>> = {
  resend: '/admin/bulk-acts/resends',
  extend: '/admin/bulk-acts/extensions',
  revoke: '/admin/bulk-acts/revocations',
  export: '/admin/invitations/exports',
};

const SHOWN_SKIPPED = 100;

type Given = Readonly<{ reason?: string; days?: number }>;

const readers: Readonly<Record<Act, (body: unknown) => Form<Given>>> = {
  resend: (body) => readForm(z.object({}), body),
  extend: (body) => readForm(z.object({ days: daysField() }), body),
  revoke: (body) => readForm(z.object({ reason: text(500) }), body),
};

function ask(act: Asked) {
  return async (req: Request, res: Response): Promise<void> => {
    const selection = selectionIn(req.query);
    if (selection === null) return nothingTicked(req, res, req.query);
    await renderAsk(act, selection, emptyForm, res);
  };
}

function submit(act: Act) {
  return async (req: Request, res: Response): Promise<void> => {
    const selection = selectionIn(req.body);
    if (selection === null) return nothingTicked(req, res, req.body);
    const form = readers[act](req.body);
    const made = await form.run(({ reason, days }) =>
      startBulkAct({ act, selection, reason: reason || null, days: days ?? null }, actorOf(req, res)),
    );
    if (!made) {
      res.status(422);
      return renderAsk(act, selection, { values: form.values, errors: form.errors }, res);
    }
    if (made.finishedAt) flash(req, made.done > 0 ? 'success' : 'notice', whatHappened(made));
    await saveSession(req);
    const isWhole = made.finishedAt !== null && made.skipped === 0;
    res.redirect(303, isWhole ? listUrl(fieldsOf(filterIn(req.body))) : `/admin/bulk-acts/${made.id}`);
  };
}

async function renderAsk(act: Asked, selection: Selection, form: FormState, res: Response): Promise<void> {
  const filter = 'filter' in selection ? selection.filter : null;
  res.render('admin/bulk-acts/new', {
    values: form.values,
    errors: form.errors,
    act,
    action: paths[act],
    count: await countSelection(selection),
    ids: 'ids' in selection ? selection.ids.join(',') : null,
    fields: filter ? fieldsOf(filter) : {},
    active: filter ? activeFilters(filter, await listChoices()) : [],
    listUrl: filter ? listUrl(fieldsOf(filter)) : '/admin/invitations',
  });
}

async function submitExport(req: Request, res: Response): Promise<void> {
  const selection = selectionIn(req.body);
  if (selection === null) return nothingTicked(req, res, req.body);
  await sendCsv(res, 'invitations', await exportInvitations(selection, actorOf(req, res)));
}

async function nothingTicked(req: Request, res: Response, typed: Record<string, unknown>): Promise<void> {
  flash(req, 'problem', 'Tick at least one invitation first, or “All that match”.');
  await saveSession(req);
  res.redirect(303, listUrl(fieldsOf(filterIn(typed ?? {}))));
}

async function showBulkAct(req: Request, res: Response): Promise<void> {
  const act = await bulkActById(String(req.params.id));
  const counts = await skipCounts(act.id);
  res.render(isLive(req) ? 'admin/bulk-acts/progress' : 'admin/bulk-acts/show', {
    act,
    said: whatHappened(act),
    reasons: counts.map(({ why, count }) => `${count.toLocaleString('en')} ${whySkipped(why, count)}`),
    skipped: (await skippedAfter(act.id, '0', SHOWN_SKIPPED)).map((one) => ({
      ...one,
      why: whySkipped(one.why, 1),
    })),
    active: act.filter ? activeFilters(act.filter, await listChoices()) : [],
  });
}

async function downloadSkipped(req: Request, res: Response): Promise<void> {
  const { id } = await bulkActById(String(req.params.id));
  await sendCsv(res, `left-out-${id}`, exportSkipped(id));
}

function whatHappened({ act, done, skipped }: BulkAct): string {
  const verb = { resend: 'sent again', extend: 'extended', revoke: 'revoked' }[act];
  const all = `${done.toLocaleString('en')} ${done === 1 ? 'invitation is' : 'invitations are'} ${verb}.`;
  return skipped === 0
    ? all
    : `${all} ${skipped.toLocaleString('en')} ${skipped === 1 ? 'was' : 'were'} left out.`;
}
