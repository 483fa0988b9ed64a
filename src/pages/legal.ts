import { type Request, type Response, Router } from 'express';
import { blocksOf, getLegalText, type LegalTextKind } from '../accounts/legal-texts.ts';
import { singleParam } from '../platform/http/list-query.ts';

/** The office's privacy notice and terms, for everyone. `?version=` shows an earlier one. */
export const legalRoutes = Router();
legalRoutes.get('/privacy', (req, res) => showLegalText('privacy', req, res));
legalRoutes.get('/terms', (req, res) => showLegalText('terms', req, res));

async function showLegalText(kind: LegalTextKind, req: Request, res: Response): Promise<void> {
  const typed = singleParam(req.query.version);
  const legalText = await getLegalText(kind, /^\d{1,6}$/.test(typed) ? Number(typed) : null);
  res.render('pages/legal-text', { legalText, blocks: blocksOf(legalText) });
}
