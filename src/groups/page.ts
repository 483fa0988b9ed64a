import type { Request, Response } from 'express';
import { flash } from '../web/flash.ts';
import { saveSession } from '../web/session.ts';
import { openedGroup } from './access.ts';
import { roleWords } from './forms.ts';
import { groupRoles } from './group.ts';
import { mayGive } from './rights.ts';

/** The roles that whoever asks may give in the opened group, the least first, as choices of a form. */
export function rolesToGive(res: Response) {
  const { rights } = openedGroup(res);
  return [...groupRoles]
    .reverse()
    .filter((role) => mayGive(rights, role))
    .map((role) => ({ value: role, ...roleWords[role] }));
}

/** Leads to a page of the same door, and says there what happened. */
export async function goOn(message: string, path: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, req.baseUrl + path);
}
