import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { archiveGroup, changeGroup, createGroup, reopenGroup } from '../../groups/group.ts';
import { countGroups, isGroupState, listGroups } from '../../groups/group-list.ts';
import { listManagers, listMembers } from '../../groups/member-list.ts';
import { groupContext, loadAnyGroup } from '../../pages/groups/guard.ts';
import { managementRoutes } from '../../pages/groups/management.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { pageLinks, parseCursor, parseSearch, singleParam } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { longTextField } from '../../platform/text/fields.ts';
import { accountOf, actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requiredTextField } from '../fields.ts';

const adminOnly = requireStaff('admin');
const groupForm = z.object({
  name: requiredTextField(100, () => t('groups:staff.nameRequired')),
  description: longTextField(2000),
});

/** Groups in the staff panel. Administrators manage all of them; support can only view them. */
export const adminGroupRoutes = Router();
adminGroupRoutes.get('/', showGroups);
adminGroupRoutes.get('/new', adminOnly, showNewGroup);
adminGroupRoutes.post('/', adminOnly, submitNewGroup);
adminGroupRoutes.get('/:id', loadAnyGroup, showGroup);
adminGroupRoutes.get('/:id/details', adminOnly, loadAnyGroup, showDetails);
adminGroupRoutes.post('/:id/details', adminOnly, loadAnyGroup, submitDetails);
adminGroupRoutes.get('/:id/archival', adminOnly, loadAnyGroup, showArchival);
adminGroupRoutes.post('/:id/archival', adminOnly, loadAnyGroup, submitArchival);
adminGroupRoutes.post('/:id/reopening', adminOnly, loadAnyGroup, submitReopening);
adminGroupRoutes.use(adminOnly, managementRoutes(loadAnyGroup));

async function showGroups(req: Request, res: Response): Promise<void> {
  const state = singleParam(req.query.state);
  const query = {
    search: parseSearch(req.query),
    state: isGroupState(state) ? state : 'open',
    cursor: parseCursor(req.query),
  } as const;
  const page = await listGroups(query);
  const count = await countGroups(query);
  res.render('admin/groups/index', { query, page, count, urls: pageLinks(req, page) });
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
  await redirectWithMessage(`/${group.id}`, t('groups:staff.created', { name: group.name }), req, res);
}

async function showGroup(req: Request, res: Response): Promise<void> {
  const { group, viewer } = groupContext(res);
  const search = parseSearch(req.query);
  const page = await listMembers(group.id, viewer, search, parseCursor(req.query));
  res.render('admin/groups/show', {
    group,
    search,
    page,
    urls: pageLinks(req, page),
    managers: await listManagers(group.id, viewer),
    canManage: accountOf(res).staffRole === 'admin',
    base: `/admin/groups/${group.id}`,
  });
}

function showDetails(_req: Request, res: Response): void {
  const { group } = groupContext(res);
  renderDetails({ values: { name: group.name, description: group.description }, errors: {} }, res);
}

function renderDetails({ values, errors }: FormState, res: Response): void {
  res.render('admin/groups/details', { values, errors, group: groupContext(res).group });
}

async function submitDetails(req: Request, res: Response): Promise<void> {
  const { group } = groupContext(res);
  const form = readForm(groupForm, req.body);
  const changed = await form.run(async (details) => {
    await changeGroup(group.id, details, actorOf(req, res));
    return true;
  });
  if (changed) return redirectWithMessage(`/${group.id}`, t('groups:staff.saved'), req, res);
  res.status(422);
  renderDetails(form, res);
}

function showArchival(_req: Request, res: Response): void {
  res.render('admin/groups/archival', { group: groupContext(res).group });
}

async function submitArchival(req: Request, res: Response): Promise<void> {
  const { id, name } = await archiveGroup(groupContext(res).group.id, actorOf(req, res));
  await redirectWithMessage(`/${id}`, t('groups:staff.archived', { name }), req, res);
}

async function submitReopening(req: Request, res: Response): Promise<void> {
  const { id, name } = await reopenGroup(groupContext(res).group.id, actorOf(req, res));
  await redirectWithMessage(`/${id}`, t('groups:staff.reopened', { name }), req, res);
}

async function redirectWithMessage(
  path: string,
  message: string,
  req: Request,
  res: Response,
): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, req.baseUrl + path);
}
