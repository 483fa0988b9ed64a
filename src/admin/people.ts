import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { staffRoles } from '../accounts/account.ts';
import { accountOf, actorOf, requireStaff } from '../accounts/guard.ts';
import {
  changeRole,
  endAllSessions,
  reinstate,
  resetTwoStep,
  sendPasswordReset,
  suspend,
} from '../accounts/people.ts';
import {
  type Circle,
  countPeople,
  isCircle,
  listPeople,
  type Person,
  personById,
} from '../accounts/people-list.ts';
import { requireRecentSignIn } from '../accounts/recent-sign-in.ts';
import { listEvents } from '../audit/list.ts';
import { closestSpelling } from '../search.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm, text } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { inWords } from './audit-words.ts';
import { cursorIn, one, pagesAround, searchIn, suggestionIn } from './list-query.ts';

const adminOnly = requireStaff('admin');

/** Accounts, and what administrators do to them. Whoever sits down at an open panel does nothing here without a password. */
export const adminPeople = Router();
adminPeople.get('/', adminOnly, showPeople);
adminPeople.get('/:id', adminOnly, showPerson);
adminPeople.get('/:id/role', adminOnly, requireRecentSignIn, showRole);
adminPeople.post('/:id/role', adminOnly, requireRecentSignIn, submitRole);
adminPeople.get('/:id/suspension', adminOnly, requireRecentSignIn, showSuspension);
adminPeople.post('/:id/suspension', adminOnly, requireRecentSignIn, submitSuspension);
adminPeople.post('/:id/reinstatement', adminOnly, requireRecentSignIn, submitReinstatement);
adminPeople.get('/:id/two-step-reset', adminOnly, requireRecentSignIn, showTwoStepReset);
adminPeople.post('/:id/two-step-reset', adminOnly, requireRecentSignIn, submitTwoStepReset);
adminPeople.post('/:id/password-reset', adminOnly, requireRecentSignIn, submitPasswordReset);
adminPeople.post('/:id/session-ending', adminOnly, requireRecentSignIn, submitSessionEnding);

const roleForm = z.object({
  staffRole: z.enum(['none', ...staffRoles], { error: 'Choose one of the roles' }),
});
const suspensionForm = z.object({
  reason: text(500).refine((typed) => typed.length > 0, { error: 'Say why. Only administrators see it' }),
});

async function showPeople(req: Request, res: Response): Promise<void> {
  const search = searchIn(req.query);
  const typed = one(req.query.show);
  const usual: Circle = search === '' ? 'staff' : 'everybody';
  const query = { search, circle: isCircle(typed) ? typed : usual, cursor: cursorIn(req.query) };
  const page = await listPeople(query);
  const count = await countPeople(query);
  const suggestion = count === 0 ? await closestSpelling('accounts', search) : null;
  res.render('admin/people/index', {
    query,
    page,
    count,
    suggestion: suggestionIn(req, suggestion),
    urls: pagesAround(req, page),
  });
}

async function showPerson(req: Request, res: Response): Promise<void> {
  const person = await personById(String(req.params.id));
  const about = {
    actor: null,
    subject: 'account',
    subjectId: person.id,
    action: '',
    from: null,
    until: null,
  };
  const { items } = await listEvents({ ...about, cursor: null });
  const isSelf = person.id === accountOf(res).id;
  res.render('admin/people/show', { person, isSelf, events: items.map(inWords) });
}

async function showRole(req: Request, res: Response): Promise<void> {
  const person = await personById(String(req.params.id));
  renderRole(res, person, { values: { staffRole: person.staffRole ?? 'none' }, errors: {} });
}

function renderRole(res: Response, person: Person, { values, errors }: FormState): void {
  res.render('admin/people/role', { person, values, errors });
}

async function submitRole(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(roleForm, req.body);
  const person = await form.run(({ staffRole }) =>
    changeRole(id, staffRole === 'none' ? null : staffRole, actorOf(req, res)),
  );
  if (person) return back(req, res, person, `The role of ${person.name} is changed.`);
  const asked = await personById(id);
  res.status(422);
  renderRole(res, asked, form);
}

async function showSuspension(req: Request, res: Response): Promise<void> {
  res.render('admin/people/suspension', { ...emptyForm, person: await personById(String(req.params.id)) });
}

async function submitSuspension(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(suspensionForm, req.body);
  const person = await form.run(({ reason }) => suspend(id, reason, actorOf(req, res)));
  if (person) return back(req, res, person, `${person.name} is suspended and signed out everywhere.`);
  const { values, errors } = form;
  const asked = await personById(id);
  res.status(422).render('admin/people/suspension', { values, errors, person: asked });
}

async function submitReinstatement(req: Request, res: Response): Promise<void> {
  const person = await reinstate(String(req.params.id), actorOf(req, res));
  await back(req, res, person, `${person.name} can sign in again.`);
}

async function showTwoStepReset(req: Request, res: Response): Promise<void> {
  res.render('admin/people/two-step-reset', { person: await personById(String(req.params.id)) });
}

async function submitTwoStepReset(req: Request, res: Response): Promise<void> {
  const person = await resetTwoStep(String(req.params.id), actorOf(req, res));
  await back(req, res, person, `${person.name} signs in with the password only, until two-step is on again.`);
}

async function submitPasswordReset(req: Request, res: Response): Promise<void> {
  const person = await sendPasswordReset(String(req.params.id), actorOf(req, res));
  await back(req, res, person, `A link to choose a new password is on its way to ${person.email}.`);
}

async function submitSessionEnding(req: Request, res: Response): Promise<void> {
  const person = await endAllSessions(String(req.params.id), actorOf(req, res));
  await back(req, res, person, `${person.name} is signed out everywhere.`);
}

async function back(req: Request, res: Response, person: Person, done: string): Promise<void> {
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, `/admin/people/${person.id}`);
}
