import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { singleParam } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { normaliseAddress } from '../../platform/text/address.ts';
import { textField } from '../../platform/text/fields.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { erasePerson, getErasureFigures } from '../../support/erasure.ts';
import { getPerson, type Person, type PersonKey } from '../../support/person.ts';
import { exportPerson } from '../../support/person-data.ts';
import { reasonField } from '../fields.ts';

const guards = [requireStaff('admin'), requireRecentSignIn];

/** A person's rights: a copy of everything about them, and erasure. `?email=`, or `?record=` without an address. */
export const adminErasureRoutes = Router();
adminErasureRoutes.post('/person/exports', guards, sendExport);
adminErasureRoutes.get('/person/erasure', guards, showErasure);
adminErasureRoutes.post('/person/erasure', guards, submitErasure);

/** What has to be typed to confirm: the address or, without one, the record's number. */
const confirmationOf = ({ email, records }: Person) => email ?? records[0]?.externalId ?? '';

function erasureForm(person: Person) {
  const expected = confirmationOf(person).toLowerCase();
  return z.object({
    records: z
      .union([z.string(), z.array(z.string())])
      .default([])
      .transform((ids) => [ids].flat()),
    reason: reasonField,
    confirmation: textField(400).refine(
      (typed) => [typed, normaliseAddress(typed)].some((text) => text?.toLowerCase() === expected),
      { error: () => t('help:erasure.confirmationWrong') },
    ),
  });
}

async function sendExport(req: Request, res: Response): Promise<void> {
  const data = await exportPerson(keyOf(req.query), actorOf(req, res));
  res.set('Content-Disposition', 'attachment; filename="homecoming-person.json"');
  res.type('json').send(JSON.stringify(data, null, 2));
}

async function showErasure(req: Request, res: Response): Promise<void> {
  await renderErasure(keyOf(req.query), emptyForm, res);
}

async function submitErasure(req: Request, res: Response): Promise<void> {
  const key = keyOf(req.query);
  const form = readForm(erasureForm(await getPerson(key)), req.body);
  const reference = await form.run(({ records, reason }) =>
    erasePerson(key, { recordIds: records, reason }, actorOf(req, res)),
  );
  if (!reference) {
    res.status(422);
    return renderErasure(key, form, res);
  }
  flash(req, 'success', t('help:erasure.done', { reference }));
  await saveSession(req);
  res.redirect(303, '/admin/help');
}

async function renderErasure(key: PersonKey, { values, errors }: FormState, res: Response): Promise<void> {
  const person = await getPerson(key);
  res.render('admin/help/erasure', {
    person,
    figures: await getErasureFigures(person),
    expected: confirmationOf(person),
    values,
    errors,
  });
}

function keyOf(params: Readonly<Record<string, unknown>>): PersonKey {
  const email = normaliseAddress(singleParam(params.email));
  return email === null ? { recordId: singleParam(params.record) } : { email };
}
