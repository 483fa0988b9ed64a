import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { decideCorrections, exportCorrections, listWaitingCorrections } from '../../alumni/corrections.ts';
import { displayName } from '../../alumni/record.ts';
import { parseDay } from '../../platform/db/paging.ts';
import { sendTable } from '../../platform/http/download.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { textField } from '../../platform/text/fields.ts';
import { isId } from '../../platform/text/text.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';

const adminOnly = requireStaff('admin');

/** What members say is wrong on records, and the changes for the office's own system. */
export const adminCorrectionRoutes = Router();
adminCorrectionRoutes.get('/corrections', adminOnly, showCorrections);
adminCorrectionRoutes.post('/corrections/exports', adminOnly, requireRecentSignIn, submitExport);
adminCorrectionRoutes.post('/corrections/:id', adminOnly, submitDecision);

/** `shown` has the ids that staff saw, `accept[<id>]` the ticked ones. */
const decisionForm = z.object({
  shown: textField(1000).transform((ids) => ids.split(',').filter(isId)),
  accept: z.record(z.string(), z.string()).default({}),
  reason: textField(500),
});

async function showCorrections(_req: Request, res: Response): Promise<void> {
  await renderCorrections(emptyForm, null, res);
}

/** @param recordId the record whose form was sent */
async function renderCorrections(
  { values, errors }: FormState,
  recordId: string | null,
  res: Response,
): Promise<void> {
  const waiting = await listWaitingCorrections();
  res.render('admin/alumni/corrections', {
    waiting: waiting.map(({ record, corrections }) => ({
      id: record.id,
      name: displayName(record),
      externalId: record.externalId,
      proposedAt: corrections[0]?.proposedAt,
      shown: corrections.map(({ id }) => id).join(','),
      corrections: corrections.map(({ id, field, newValue }) => ({
        id,
        field,
        from: record[field] ?? '',
        to: newValue ?? '',
      })),
      values: record.id === recordId ? values : {},
      errors: record.id === recordId ? errors : {},
    })),
    // Each record has a form of its own.
    errors: Object.fromEntries(
      Object.entries(errors).map(([name, text]) => [name === 'reason' ? `reason-${recordId}` : name, text]),
    ),
  });
}

async function submitDecision(req: Request, res: Response): Promise<void> {
  const recordId = String(req.params.id);
  const form = readForm(decisionForm, req.body);
  const isDecided = await form.run(async ({ shown, accept, reason }) => {
    const accepted = Object.keys(accept);
    await decideCorrections(recordId, { shown, accepted, reason }, actorOf(req, res));
    return true;
  });
  if (!isDecided) {
    res.status(422);
    return renderCorrections(form, recordId, res);
  }
  flash(req, 'success', t('alumni:corrections.saved'));
  await saveSession(req);
  res.redirect(303, '/admin/alumni/corrections');
}

async function submitExport(req: Request, res: Response): Promise<void> {
  const since = parseDay(String(req.body?.since ?? ''));
  await sendTable(req, res, 'changes', await exportCorrections(since, actorOf(req, res)));
}
