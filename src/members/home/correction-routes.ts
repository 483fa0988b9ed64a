import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { correctableFields, getCorrectableRecord, proposeCorrections } from '../../alumni/corrections.ts';
import { displayName } from '../../alumni/record.ts';
import { createRecordSchemas, normaliseCell } from '../../alumni/record-fields.ts';
import { requireAccess } from '../../pages/access-guard.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { textField } from '../../platform/text/fields.ts';
import { accountOf, actorOf, requireAccount } from '../../sign-in/guard.ts';

/** What a member says is wrong on a record that is linked to the account. */
export const correctionRoutes = Router();
correctionRoutes.get('/home/records/:id', requireAccount, requireAccess, showCorrection);
correctionRoutes.post('/home/records/:id', requireAccount, requireAccess, submitCorrection);

function correctionForm() {
  const schemas = createRecordSchemas(new Date());
  const cellField = textField(300).transform(normaliseCell);
  return z.object({
    firstName: cellField.pipe(schemas.first_name),
    lastName: cellField.pipe(schemas.last_name),
    formerName: cellField.pipe(schemas.former_name),
    batch: cellField.pipe(schemas.batch),
    center: cellField.pipe(schemas.center),
  });
}

async function showCorrection(req: Request, res: Response): Promise<void> {
  await renderCorrection(emptyForm, req, res);
}

async function renderCorrection({ values, errors }: FormState, req: Request, res: Response): Promise<void> {
  const { record, waiting } = await getCorrectableRecord(accountOf(res).id, String(req.params.id));
  const onFile = correctableFields.map((field) => [field, String(record[field] ?? '')]);
  const proposed = waiting.map(({ field, newValue }) => [field, newValue ?? '']);
  res.render('members/home/correction', {
    recordId: record.id,
    name: displayName(record),
    waitingCount: waiting.length,
    values: { ...Object.fromEntries([...onFile, ...proposed]), ...values },
    errors,
  });
}

async function submitCorrection(req: Request, res: Response): Promise<void> {
  const form = readForm(correctionForm(), req.body);
  const count = await form.run((values) =>
    proposeCorrections(accountOf(res).id, String(req.params.id), values, actorOf(req, res)),
  );
  if (count === null) {
    res.status(422);
    return renderCorrection(form, req, res);
  }
  flash(req, 'success', count > 0 ? t('home:correction.sent') : t('home:correction.nothing'));
  await saveSession(req);
  res.redirect(303, '/home');
}
