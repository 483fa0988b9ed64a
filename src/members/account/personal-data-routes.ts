import { type Request, type Response, Router } from 'express';
import { confirmPassword } from '../../accounts/authenticate.ts';
import { deleteOwnAccount } from '../../accounts/deletion.ts';
import { collectPersonalData } from '../../accounts/personal-data.ts';
import { personalDataSources, personIdsOf } from '../../accounts/personal-data-sources.ts';
import { clientNetwork } from '../../platform/http/client-network.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, readForm } from '../../platform/http/form.ts';
import { saveSession, startEmptySession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf, actorOf, requireAccount } from '../../sign-in/guard.ts';
import { deletionForm } from './forms.ts';

/** Downloading one's personal data, and deleting one's account. */
export const personalDataRoutes = Router();
personalDataRoutes.get('/account/data', requireAccount, showData);
personalDataRoutes.get('/account/data.json', requireAccount, sendData);
personalDataRoutes.get('/account/deletion', requireAccount, showDeletion);
personalDataRoutes.post('/account/deletion', requireAccount, submitDeletion);

function showData(_req: Request, res: Response): void {
  res.render('members/account/data');
}

async function sendData(_req: Request, res: Response): Promise<void> {
  const data = await collectPersonalData(await personIdsOf(accountOf(res)), personalDataSources);
  res.set('Content-Disposition', 'attachment; filename="homecoming-data.json"');
  res.type('json').send(JSON.stringify(data, null, 2));
}

function showDeletion(_req: Request, res: Response): void {
  res.render('members/account/deletion', emptyForm);
}

async function submitDeletion(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const form = readForm(deletionForm(account.email), req.body);
  const deleted = await form.run(async ({ currentPassword }) => {
    await confirmPassword(account, currentPassword, clientNetwork(req));
    await deleteOwnAccount(account.id, actorOf(req, res));
    return true;
  });
  if (!deleted) {
    res.status(422).render('members/account/deletion', { values: form.values, errors: form.errors });
    return;
  }
  await startEmptySession(req);
  flash(req, 'success', t('accounts:deletion.done'));
  await saveSession(req);
  res.set('Clear-Site-Data', '"cache"').redirect(303, '/');
}
