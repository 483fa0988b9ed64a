import { type Request, type Response, Router } from 'express';
import { actorOf, requireStaff } from '../accounts/guard.ts';
import { accessAt, ageRange, describeAge } from '../alumni/age.ts';
import { changeRecord, createRecord, deactivate, reactivate } from '../alumni/change.ts';
import { type ListedRecord, mergedInto, recordById } from '../alumni/listed-record.ts';
import { differingFacts, displayName } from '../alumni/record.ts';
import { listEvents } from '../audit/list.ts';
import { standingOf } from '../consent/standing.ts';
import { invitationsFor } from '../invitations/invitation.ts';
import { claimantsOf } from '../register/claimants.ts';
import { invitationOfNobodyElse, markDeceased } from '../register/farewell.ts';
import { readSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { deathForm, factLabels, recordForm, typedFacts } from './alumni-forms.ts';
import { inWords } from './audit-words.ts';

const adminOnly = requireStaff('admin');

/** One record of the register, and what administrators do to it. */
export const alumniRecord = Router();
alumniRecord.get('/new', adminOnly, showNewRecord);
alumniRecord.post('/', adminOnly, submitNewRecord);
alumniRecord.get('/:id', showRecord);
alumniRecord.get('/:id/details', adminOnly, showDetails);
alumniRecord.post('/:id/details', adminOnly, submitDetails);
alumniRecord.get('/:id/deactivation', adminOnly, showDeactivation);
alumniRecord.post('/:id/deactivation', adminOnly, submitDeactivation);
alumniRecord.get('/:id/death', adminOnly, showDeath);
alumniRecord.post('/:id/death', adminOnly, submitDeath);
alumniRecord.post('/:id/reactivation', adminOnly, submitReactivation);

function showNewRecord(_req: Request, res: Response): void {
  res.render('admin/alumni/new', emptyForm);
}

async function submitNewRecord(req: Request, res: Response): Promise<void> {
  const form = readForm(recordForm(), req.body);
  const id = await form.run(({ savedAt: _new, ...facts }) => createRecord(facts, actorOf(req, res)));
  if (id) return back(req, res, id, 'The record is added.');
  res.status(422).render('admin/alumni/new', { values: form.values, errors: form.errors });
}

async function showRecord(req: Request, res: Response): Promise<void> {
  const record = await recordById(String(req.params.id));
  const policy = await readSettings();
  const now = new Date();
  const claimants = await claimantsOf(record.id);
  const year = record.yearOfBirth;
  const about = { actor: null, subject: 'alumni-member', subjectId: record.id, action: '', from: null };
  const { items } = await listEvents({ ...about, until: null, cursor: null });
  res.render('admin/alumni/show', {
    record,
    name: displayName(record),
    age: year === null ? null : describeAge(ageRange(year, now)),
    access: year === null ? null : accessAt(year, now, policy),
    claimants: claimants.map((claimant) => ({ ...claimant, standing: standingOf(claimant, policy, now) })),
    invitations: record.email === null ? [] : await invitationsFor(record.email),
    into: record.mergedInto === null ? null : await recordById(record.mergedInto),
    merged: await mergedInto(record.id),
    events: items.map(inWords),
  });
}

async function showDetails(req: Request, res: Response): Promise<void> {
  const record = await recordById(String(req.params.id));
  await renderDetails(res, record, { values: typedFacts(record), errors: {} }, []);
}

async function submitDetails(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(recordForm(), req.body);
  const changed = await form.run(({ savedAt, ...facts }) =>
    changeRecord(id, facts, savedAt, actorOf(req, res)),
  );
  if (changed && 'facts' in changed) {
    const said = changed.facts.map((name) => factLabels[name].toLowerCase()).join(', ');
    return back(req, res, id, said === '' ? 'Nothing was changed.' : `Saved: ${said}.`);
  }
  const record = changed?.outdated ?? (await recordById(id));
  res.status(changed ? 409 : 422);
  const values = changed ? { ...form.values, savedAt: record.savedAt } : form.values;
  const conflicts = changed && form.data ? differingFacts(record, form.data) : [];
  await renderDetails(res, record, { values, errors: form.errors }, conflicts);
}

async function renderDetails(
  res: Response,
  record: ListedRecord,
  { values, errors }: FormState,
  conflicts: ReturnType<typeof differingFacts>,
): Promise<void> {
  const claimants = await claimantsOf(record.id);
  const name = displayName(record);
  res.render('admin/alumni/details', { record, name, values, errors, conflicts, claimants, factLabels });
}

async function showDeactivation(req: Request, res: Response): Promise<void> {
  const record = await recordById(String(req.params.id));
  const claimants = await claimantsOf(record.id);
  res.render('admin/alumni/deactivation', { record, name: displayName(record), claimants });
}

async function submitDeactivation(req: Request, res: Response): Promise<void> {
  const record = await deactivate(String(req.params.id), actorOf(req, res));
  await back(req, res, record.id, `The record of ${displayName(record)} is inactive.`);
}

async function showDeath(req: Request, res: Response): Promise<void> {
  const record = await recordById(String(req.params.id));
  const invitation = await invitationOfNobodyElse(record);
  const claimants = await claimantsOf(record.id);
  res.render('admin/alumni/death', { record, name: displayName(record), invitation, claimants });
}

async function submitDeath(req: Request, res: Response): Promise<void> {
  const revoke = readForm(deathForm, req.body).data?.revoke === 'yes';
  const { record, revoked } = await markDeceased(String(req.params.id), { revoke }, actorOf(req, res));
  const also = revoked ? ' The open invitation is revoked.' : '';
  await back(req, res, record.id, `${displayName(record)} is marked as deceased.${also}`);
}

async function submitReactivation(req: Request, res: Response): Promise<void> {
  const record = await reactivate(String(req.params.id), actorOf(req, res));
  await back(req, res, record.id, `The record of ${displayName(record)} is active again.`);
}

async function back(req: Request, res: Response, id: string, done: string): Promise<void> {
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, `/admin/alumni/${id}`);
}
