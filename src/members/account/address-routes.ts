import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { findOpenAddressChange, requestAddressChange } from '../../accounts/address/address-change.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { addressField } from '../../platform/text/fields.ts';
import { accountOf, actorOf, requireAccount } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';

/** Changing the address with which one signs in. */
export const addressChangeRoutes = Router();
addressChangeRoutes.get('/account/address', requireAccount, requireRecentSignIn, showAddress);
addressChangeRoutes.post('/account/address', requireAccount, requireRecentSignIn, submitAddress);

const addressForm = z.object({ email: addressField });

async function showAddress(_req: Request, res: Response): Promise<void> {
  await renderAddress(emptyForm, res);
}

async function renderAddress({ values, errors }: FormState, res: Response): Promise<void> {
  const change = await findOpenAddressChange(accountOf(res).id);
  res.render('members/account/address', { values, errors, change });
}

async function submitAddress(req: Request, res: Response): Promise<void> {
  const form = readForm(addressForm, req.body);
  const isRequested = await form.run(async ({ email }) => {
    await requestAddressChange(accountOf(res), email, actorOf(req, res));
    flash(req, 'success', t('accounts:address.sent', { email }));
    return true;
  });
  if (!isRequested) {
    res.status(422);
    return renderAddress(form, res);
  }
  await saveSession(req);
  res.redirect(303, '/account/address');
}
