import type { RequestHandler, Response } from 'express';
import { accountOf } from '../accounts/guard.ts';
import { Forbidden, NotFound } from '../errors.ts';
import { roleWords } from './forms.ts';
import { findGroup, type Group, groupById, groupRoles } from './group.ts';
import type { Viewer } from './lists.ts';
import { mayGive, mayManage, type Rights, rightsOf } from './rights.ts';

/** The group of the address and what the person who asks is to it, for the pages behind `requireMember`, `showGroup`. */
export type OpenedGroup = Readonly<{ group: Group; rights: Rights; viewer: Viewer }>;

/** For members of the group only: to everybody else there is none. */
export const requireMember: RequestHandler = async (req, res, next) => {
  const group = await findGroup(String(req.params.id));
  const rights = group ? await rightsOf(group.id, accountOf(res).id) : null;
  if (!group || !rights || rights.role === null || group.archivedAt)
    throw new NotFound('There is no such group, or you are not in it.');
  res.locals.opened = { group, rights, viewer: 'members' };
  next();
};

/** For the staff's door, which has its own guard: any group. */
export const anyGroup: RequestHandler = async (req, res, next) => {
  const group = await groupById(String(req.params.id));
  res.locals.opened = { group, rights: await rightsOf(group.id, accountOf(res).id), viewer: 'staff' };
  next();
};

/** Behind one of the two above: only for those who run the group. */
export const requireManager: RequestHandler = (_req, res, next) => {
  if (!mayManage(openedGroup(res).rights))
    throw new Forbidden('Only owners and admins of the group can do this.');
  next();
};

export function openedGroup(res: Response): OpenedGroup {
  const { opened } = res.locals;
  if (!opened) throw new Error('openedGroup needs requireMember or anyGroup before it');
  return opened;
}

/** The roles that whoever asks may give in the opened group, the least first, as choices of a form. */
export function rolesToGive(res: Response) {
  const { rights } = openedGroup(res);
  return [...groupRoles]
    .reverse()
    .filter((role) => mayGive(rights, role))
    .map((role) => ({ value: role, ...roleWords[role] }));
}
