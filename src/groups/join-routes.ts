import { type Request, type Response, Router } from 'express';
import type { Account } from '../accounts/account.ts';
import { accountOf, actorOf, requireAccount, signedIn } from '../accounts/guard.ts';
import { flash } from '../web/flash.ts';
import { checkLink } from '../web/opened-link.ts';
import { countBadLink } from '../web/rate-limit.ts';
import { changeSessionId, saveSession } from '../web/session.ts';
import { roleWords } from './forms.ts';
import { findGroupLink, GroupLinkNotOpened, redeem, UnknownGroupLink, usableLink } from './joining.ts';

/** Before sessions: a link that we did not sign costs no query, not even the session's. */
export const groupLinks = Router();
groupLinks.get(
  '/groups/:id/join',
  checkLink('group', () => new UnknownGroupLink()),
);

/** Opening a one-time link and joining by it. Whoever is not signed in comes back here afterwards. */
export const joining = Router();
joining.get('/groups/:id/join', showJoining);
joining.post('/groups/:id/join', requireAccount, submitJoining);

/** An opened link becomes ids in the session and a clean address, so the secret is in no history and no log. */
async function exchange(linkId: string, req: Request, res: Response): Promise<void> {
  const groupId = String(req.params.id);
  // Whoever joined by it comes back by it: it leads them in.
  if (await ledIn(linkId, signedIn(res))) return res.redirect(303, `/groups/${groupId}`);
  await usableLink(linkId, groupId, null).catch(async (error: unknown) => {
    if (error instanceof UnknownGroupLink) await countBadLink(req);
    throw error;
  });
  if (req.method === 'GET') {
    await changeSessionId(req);
    req.session.groupLink = { linkId, groupId };
    await saveSession(req);
  }
  res.redirect(303, `/groups/${groupId}/join`);
}

async function showJoining(req: Request, res: Response): Promise<void> {
  const { linkId } = res.locals;
  if (linkId !== undefined) return exchange(linkId, req, res);
  const opened = openedLink(req);
  const account = signedIn(res);
  if (await ledIn(opened.linkId, account)) return res.redirect(303, `/groups/${opened.groupId}`);
  const link = await usableLink(opened.linkId, opened.groupId, account?.id ?? null);
  if (!account) req.session.returnTo = `/groups/${opened.groupId}/join`;
  res.render(account ? 'groups/join' : 'groups/sign-in-first', { link, roleWords });
}

async function submitJoining(req: Request, res: Response): Promise<void> {
  const { linkId, groupId } = openedLink(req);
  const joined = await redeem(linkId, groupId, actorOf(req, res)).catch(async (error: unknown) => {
    // The second click of a double click finds them inside.
    if (await ledIn(linkId, accountOf(res))) return null;
    throw error;
  });
  if (joined) {
    flash(req, 'success', `Welcome. You are in this group now, as ${roleWords[joined.role].phrase}.`);
    await saveSession(req);
  }
  res.redirect(303, `/groups/${groupId}`);
}

function openedLink(req: Request): { linkId: string; groupId: string } {
  const { groupLink } = req.session;
  if (groupLink?.groupId !== req.params.id || !groupLink) throw new GroupLinkNotOpened();
  return groupLink;
}

/** Whether somebody is in the group by this very link. */
async function ledIn(linkId: string, account: Account | null): Promise<boolean> {
  if (!account) return false;
  const link = await findGroupLink(linkId);
  return link?.accountId === account.id && link.removedAt === null;
}
