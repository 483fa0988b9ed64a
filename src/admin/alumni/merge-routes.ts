import { type Request, type Response, Router } from 'express';
import { ageRange, ageStatusAt, ageStatusLabel, describeAge } from '../../alumni/age.ts';
import { listRecords } from '../../alumni/list.ts';
import { getRecord, type ListedRecord } from '../../alumni/listed-record.ts';
import { mergeRecords, previewMerge } from '../../alumni/merging/merge.ts';
import type { MergeField } from '../../alumni/merging/merge-plan.ts';
import { displayName } from '../../alumni/record.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { singleParam } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { readSettings } from '../../settings/settings.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { defaultMergeChoices, fieldLabel, mergeForm } from './forms.ts';
import { parseRecordFilter } from './query.ts';

const adminOnly = requireStaff('admin');

/** Merging two records: staff choose the other record, then see a preview. */
export const adminAlumniMergeRoutes = Router();
adminAlumniMergeRoutes.get('/:id/merge', adminOnly, showChoice);
adminAlumniMergeRoutes.get('/:id/merge/:otherId', adminOnly, requireRecentSignIn, showPreview);
adminAlumniMergeRoutes.post('/:id/merge/:otherId', adminOnly, requireRecentSignIn, submitMerge);

async function showChoice(req: Request, res: Response): Promise<void> {
  const record = await getRecord(String(req.params.id));
  const search = typeof req.query.q === 'string' ? singleParam(req.query.q) : record.lastName;
  const filter = parseRecordFilter({ q: search });
  const found = await listRecords({ ...filter, order: 'name', descending: false, cursor: null });
  const others = found.items.filter(({ id, state }) => id !== record.id && state !== 'merged');
  res.render('admin/alumni/merge', { record, name: displayName(record), search: filter.search, others });
}

async function showPreview(req: Request, res: Response): Promise<void> {
  await renderPreview(req, res, emptyForm);
}

async function submitMerge(req: Request, res: Response): Promise<void> {
  const { id, otherId } = req.params;
  const form = readForm(mergeForm, req.body);
  const isMerged = await form.run(({ fields, keptSavedAt, otherSavedAt }) => {
    const fromOther = Object.keys(fields).filter((name) => fields[name] === 'other');
    const savedAt = { kept: keptSavedAt, other: otherSavedAt };
    return mergeRecords(String(id), String(otherId), { fromOther, savedAt }, actorOf(req, res));
  });
  if (!isMerged) {
    res.status(isMerged === false ? 409 : 422);
    return renderPreview(req, res, form, isMerged === false);
  }
  flash(req, 'success', t('alumni:mergePreview.done'));
  await saveSession(req);
  res.redirect(303, `/admin/alumni/${id}`);
}

async function renderPreview(
  req: Request,
  res: Response,
  { values, errors }: FormState,
  isOutdated = false,
): Promise<void> {
  const plan = await previewMerge(String(req.params.id), String(req.params.otherId));
  const policy = await readSettings();
  const describe = (record: ListedRecord, name: MergeField) => {
    const value = record[name];
    if (value === null || value === '') return t('common:form.notKnown');
    if (name !== 'yearOfBirth') return String(value);
    const now = new Date();
    const year = Number(value);
    const age = describeAge(ageRange(year, now));
    const access = ageStatusLabel(ageStatusAt(year, now, policy));
    return t('alumni:mergePreview.ageAndAccess', { year, age, access });
  };
  const defaults = defaultMergeChoices(plan);
  const { keptSavedAt = '', otherSavedAt = '' } = defaults;
  res.render('admin/alumni/merge-preview', {
    plan,
    name: displayName(plan.kept),
    choices: plan.differing.map((name) => ({
      name: `fields[${name}]`,
      label: fieldLabel(name),
      kept: describe(plan.kept, name),
      other: describe(plan.other, name),
    })),
    // Keeps the submitted choices, but with the versions that are shown now.
    values: { ...defaults, ...values, keptSavedAt, otherSavedAt },
    errors,
    isOutdated,
  });
}
