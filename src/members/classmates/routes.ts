import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { countClassmates, hasClassmates, listClassmates, showToClassmates } from '../../alumni/classmates.ts';
import { requireAccess } from '../../pages/access-guard.ts';
import { PAGE_SIZE } from '../../platform/db/paging.ts';
import { flash } from '../../platform/http/flash.ts';
import { pageLinks, parseCursor } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf, actorOf, requireAccount } from '../../sign-in/guard.ts';

/** Members of the same batch, and whether one is shown to them. */
export const classmateRoutes = Router();
classmateRoutes.get('/classmates', requireAccount, requireAccess, showClassmates);
classmateRoutes.post('/classmates/showing', requireAccount, requireAccess, submitShowing);

const showingForm = z.object({
  shown: z.enum(['yes', 'no']).catch('no'),
  page: z.enum(['/home', '/account']).catch('/home'),
});

async function showClassmates(req: Request, res: Response): Promise<void> {
  const { id } = accountOf(res);
  if (!(await hasClassmates(id))) return res.redirect(303, '/home');
  const page = await listClassmates(id, parseCursor(req.query), PAGE_SIZE);
  res.render('members/classmates/index', {
    classmates: page.items,
    count: await countClassmates(id),
    links: pageLinks(req, page),
  });
}

async function submitShowing(req: Request, res: Response): Promise<void> {
  const { shown, page } = showingForm.parse(req.body ?? {});
  await showToClassmates(accountOf(res).id, shown === 'yes', actorOf(req, res));
  flash(req, 'success', shown === 'yes' ? t('home:classmates.nowShown') : t('home:classmates.nowHidden'));
  await saveSession(req);
  res.redirect(303, page);
}
