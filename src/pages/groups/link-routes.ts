import { type Request, type RequestHandler, type Response, Router } from 'express';
import { findGroupLink } from '../../groups/join-by-link.ts';
import { generateGroupLink, groupLinkUrl, revokeAllGroupLinks, revokeGroupLink } from '../../groups/link.ts';
import { listMembersJoinedByLink, listOpenGroupLinks } from '../../groups/member-list.ts';
import { canRespondToLeak } from '../../groups/rights.ts';
import { redirectWithFlash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { pageLinks, parseCursor } from '../../platform/http/list-query.ts';
import { createShareOptions, type ShareOptions } from '../../platform/http/share.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf, actorOf } from '../../sign-in/guard.ts';
import { linkForm, listValidityOptions, revokeAllForm } from './forms.ts';
import { assignableRoles, groupContext, requireManager } from './guard.ts';

/** Routes for managing one-time links. @param guard loads the group of the URL */
export function linkManagementRoutes(guard: RequestHandler): Router {
  const router = Router();
  const manager = [guard, requireManager];
  router.get('/:id/links', manager, showLinks);
  router.post('/:id/links', manager, submitLink);
  router.post('/:id/links/revocations', manager, submitRevokeAll);
  router.post('/:id/links/:memberId/revocation', manager, submitRevocation);
  return router;
}

async function showLinks(req: Request, res: Response): Promise<void> {
  await renderLinks(emptyForm, req, res);
}

async function renderLinks(form: FormState, req: Request, res: Response): Promise<void> {
  const { group, rights, viewer } = groupContext(res);
  const joinedByLink = await listMembersJoinedByLink(group.id, viewer, parseCursor(req.query));
  res.render('pages/groups/links', {
    ...form,
    group,
    base: `${req.baseUrl}/${group.id}`,
    share: await findLinkToShare(req, res),
    links: await listOpenGroupLinks(group.id),
    joinedByLink,
    urls: pageLinks(req, joinedByLink),
    roles: assignableRoles(res),
    validities: listValidityOptions(),
    accountId: accountOf(res).id,
    canRespondToLeak: canRespondToLeak(rights),
  });
}

async function submitLink(req: Request, res: Response): Promise<void> {
  const { group } = groupContext(res);
  const form = readForm(linkForm, req.body);
  const created = await form.run((input) => generateGroupLink(group.id, input, actorOf(req, res)));
  if (!created) {
    res.status(422);
    return renderLinks({ values: form.values, errors: form.errors }, req, res);
  }
  req.session.createdGroupLinkId = created.linkId;
  await redirectWithFlash(t('groups:links.created'), `/${group.id}/links`, req, res);
}

// Shown once, to its creator, on the page after creating it.
async function findLinkToShare(req: Request, res: Response): Promise<ShareOptions | null> {
  const { createdGroupLinkId } = req.session;
  if (createdGroupLinkId === undefined) return null;
  delete req.session.createdGroupLinkId;
  const link = await findGroupLink(createdGroupLinkId);
  const { group } = groupContext(res);
  const isOpen = link && link.joinedAt === null && link.revokedAt === null;
  if (!isOpen || link.groupId !== group.id || link.creatorId !== accountOf(res).id) return null;
  const title = t('groups:links.shareSubject', { group: group.name });
  const text = t('groups:links.shareMessage', { name: accountOf(res).name, group: group.name });
  return createShareOptions(groupLinkUrl(link), title, text);
}

async function submitRevokeAll(req: Request, res: Response): Promise<void> {
  const { group } = groupContext(res);
  const form = readForm(revokeAllForm, req.body);
  const count = await form.run(({ creator }) =>
    revokeAllGroupLinks(group.id, creator || null, actorOf(req, res)),
  );
  if (count === null) {
    res.status(422);
    return renderLinks({ values: form.values, errors: form.errors }, req, res);
  }
  await redirectWithFlash(t('groups:links.revokedCount', { count }), `/${group.id}/links`, req, res);
}

async function submitRevocation(req: Request, res: Response): Promise<void> {
  const { group } = groupContext(res);
  await revokeGroupLink(group.id, String(req.params.memberId), actorOf(req, res));
  await redirectWithFlash(t('groups:links.revoked'), `/${group.id}/links`, req, res);
}
