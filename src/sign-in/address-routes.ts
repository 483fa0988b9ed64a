import { type Request, type Response, Router } from 'express';
import {
  confirmAddressChange,
  getOpenAddressChange,
  getUndoableAddressChange,
  type OpenedAddressChange,
  undoAddressChange,
} from '../accounts/address/apply.ts';
import { BadRequest } from '../platform/errors.ts';
import { flash } from '../platform/http/flash.ts';
import { useLanguageOf } from '../platform/http/language.ts';
import { checkLinkToken, LinkNotOpened } from '../platform/http/link-token.ts';
import { resetToVisitorSession, rotateSessionId, saveSession } from '../platform/http/session.ts';
import { t } from '../platform/i18n/i18n.ts';
import { maskAddress } from '../platform/text/address.ts';
import { actorOf, findSignedInAccount } from './guard.ts';
import { keepAddress } from './prefilled-address.ts';
import { signInPath } from './return-to.ts';
import { continueSession } from './sign-in.ts';

class InvalidAddressLink extends BadRequest {
  override readonly title = t('accounts:address.errors.unusable');
}

const invalidLink = () => new InvalidAddressLink(t('accounts:address.errors.invalidText'));

/** Mounted before sessions, so that a forged link costs no query. */
export const addressLinkRoutes = Router();
addressLinkRoutes.get('/change-address', checkLinkToken('address-change', invalidLink));
addressLinkRoutes.get('/undo-address-change', checkLinkToken('address-undo', invalidLink));

/** Confirming a change of address from the new mailbox, and undoing it from the old one. */
export const addressRoutes = Router();
addressRoutes.get('/change-address', showChange);
addressRoutes.post('/change-address', submitChange);
addressRoutes.get('/undo-address-change', showUndo);
addressRoutes.post('/undo-address-change', submitUndo);

type LinkField = 'addressChangeId' | 'addressUndoId';

/** Remembers the opened link, under a new session id: see `showResetPassword`. */
async function rememberLink(field: LinkField, req: Request, res: Response): Promise<boolean> {
  const { linkId } = res.locals;
  if (linkId === undefined) return false;
  await rotateSessionId(req);
  req.session[field] = linkId;
  await saveSession(req);
  res.redirect(303, req.path);
  return true;
}

function openedLink(field: LinkField, req: Request): string {
  const id = req.session[field];
  if (id === undefined) throw new LinkNotOpened([]);
  return id;
}

async function showChange(req: Request, res: Response): Promise<void> {
  if (await rememberLink('addressChangeId', req, res)) return;
  const opened = await getOpenAddressChange(openedLink('addressChangeId', req));
  if (!mayConfirm(opened, res)) return res.redirect(303, signInPath('/change-address'));
  useLanguageOf(opened.account.language, req);
  const { oldEmail, newEmail } = opened.change;
  res.render('sign-in/change-address', { oldEmail, newEmail });
}

async function submitChange(req: Request, res: Response): Promise<void> {
  const opened = await getOpenAddressChange(openedLink('addressChangeId', req));
  if (!mayConfirm(opened, res)) return res.redirect(303, signInPath('/change-address'));
  useLanguageOf(opened.account.language, req);
  const account = await confirmAddressChange(opened, actorOf(req, res));
  delete req.session.addressChangeId;
  if (findSignedInAccount(res)?.id === account.id) {
    await continueSession(req, res, account);
    return redirectWithMessage(req, res, '/account', t('accounts:address.done', { email: account.email }));
  }
  await resetToVisitorSession(req);
  keepAddress(account.email, req);
  const message = t('accounts:address.doneSignedOut', { email: account.email });
  await redirectWithMessage(req, res, '/sign-in', message);
}

/**
 * A member confirms while signed in, because the link may have gone to a mistyped address. If staff change it, the person may
 * have lost the password together with the mailbox.
 */
function mayConfirm({ change, account }: OpenedAddressChange, res: Response): boolean {
  return change.reason !== null || findSignedInAccount(res)?.id === account.id;
}

async function showUndo(req: Request, res: Response): Promise<void> {
  if (await rememberLink('addressUndoId', req, res)) return;
  const { change, account } = await getUndoableAddressChange(openedLink('addressUndoId', req));
  useLanguageOf(account.language, req);
  const { oldEmail, newEmail, confirmedAt } = change;
  const values = { oldEmail, newEmail: maskAddress(newEmail), isConfirmed: confirmedAt !== null };
  res.render('sign-in/undo-address-change', values);
}

async function submitUndo(req: Request, res: Response): Promise<void> {
  const opened = await getUndoableAddressChange(openedLink('addressUndoId', req));
  useLanguageOf(opened.account.language, req);
  await undoAddressChange(opened, actorOf(req, res));
  await resetToVisitorSession(req);
  const { oldEmail: email, confirmedAt } = opened.change;
  keepAddress(email, req);
  const done = confirmedAt
    ? t('accounts:address.undo.done', { email })
    : t('accounts:address.undo.stopped', { email });
  await redirectWithMessage(req, res, '/sign-in', done);
}

async function redirectWithMessage(req: Request, res: Response, url: string, message: string): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, url);
}
