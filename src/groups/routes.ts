import { type Request, type Response, Router } from 'express';
import { accountOf, actorOf } from '../accounts/guard.ts';
import { flash } from '../web/flash.ts';
import { cursorIn, pagesAround, searchIn } from '../web/list-address.ts';
import { saveSession } from '../web/session.ts';
import { openedGroup, requireMember } from './access.ts';
import { groupsOf, membersOf, runnersOf } from './lists.ts';
import { management } from './management.ts';
import { leaveGroup } from './membership.ts';
import { mayManage } from './rights.ts';

/** The members' door to their groups, at `/groups`: whoever is not in a group finds no page about it. */
export const groups = Router();
groups.get('/', showGroups);
groups.get('/:id', requireMember, showGroup);
groups.get('/:id/leaving', requireMember, showLeaving);
groups.post('/:id/leaving', requireMember, submitLeaving);
groups.use(management(requireMember));

async function showGroups(_req: Request, res: Response): Promise<void> {
  res.render('groups/index', { groups: await groupsOf(accountOf(res).id) });
}

async function showGroup(req: Request, res: Response): Promise<void> {
  const { group, rights, viewer } = openedGroup(res);
  const search = searchIn(req.query);
  const page = await membersOf(group.id, viewer, search, cursorIn(req.query));
  res.render('groups/show', {
    group,
    rights,
    search,
    page,
    urls: pagesAround(req, page),
    runners: await runnersOf(group.id, viewer),
    manages: mayManage(rights),
    base: `/groups/${group.id}`,
  });
}

function showLeaving(_req: Request, res: Response): void {
  res.render('groups/leaving', openedGroup(res));
}

async function submitLeaving(req: Request, res: Response): Promise<void> {
  const { group } = openedGroup(res);
  await leaveGroup(group.id, actorOf(req, res));
  flash(req, 'success', `You have left ${group.name}.`);
  await saveSession(req);
  res.redirect(303, '/groups');
}
