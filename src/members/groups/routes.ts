import { type Request, type Response, Router } from 'express';
import { listGroupsOfAccount, listManagers, listMembers } from '../../groups/member-list.ts';
import { leaveGroup } from '../../groups/membership.ts';
import { canManage } from '../../groups/rights.ts';
import { groupContext, requireMember } from '../../pages/groups/guard.ts';
import { managementRoutes } from '../../pages/groups/management.ts';
import { flash } from '../../platform/http/flash.ts';
import { pageLinks, parseCursor, parseSearch } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf, actorOf } from '../../sign-in/guard.ts';

/** Groups as their members see them, at `/groups`. */
export const groupRoutes = Router();
groupRoutes.get('/', showGroups);
groupRoutes.get('/:id', requireMember, showGroup);
groupRoutes.get('/:id/leaving', requireMember, showLeaving);
groupRoutes.post('/:id/leaving', requireMember, submitLeaving);
groupRoutes.use(managementRoutes(requireMember));

async function showGroups(_req: Request, res: Response): Promise<void> {
  res.render('members/groups/index', { groups: await listGroupsOfAccount(accountOf(res).id) });
}

async function showGroup(req: Request, res: Response): Promise<void> {
  const { group, rights, viewer } = groupContext(res);
  const search = parseSearch(req.query);
  const page = await listMembers(group.id, viewer, search, parseCursor(req.query));
  res.render('members/groups/show', {
    group,
    rights,
    search,
    page,
    urls: pageLinks(req, page),
    managers: await listManagers(group.id, viewer),
    canManage: canManage(rights),
    base: `/groups/${group.id}`,
  });
}

function showLeaving(_req: Request, res: Response): void {
  res.render('members/groups/leaving', groupContext(res));
}

async function submitLeaving(req: Request, res: Response): Promise<void> {
  const { group } = groupContext(res);
  await leaveGroup(group.id, actorOf(req, res));
  flash(req, 'success', t('groups:leaving.left', { name: group.name }));
  await saveSession(req);
  res.redirect(303, '/groups');
}
