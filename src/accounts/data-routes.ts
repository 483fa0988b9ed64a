import { type Request, type Response, Router } from 'express';
import { flash } from '../web/flash.ts';
import { emptyForm, readForm } from '../web/form.ts';
import { placeOf } from '../web/rate-limit.ts';
import { renewSession, saveSession } from '../web/session.ts';
import { confirmPassword } from './authenticate.ts';
import { type DataSource, everythingAbout } from './data.ts';
import { deleteOwnAccount } from './deletion.ts';
import { deletionForm } from './forms.ts';
import { accountOf, actorOf, requireAccount } from './guard.ts';

/** What is held about a person, to take along; and the way to have it deleted. */
export function dataPages(sources: readonly DataSource[]): Router {
  const pages = Router();
  pages.get('/account/data', requireAccount, showData);
  pages.get('/account/data.json', requireAccount, (req, res) => sendData(req, res, sources));
  pages.get('/account/deletion', requireAccount, showDeletion);
  pages.post('/account/deletion', requireAccount, submitDeletion);
  return pages;
}

function showData(_req: Request, res: Response): void {
  res.render('accounts/data');
}

async function sendData(_req: Request, res: Response, sources: readonly DataSource[]): Promise<void> {
  const data = await everythingAbout(accountOf(res), sources);
  res.set('Content-Disposition', 'attachment; filename="homecoming-data.json"');
  res.type('json').send(JSON.stringify(data, null, 2));
}

function showDeletion(_req: Request, res: Response): void {
  res.render('accounts/deletion', emptyForm);
}

async function submitDeletion(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const form = readForm(deletionForm(account.email), req.body);
  const deleted = await form.run(async ({ currentPassword }) => {
    await confirmPassword(account, currentPassword, placeOf(req));
    await deleteOwnAccount(account.id, actorOf(req, res));
    return true;
  });
  if (!deleted) {
    res.status(422).render('accounts/deletion', { values: form.values, errors: form.errors });
    return;
  }
  await renewSession(req);
  flash(req, 'success', 'Your account is deleted. Farewell, and come back whenever you like.');
  await saveSession(req);
  res.set('Clear-Site-Data', '"cache"').redirect(303, '/');
}
