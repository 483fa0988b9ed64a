import { type Request, type Response, Router } from 'express';
import { ageRange, ageStatusAt, describeAge } from '../../alumni/age.ts';
import { changeRecord, createRecord, deactivateRecord, reactivateRecord } from '../../alumni/change.ts';
import { getRecord, type ListedRecord, listMergedRecords } from '../../alumni/listed-record.ts';
import { listClaimants } from '../../alumni/merging/claimants.ts';
import { differingFields, displayName } from '../../alumni/record.ts';
import { listDenyingAccounts } from '../../alumni/someone-else.ts';
import { accessStatusOf } from '../../consents/profile-access.ts';
import { findSoleOpenInvitation, markDeceased } from '../../invitations/deceased/mark-deceased.ts';
import { listInvitationsForAddress } from '../../invitations/invitation.ts';
import { listEvents } from '../../platform/audit/list.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { readSettings } from '../../settings/settings.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { describeEvent } from '../audit/describe-event.ts';
import { deathForm, fieldLabel, recordForm, recordFormValues } from './forms.ts';

const adminOnly = requireStaff('admin');

/** Showing and changing one record. */
export const adminAlumniRecordRoutes = Router();
adminAlumniRecordRoutes.get('/new', adminOnly, showNewRecord);
adminAlumniRecordRoutes.post('/', adminOnly, submitNewRecord);
adminAlumniRecordRoutes.get('/:id', showRecord);
adminAlumniRecordRoutes.get('/:id/details', adminOnly, showDetails);
adminAlumniRecordRoutes.post('/:id/details', adminOnly, submitDetails);
adminAlumniRecordRoutes.get('/:id/deactivation', adminOnly, showDeactivation);
adminAlumniRecordRoutes.post('/:id/deactivation', adminOnly, submitDeactivation);
adminAlumniRecordRoutes.get('/:id/death', adminOnly, showDeath);
adminAlumniRecordRoutes.post('/:id/death', adminOnly, submitDeath);
adminAlumniRecordRoutes.post('/:id/reactivation', adminOnly, submitReactivation);

function showNewRecord(_req: Request, res: Response): void {
  res.render('admin/alumni/new', emptyForm);
}

async function submitNewRecord(req: Request, res: Response): Promise<void> {
  const form = readForm(recordForm(), req.body);
  const id = await form.run(({ savedAt: _new, ...input }) => createRecord(input, actorOf(req, res)));
  if (id) return redirectWithMessage(req, res, id, t('alumni:add.done'));
  res.status(422).render('admin/alumni/new', { values: form.values, errors: form.errors });
}

async function showRecord(req: Request, res: Response): Promise<void> {
  const record = await getRecord(String(req.params.id));
  const policy = await readSettings();
  const now = new Date();
  const claimants = await listClaimants(record.id);
  const year = record.yearOfBirth;
  const eventFilter = { actor: null, subject: 'alumni-record', subjectId: record.id, action: '', from: null };
  const { items } = await listEvents({ ...eventFilter, until: null, cursor: null });
  res.render('admin/alumni/show', {
    record,
    name: displayName(record),
    age: year === null ? null : describeAge(ageRange(year, now)),
    access: year === null ? null : ageStatusAt(year, now, policy),
    claimants: claimants.map((claimant) => ({
      ...claimant,
      access: accessStatusOf(claimant, policy, now),
    })),
    denyingAccounts: await listDenyingAccounts(record.id),
    invitations: record.email === null ? [] : await listInvitationsForAddress(record.email),
    into: record.mergedInto === null ? null : await getRecord(record.mergedInto),
    mergedRecords: await listMergedRecords(record.id),
    events: items.map(describeEvent),
  });
}

async function showDetails(req: Request, res: Response): Promise<void> {
  const record = await getRecord(String(req.params.id));
  await renderDetails(res, record, { values: recordFormValues(record), errors: {} }, []);
}

async function submitDetails(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(recordForm(), req.body);
  const changed = await form.run(({ savedAt, ...input }) =>
    changeRecord(id, input, savedAt, actorOf(req, res)),
  );
  if (changed && 'changedFields' in changed) {
    const changedLabels = changed.changedFields.map((name) => fieldLabel(name));
    return redirectWithMessage(
      req,
      res,
      id,
      changedLabels.length === 0
        ? t('alumni:edit.unchanged')
        : t('alumni:edit.done', { fields: changedLabels }),
    );
  }
  const record = changed?.current ?? (await getRecord(id));
  res.status(changed ? 409 : 422);
  const values = changed ? { ...form.values, savedAt: record.savedAt } : form.values;
  const conflicts = changed && form.data ? differingFields(record, form.data) : [];
  await renderDetails(res, record, { values, errors: form.errors }, conflicts);
}

async function renderDetails(
  res: Response,
  record: ListedRecord,
  { values, errors }: FormState,
  conflicts: ReturnType<typeof differingFields>,
): Promise<void> {
  const claimants = await listClaimants(record.id);
  const name = displayName(record);
  res.render('admin/alumni/details', { record, name, values, errors, conflicts, claimants, fieldLabel });
}

async function showDeactivation(req: Request, res: Response): Promise<void> {
  const record = await getRecord(String(req.params.id));
  const claimants = await listClaimants(record.id);
  res.render('admin/alumni/deactivation', { record, name: displayName(record), claimants });
}

async function submitDeactivation(req: Request, res: Response): Promise<void> {
  const record = await deactivateRecord(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(
    req,
    res,
    record.id,
    t('alumni:deactivation.done', { name: displayName(record) }),
  );
}

async function showDeath(req: Request, res: Response): Promise<void> {
  const record = await getRecord(String(req.params.id));
  const invitation = await findSoleOpenInvitation(record);
  const claimants = await listClaimants(record.id);
  res.render('admin/alumni/death', { record, name: displayName(record), invitation, claimants });
}

async function submitDeath(req: Request, res: Response): Promise<void> {
  const revoke = readForm(deathForm, req.body).data?.revoke === 'yes';
  const { record, revoked } = await markDeceased(String(req.params.id), { revoke }, actorOf(req, res));
  const name = displayName(record);
  const message = revoked ? t('alumni:death.doneAndRevoked', { name }) : t('alumni:death.done', { name });
  await redirectWithMessage(req, res, record.id, message);
}

async function submitReactivation(req: Request, res: Response): Promise<void> {
  const record = await reactivateRecord(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(
    req,
    res,
    record.id,
    t('alumni:reactivation.done', { name: displayName(record) }),
  );
}

async function redirectWithMessage(req: Request, res: Response, id: string, message: string): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, `/admin/alumni/${id}`);
}
