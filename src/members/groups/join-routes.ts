import { type Request, type Response, Router } from 'express';
import type { Account } from '../../accounts/account.ts';
import { findGroupLink, getUsableGroupLink, redeemGroupLink } from '../../groups/join-by-link.ts';
import { GroupLinkNotOpened, InvalidGroupLink } from '../../groups/link-errors.ts';
import { recordInvalidLink } from '../../platform/db/rate-limit.ts';
import { clientNetwork } from '../../platform/http/client-network.ts';
import { flash } from '../../platform/http/flash.ts';
import { checkLinkToken } from '../../platform/http/link-token.ts';
import { rotateSessionId, saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf, actorOf, findSignedInAccount, requireAccount } from '../../sign-in/guard.ts';

/** Mounted before sessions, so that a forged link costs no query. */
export const groupLinkRoutes = Router();
groupLinkRoutes.get(
  '/join-group/:id',
  checkLinkToken('group', () => new InvalidGroupLink()),
);

/** Opening and redeeming a one-time link. People who sign in first return here. */
export const joinRoutes = Router();
joinRoutes.get('/join-group/:id', showJoin);
joinRoutes.post('/join-group/:id', requireAccount, submitJoin);

/** Stores the opened link's ids in the session and redirects to a URL without the secret. */
async function exchangeLink(linkId: string, req: Request, res: Response): Promise<void> {
  const groupId = String(req.params.id);
  // People open their old link again to get back to the group.
  if (await hasJoinedByLink(linkId, findSignedInAccount(res))) return res.redirect(303, `/groups/${groupId}`);
  await getUsableGroupLink(linkId, groupId, null).catch(async (error: unknown) => {
    if (error instanceof InvalidGroupLink) await recordInvalidLink(clientNetwork(req));
    throw error;
  });
  if (req.method === 'GET') {
    await rotateSessionId(req);
    req.session.groupLink = { linkId, groupId };
    await saveSession(req);
  }
  res.redirect(303, `/join-group/${groupId}`);
}

async function showJoin(req: Request, res: Response): Promise<void> {
  const { linkId } = res.locals;
  if (linkId !== undefined) return exchangeLink(linkId, req, res);
  const opened = getOpenedLink(req);
  const account = findSignedInAccount(res);
  if (await hasJoinedByLink(opened.linkId, account)) return res.redirect(303, `/groups/${opened.groupId}`);
  const link = await getUsableGroupLink(opened.linkId, opened.groupId, account?.id ?? null);
  if (!account) req.session.returnTo = `/join-group/${opened.groupId}`;
  res.render(account ? 'members/groups/join' : 'members/groups/sign-in-first', { link });
}

async function submitJoin(req: Request, res: Response): Promise<void> {
  const { linkId, groupId } = getOpenedLink(req);
  const joined = await redeemGroupLink(linkId, groupId, actorOf(req, res)).catch(async (error: unknown) => {
    // The second request of a double click.
    if (await hasJoinedByLink(linkId, accountOf(res))) return null;
    throw error;
  });
  if (joined) {
    flash(req, 'success', t(`groups:join.joined.${joined.role}`));
    await saveSession(req);
  }
  res.redirect(303, `/groups/${groupId}`);
}

function getOpenedLink(req: Request): { linkId: string; groupId: string } {
  const { groupLink } = req.session;
  if (groupLink?.groupId !== req.params.id || !groupLink) throw new GroupLinkNotOpened();
  return groupLink;
}

/** Whether the account is in the group and joined by this link. */
async function hasJoinedByLink(linkId: string, account: Account | null): Promise<boolean> {
  if (!account) return false;
  const link = await findGroupLink(linkId);
  return link?.accountId === account.id && link.removedAt === null;
}
