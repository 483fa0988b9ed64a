import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { staffRoles } from '../../accounts/account.ts';
import {
  type AccountScope,
  countAccounts,
  getListedAccount,
  isAccountScope,
  type ListedAccount,
  listAccounts,
} from '../../accounts/account-list.ts';
import { changeAddressByStaff } from '../../accounts/address/address-change.ts';
import {
  changeStaffRole,
  reinstateAccount,
  resetTwoStep,
  sendPasswordReset,
  signOutEverywhere,
  suspendAccount,
} from '../../accounts/administration.ts';
import { listEvents } from '../../platform/audit/list.ts';
import { suggestSpelling } from '../../platform/db/search.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import {
  pageLinks,
  parseCursor,
  parseSearch,
  singleParam,
  toSpellingSuggestion,
} from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { addressField } from '../../platform/text/fields.ts';
import { accountOf, actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { describeEvent } from '../audit/describe-event.ts';
import { requiredTextField } from '../fields.ts';

const adminOnly = requireStaff('admin');

/** Accounts. Every change needs a recent sign-in, so that an unattended panel can't be used for it. */
export const adminPeopleRoutes = Router();
adminPeopleRoutes.get('/', adminOnly, showPeople);
adminPeopleRoutes.get('/:id', adminOnly, showPerson);
adminPeopleRoutes.get('/:id/role', adminOnly, requireRecentSignIn, showRole);
adminPeopleRoutes.post('/:id/role', adminOnly, requireRecentSignIn, submitRole);
adminPeopleRoutes.get('/:id/suspension', adminOnly, requireRecentSignIn, showSuspension);
adminPeopleRoutes.post('/:id/suspension', adminOnly, requireRecentSignIn, submitSuspension);
adminPeopleRoutes.post('/:id/reinstatement', adminOnly, requireRecentSignIn, submitReinstatement);
adminPeopleRoutes.get('/:id/address', adminOnly, requireRecentSignIn, showAddress);
adminPeopleRoutes.post('/:id/address', adminOnly, requireRecentSignIn, submitAddress);
adminPeopleRoutes.get('/:id/two-step-reset', adminOnly, requireRecentSignIn, showTwoStepReset);
adminPeopleRoutes.post('/:id/two-step-reset', adminOnly, requireRecentSignIn, submitTwoStepReset);
adminPeopleRoutes.post('/:id/password-reset', adminOnly, requireRecentSignIn, submitPasswordReset);
adminPeopleRoutes.post('/:id/sign-out-everywhere', adminOnly, requireRecentSignIn, submitSignOutEverywhere);

const roleForm = z.object({
  staffRole: z.enum(['none', ...staffRoles], { error: () => t('people:role.choose') }),
});
const suspensionForm = z.object({
  reason: requiredTextField(500, () => t('people:suspension.reasonMissing')),
});

const addressForm = z.object({
  email: addressField,
  reason: requiredTextField(500, () => t('people:address.reasonMissing')),
});

async function showPeople(req: Request, res: Response): Promise<void> {
  const search = parseSearch(req.query);
  const typed = singleParam(req.query.show);
  const defaultScope: AccountScope = search === '' ? 'staff' : 'all';
  const query = {
    search,
    scope: isAccountScope(typed) ? typed : defaultScope,
    cursor: parseCursor(req.query),
  };
  const page = await listAccounts(query);
  const count = await countAccounts(query);
  const suggestion = count === 0 ? await suggestSpelling('accounts', search) : null;
  res.render('admin/people/index', {
    query,
    page,
    count,
    suggestion: toSpellingSuggestion(req, suggestion),
    urls: pageLinks(req, page),
  });
}

async function showPerson(req: Request, res: Response): Promise<void> {
  const person = await getListedAccount(String(req.params.id));
  const eventFilter = {
    actor: null,
    subject: 'account',
    subjectId: person.id,
    action: '',
    from: null,
    until: null,
  };
  const { items } = await listEvents({ ...eventFilter, cursor: null });
  const isSelf = person.id === accountOf(res).id;
  res.render('admin/people/show', { person, isSelf, events: items.map(describeEvent) });
}

async function showRole(req: Request, res: Response): Promise<void> {
  const person = await getListedAccount(String(req.params.id));
  renderRole(res, person, { values: { staffRole: person.staffRole ?? 'none' }, errors: {} });
}

function renderRole(res: Response, person: ListedAccount, { values, errors }: FormState): void {
  res.render('admin/people/role', { person, values, errors });
}

async function submitRole(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(roleForm, req.body);
  const person = await form.run(({ staffRole }) =>
    changeStaffRole(id, staffRole === 'none' ? null : staffRole, actorOf(req, res)),
  );
  if (person) return redirectWithMessage(req, res, person, t('people:role.done', { name: person.name }));
  const unchanged = await getListedAccount(id);
  res.status(422);
  renderRole(res, unchanged, form);
}

async function showSuspension(req: Request, res: Response): Promise<void> {
  res.render('admin/people/suspension', {
    ...emptyForm,
    person: await getListedAccount(String(req.params.id)),
  });
}

async function submitSuspension(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(suspensionForm, req.body);
  const person = await form.run(({ reason }) => suspendAccount(id, reason, actorOf(req, res)));
  if (person)
    return redirectWithMessage(req, res, person, t('people:suspension.done', { name: person.name }));
  const { values, errors } = form;
  const unchanged = await getListedAccount(id);
  res.status(422).render('admin/people/suspension', { values, errors, person: unchanged });
}

async function submitReinstatement(req: Request, res: Response): Promise<void> {
  const person = await reinstateAccount(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(req, res, person, t('people:reinstatement.done', { name: person.name }));
}

async function showAddress(req: Request, res: Response): Promise<void> {
  const person = await getListedAccount(String(req.params.id));
  const values = { email: singleParam(req.query.email) ?? '' };
  res.render('admin/people/address', { person, values, errors: {} });
}

async function submitAddress(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(addressForm, req.body);
  const person = await form.run((change) => changeAddressByStaff(id, change, actorOf(req, res)));
  if (person) {
    const values = { email: form.values.email ?? '', name: person.name };
    return redirectWithMessage(req, res, person, t('people:address.done', values));
  }
  const { values, errors } = form;
  res.status(422).render('admin/people/address', { values, errors, person: await getListedAccount(id) });
}

async function showTwoStepReset(req: Request, res: Response): Promise<void> {
  res.render('admin/people/two-step-reset', { person: await getListedAccount(String(req.params.id)) });
}

async function submitTwoStepReset(req: Request, res: Response): Promise<void> {
  const person = await resetTwoStep(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(req, res, person, t('people:twoStepReset.done', { name: person.name }));
}

async function submitPasswordReset(req: Request, res: Response): Promise<void> {
  const person = await sendPasswordReset(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(req, res, person, t('people:passwordReset.done', { email: person.email }));
}

async function submitSignOutEverywhere(req: Request, res: Response): Promise<void> {
  const person = await signOutEverywhere(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(req, res, person, t('people:signOut.done', { name: person.name }));
}

async function redirectWithMessage(
  req: Request,
  res: Response,
  person: ListedAccount,
  done: string,
): Promise<void> {
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, `/admin/people/${person.id}`);
}
