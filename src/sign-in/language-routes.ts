import { type Request, type Response, Router } from 'express';
import { chooseLanguage } from '../accounts/language.ts';
import { rememberLanguage } from '../platform/http/language.ts';
import { parseLanguage } from '../platform/i18n/languages.ts';
import { findSignedInAccount } from './guard.ts';
import { readReturnTo, referrerPath } from './return-to.ts';

export const languageRoutes = Router();
languageRoutes.post('/language', submitLanguage);

/** The language switch: remembered in this browser and, for a signed-in person, in the account. Ignores unknown languages. */
async function submitLanguage(req: Request, res: Response): Promise<void> {
  const language = parseLanguage(String(req.body?.language ?? ''));
  const account = findSignedInAccount(res);
  if (language !== null) rememberLanguage(language, res);
  if (language !== null && account) await chooseLanguage(account.id, language);
  res.redirect(303, readReturnTo(req) ?? referrerPath(req) ?? '/');
}
