import { type Request, type Response, Router } from 'express';
import { accountOf, actorOf, requireStaff } from '../accounts/guard.ts';
import { anyGroup, openedGroup } from '../groups/access.ts';
import { archiveGroup, changeGroup, createGroup, reopenGroup } from '../groups/group.ts';
import { countGroups, isGroupState, listGroups } from '../groups/group-list.ts';
import { membersOf, runnersOf } from '../groups/lists.ts';
import { management } from '../groups/management.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { groupForm } from './forms.ts';
import { cursorIn, one, pagesAround, searchIn } from './list-query.ts';

const adminOnly = requireStaff('admin');

/** Groups at the staff's door: administrators run all of them, support sees who is in which. */
export const adminGroups = Router();
adminGroups.get('/', showGroups);
adminGroups.get('/new', adminOnly, showNewGroup);
adminGroups.post('/', adminOnly, submitNewGroup);
adminGroups.get('/:id', anyGroup, showGroup);
adminGroups.get('/:id/details', adminOnly, anyGroup, showDetails);
adminGroups.post('/:id/details', adminOnly, anyGroup, submitDetails);
adminGroups.get('/:id/archival', adminOnly, anyGroup, showArchival);
adminGroups.post('/:id/archival', adminOnly, anyGroup, submitArchival);
adminGroups.post('/:id/reopening', adminOnly, anyGroup, submitReopening);
adminGroups.use(adminOnly, management(anyGroup));

async function showGroups(req: Request, res: Response): Promise<void> {
  const state = one(req.query.state);
  const query = {
    search: searchIn(req.query),
    state: isGroupState(state) ? state : 'open',
    cursor: cursorIn(req.query),
  } as const;
  const page = await listGroups(query);
  const count = await countGroups(query);
  res.render('admin/groups/index', { query, page, count, urls: pagesAround(req, page) });
}

function showNewGroup(_req: Request, res: Response): void {
  res.render('admin/groups/new', emptyForm);
}

async function submitNewGroup(req: Request, res: Response): Promise<void> {
  const form = readForm(groupForm, req.body);
  const group = await form.run((details) => createGroup(details, actorOf(req, res)));
  if (!group) {
    return res.status(422).render('admin/groups/new', { values: form.values, errors: form.errors });
  }
  await goTo(`/${group.id}`, `${group.name} is there. Now invite its first owner.`, req, res);
}

async function showGroup(req: Request, res: Response): Promise<void> {
  const { group, viewer } = openedGroup(res);
  const search = searchIn(req.query);
  const page = await membersOf(group.id, viewer, search, cursorIn(req.query));
  res.render('admin/groups/show', {
    group,
    search,
    page,
    urls: pagesAround(req, page),
    runners: await runnersOf(group.id, viewer),
    manages: accountOf(res).staffRole === 'admin',
    base: `/admin/groups/${group.id}`,
  });
}

function showDetails(_req: Request, res: Response): void {
  const { group } = openedGroup(res);
  renderDetails({ values: { name: group.name, description: group.description }, errors: {} }, res);
}

function renderDetails({ values, errors }: FormState, res: Response): void {
  res.render('admin/groups/details', { values, errors, group: openedGroup(res).group });
}

async function submitDetails(req: Request, res: Response): Promise<void> {
  const { group } = openedGroup(res);
  const form = readForm(groupForm, req.body);
  const changed = await form.run(async (details) => {
    await changeGroup(group.id, details, actorOf(req, res));
    return true;
  });
  if (changed) return goTo(`/${group.id}`, 'The group is changed.', req, res);
  res.status(422);
  renderDetails(form, res);
}

function showArchival(_req: Request, res: Response): void {
  res.render('admin/groups/archival', { group: openedGroup(res).group });
}

async function submitArchival(req: Request, res: Response): Promise<void> {
  const { id, name } = await archiveGroup(openedGroup(res).group.id, actorOf(req, res));
  await goTo(
    `/${id}`,
    `${name} is archived. Its members no longer see it, and its links are dead.`,
    req,
    res,
  );
}

async function submitReopening(req: Request, res: Response): Promise<void> {
  const { id, name } = await reopenGroup(openedGroup(res).group.id, actorOf(req, res));
  await goTo(`/${id}`, `${name} is open again, with the members that it had.`, req, res);
}

async function goTo(path: string, message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, req.baseUrl + path);
}
