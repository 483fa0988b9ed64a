import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { addressField } from '../accounts/fields.ts';
import { accountOf, actorOf } from '../accounts/guard.ts';
import { openedGroup, requireManager, requireMember, rolesToGive } from '../groups/access.ts';
import { roleField } from '../groups/fields.ts';
import { goOn } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { countTry } from '../web/rate-limit.ts';
import { wishesOf, wishInvited } from './group-wish.ts';

const wishForm = z.object({
  email: addressField,
  role: roleField.default('member'),
});

/** Inviting by address, for those who run a group: at `/groups`, behind the guard of the members' door. */
export const groupInvitations = Router();
groupInvitations.get('/:id/invitations/new', requireMember, requireManager, showNewInvitation);
groupInvitations.post('/:id/invitations', requireMember, requireManager, submitNewInvitation);

async function showNewInvitation(_req: Request, res: Response): Promise<void> {
  await renderNewInvitation(emptyForm, res);
}

async function renderNewInvitation({ values, errors }: FormState, res: Response): Promise<void> {
  const { group } = openedGroup(res);
  const wishes = await wishesOf(group.id);
  res.render('invitations/into-group', { values, errors, group, wishes, roles: rolesToGive(res) });
}

async function submitNewInvitation(req: Request, res: Response): Promise<void> {
  const { group } = openedGroup(res);
  const form = readForm(wishForm, req.body);
  const taken = await form.run(async ({ email, role }) => {
    await countTry('groupWishes', accountOf(res).id);
    await wishInvited(group.id, email, role, actorOf(req, res));
    return email;
  });
  if (taken === null) {
    res.status(422);
    return renderNewInvitation(form, res);
  }
  const message = `If the alumni office knows ${taken}, an invitation is on its way there.`;
  await goOn(message, `/${group.id}/invitations/new`, req, res);
}
