import type { RequestHandler, Response } from 'express';
import { findGroup, type Group, getGroup, groupRoles } from '../../groups/group.ts';
import type { Viewer } from '../../groups/member-list.ts';
import { canAssignRole, canManage, type GroupRights, getAccountRights } from '../../groups/rights.ts';
import { Forbidden, NotFound } from '../../platform/errors.ts';
import { accountOf } from '../../sign-in/guard.ts';
import { roleLabels } from './role-labels.ts';

/** The group of the address and what the person who asks is to it, for the pages behind `requireMember`, `showGroup`. */
export type GroupContext = Readonly<{ group: Group; rights: GroupRights; viewer: Viewer }>;

/** For members of the group only: to everybody else there is none. */
export const requireMember: RequestHandler = async (req, res, next) => {
  const group = await findGroup(String(req.params.id));
  const rights = group ? await getAccountRights(group.id, accountOf(res).id) : null;
  if (!group || !rights || rights.role === null || group.archivedAt)
    throw new NotFound('There is no such group, or you are not in it.');
  res.locals.groupContext = { group, rights, viewer: 'members' };
  next();
};

/** For the staff's door, which has its own guard: any group. */
export const loadAnyGroup: RequestHandler = async (req, res, next) => {
  const group = await getGroup(String(req.params.id));
  res.locals.groupContext = {
    group,
    rights: await getAccountRights(group.id, accountOf(res).id),
    viewer: 'staff',
  };
  next();
};

/** Behind one of the two above: only for those who run the group. */
export const requireManager: RequestHandler = (_req, res, next) => {
  if (!canManage(groupContext(res).rights))
    throw new Forbidden('Only owners and admins of the group can do this.');
  next();
};

export function groupContext(res: Response): GroupContext {
  const { groupContext: context } = res.locals;
  if (!context) throw new Error('openedGroup needs requireMember or anyGroup before it');
  return context;
}

/** The roles that whoever asks may give in the opened group, the least first, as choices of a form. */
export function assignableRoles(res: Response) {
  const { rights } = groupContext(res);
  return [...groupRoles]
    .reverse()
    .filter((role) => canAssignRole(rights, role))
    .map((role) => ({ value: role, ...roleLabels[role] }));
}
