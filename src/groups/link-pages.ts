import { type Request, type RequestHandler, type Response, Router } from 'express';
import { accountOf, actorOf } from '../accounts/guard.ts';
import { goOn } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { cursorIn, pagesAround } from '../web/list-address.ts';
import { type Share, shareOf } from '../web/share.ts';
import { openedGroup, requireManager, rolesToGive } from './access.ts';
import { freezeForm, linkForm, validities } from './forms.ts';
import { findGroupLink } from './joining.ts';
import { freezeLinks, generateLink, groupLinkUrl, revokeLink } from './link.ts';
import { cameByLink, openLinksOf } from './lists.ts';
import { mayAnswerLeak } from './rights.ts';

/** One-time links, for those who run a group. `guard` opens the group of the address. */
export function linkPages(guard: RequestHandler): Router {
  const router = Router();
  const manager = [guard, requireManager];
  router.get('/:id/links', manager, showLinks);
  router.post('/:id/links', manager, submitLink);
  router.post('/:id/links/freezing', manager, submitFreezing);
  router.post('/:id/links/:memberId/revocation', manager, submitRevocation);
  return router;
}

async function showLinks(req: Request, res: Response): Promise<void> {
  await renderLinks(emptyForm, req, res);
}

async function renderLinks(form: FormState, req: Request, res: Response): Promise<void> {
  const { group, rights, viewer } = openedGroup(res);
  const came = await cameByLink(group.id, viewer, cursorIn(req.query));
  res.render('groups/links', {
    ...form,
    group,
    base: `${req.baseUrl}/${group.id}`,
    share: await linkToShare(req, res),
    links: await openLinksOf(group.id),
    came,
    urls: pagesAround(req, came),
    roles: rolesToGive(res),
    validities,
    own: accountOf(res).id,
    mayAnswerLeak: mayAnswerLeak(rights),
  });
}

async function submitLink(req: Request, res: Response): Promise<void> {
  const { group } = openedGroup(res);
  const form = readForm(linkForm, req.body);
  const made = await form.run((wish) => generateLink(group.id, wish, actorOf(req, res)));
  if (!made) {
    res.status(422);
    return renderLinks({ values: form.values, errors: form.errors }, req, res);
  }
  req.session.madeLink = made.linkId;
  await goOn('The link is made. It is shown here once: hand it on now.', `/${group.id}/links`, req, res);
}

// For its maker, on the one page that follows, while it still waits.
async function linkToShare(req: Request, res: Response): Promise<Share | null> {
  const { madeLink } = req.session;
  if (madeLink === undefined) return null;
  delete req.session.madeLink;
  const link = await findGroupLink(madeLink);
  const { group } = openedGroup(res);
  const waits = link && link.joinedAt === null && link.revokedAt === null;
  if (!waits || link.groupId !== group.id || link.makerId !== accountOf(res).id) return null;
  const text = `${accountOf(res).name} invites you to join ${group.name}. The link is for one person:`;
  return shareOf(groupLinkUrl(link), `Join ${group.name}`, text);
}

async function submitFreezing(req: Request, res: Response): Promise<void> {
  const { group } = openedGroup(res);
  const form = readForm(freezeForm, req.body);
  const count = await form.run(({ maker }) => freezeLinks(group.id, maker || null, actorOf(req, res)));
  if (count === null) {
    res.status(422);
    return renderLinks({ values: form.values, errors: form.errors }, req, res);
  }
  const message = count === 1 ? '1 link is stopped.' : `${count} links are stopped.`;
  await goOn(`${message} Nobody can join by them any more.`, `/${group.id}/links`, req, res);
}

async function submitRevocation(req: Request, res: Response): Promise<void> {
  const { group } = openedGroup(res);
  await revokeLink(group.id, String(req.params.memberId), actorOf(req, res));
  await goOn('The link is revoked. Nobody can join by it any more.', `/${group.id}/links`, req, res);
}
