import { type Request, type Response, Router } from 'express';
import { accountOf, requireAccount } from './guard.ts';
import { confirmIdentity } from './recent-sign-in.ts';

/** Confirming one's identity before a dangerous action. */
export const confirmRoutes = Router();
confirmRoutes.get('/account/confirm', requireAccount, showConfirm);
confirmRoutes.post('/account/confirm', requireAccount, submitConfirm);

function showConfirm(_req: Request, res: Response): void {
  renderConfirm(res, {});
}

async function submitConfirm(req: Request, res: Response): Promise<void> {
  const errors = await confirmIdentity(req, res);
  if (errors) {
    res.status(422);
    return renderConfirm(res, errors);
  }
  const nextPath = req.session.reauthReturnTo ?? (accountOf(res).staffRole ? '/admin' : '/account');
  delete req.session.reauthReturnTo;
  res.redirect(303, nextPath);
}

function renderConfirm(res: Response, errors: Record<string, string>): void {
  res.render('sign-in/confirm', { errors, action: '/account/confirm', hiddenFields: [] });
}
