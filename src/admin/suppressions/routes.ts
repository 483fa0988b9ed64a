import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { pageLinks, parseCursor, parseSearch, singleParam } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import {
  countSuppressions,
  listSuppressions,
  type SuppressionQuery,
} from '../../platform/mail/suppression-list.ts';
import {
  getSuppression,
  liftSuppression,
  type Suppression,
  suppressionKinds,
} from '../../platform/mail/suppressions.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { reasonField } from '../fields.ts';

const adminOnly = requireStaff('admin');

export const adminSuppressionRoutes = Router();
adminSuppressionRoutes.get('/', showSuppressions);
adminSuppressionRoutes.get('/:id', showSuppression);
adminSuppressionRoutes.post('/:id/lift', adminOnly, submitLift);

const liftForm = z.object({ reason: reasonField });

async function showSuppressions(req: Request, res: Response): Promise<void> {
  const kind = singleParam(req.query.kind);
  const query: SuppressionQuery = {
    search: parseSearch(req.query),
    kind: suppressionKinds.find((name) => name === kind) ?? null,
    cursor: parseCursor(req.query),
  };
  const page = await listSuppressions(query);
  const count = await countSuppressions(query);
  res.render('admin/suppressions/index', { query, page, count, urls: pageLinks(req, page) });
}

async function showSuppression(req: Request, res: Response): Promise<void> {
  renderSuppression(await getSuppression(String(req.params.id)), emptyForm, res);
}

function renderSuppression(suppression: Suppression, { values, errors }: FormState, res: Response): void {
  res.render('admin/suppressions/show', { suppression, values, errors });
}

async function submitLift(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(liftForm, req.body);
  const lifted = await form.run(({ reason }) => liftSuppression(id, reason, actorOf(req, res)));
  if (!lifted) {
    res.status(422);
    return renderSuppression(await getSuppression(id), form, res);
  }
  const { email } = lifted;
  const done = email === null ? t('mail:suppression.doneErased') : t('mail:suppression.done', { email });
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, '/admin/suppressions');
}
