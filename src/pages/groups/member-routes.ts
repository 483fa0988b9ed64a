import { type Request, type RequestHandler, type Response, Router } from 'express';
import { getMember } from '../../groups/member-list.ts';
import { changeMemberRole, removeMember, restoreMember } from '../../groups/membership.ts';
import { canAssignRole, canRespondToLeak } from '../../groups/rights.ts';
import { redirectWithFlash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf, actorOf } from '../../sign-in/guard.ts';
import { roleForm } from './forms.ts';
import { assignableRoles, groupContext, requireManager } from './guard.ts';

/** Routes for managing a member. @param guard loads the group of the URL */
export function memberManagementRoutes(guard: RequestHandler): Router {
  const router = Router();
  const manager = [guard, requireManager];
  router.get('/:id/members/:memberId', manager, showMember);
  router.post('/:id/members/:memberId/role', manager, submitRole);
  router.post('/:id/members/:memberId/removal', manager, submitRemoval('removed'));
  router.post('/:id/members/:memberId/undoing', manager, submitRemoval('undone'));
  router.post('/:id/members/:memberId/restoration', manager, submitRestoration);
  return router;
}

async function showMember(req: Request, res: Response): Promise<void> {
  await renderMember(emptyForm, req, res);
}

async function renderMember(form: FormState, req: Request, res: Response): Promise<void> {
  const { group, rights, viewer } = groupContext(res);
  const member = await getMember(group.id, viewer, String(req.params.memberId));
  res.render('pages/groups/member', {
    ...form,
    group,
    member,
    base: `${req.baseUrl}/${group.id}`,
    roles: assignableRoles(res),
    canChange: canAssignRole(rights, member.role),
    canRespondToLeak: canRespondToLeak(rights),
    isOwn: member.accountId === accountOf(res).id,
  });
}

async function submitRole(req: Request, res: Response): Promise<void> {
  const { group, viewer } = groupContext(res);
  const membershipId = String(req.params.memberId);
  const form = readForm(roleForm, req.body);
  const changed = await form.run(async ({ role }) => {
    await changeMemberRole(group.id, membershipId, role, actorOf(req, res));
    return role;
  });
  if (changed === null) {
    res.status(422);
    return renderMember({ values: form.values, errors: form.errors }, req, res);
  }
  const { name } = await getMember(group.id, viewer, membershipId);
  await redirectWithFlash(t(`groups:member.roleChanged.${changed}`, { name }), `/${group.id}`, req, res);
}

function submitRemoval(reason: 'removed' | 'undone'): RequestHandler {
  return async (req, res) => {
    const { group, viewer } = groupContext(res);
    const member = await getMember(group.id, viewer, String(req.params.memberId));
    await removeMember(group.id, member.id, reason, actorOf(req, res));
    const nextPath = `/${group.id}/${reason === 'undone' ? 'links' : `members/${member.id}`}`;
    await redirectWithFlash(
      t('groups:member.removedFlash', { name: member.name, group: group.name }),
      nextPath,
      req,
      res,
    );
  };
}

async function submitRestoration(req: Request, res: Response): Promise<void> {
  const { group, viewer } = groupContext(res);
  const member = await getMember(group.id, viewer, String(req.params.memberId));
  await restoreMember(group.id, member.id, actorOf(req, res));
  await redirectWithFlash(
    t('groups:member.restored', { name: member.name, group: group.name }),
    `/${group.id}/members/${member.id}`,
    req,
    res,
  );
}
