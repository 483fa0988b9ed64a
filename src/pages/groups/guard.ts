import type { RequestHandler, Response } from 'express';
import { findGroup, type Group, getGroup, groupRoles } from '../../groups/group.ts';
import type { Viewer } from '../../groups/member-list.ts';
import { canAssignRole, canManage, type GroupRights, getAccountRights } from '../../groups/rights.ts';
import { Forbidden, NotFound } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf } from '../../sign-in/guard.ts';

/** The group of the URL and the signed-in person's rights in it: see `requireMember` and `loadAnyGroup`. */
export type GroupContext = Readonly<{ group: Group; rights: GroupRights; viewer: Viewer }>;

/** Requires membership. For everyone else, staff included, the group doesn't exist. */
export const requireMember: RequestHandler = async (req, res, next) => {
  const group = await findGroup(String(req.params.id));
  const rights = group ? await getAccountRights(group.id, accountOf(res).id) : null;
  if (!group || !rights || rights.role === null || group.archivedAt)
    throw new NotFound(t('groups:errors.noGroup'));
  res.locals.groupContext = { group, rights, viewer: 'members' };
  next();
};

/** Loads any group, for the staff panel, which has its own guard. */
export const loadAnyGroup: RequestHandler = async (req, res, next) => {
  const group = await getGroup(String(req.params.id));
  res.locals.groupContext = {
    group,
    rights: await getAccountRights(group.id, accountOf(res).id),
    viewer: 'staff',
  };
  next();
};

/** Requires the right to manage the group. Must follow `requireMember` or `loadAnyGroup`. */
export const requireManager: RequestHandler = (_req, res, next) => {
  if (!canManage(groupContext(res).rights)) throw new Forbidden(t('groups:errors.managersOnly'));
  next();
};

export function groupContext(res: Response): GroupContext {
  const { groupContext: context } = res.locals;
  if (!context) throw new Error('groupContext must be called after requireMember or loadAnyGroup');
  return context;
}

/** The roles that the signed-in person may assign, lowest first, as form options. */
export function assignableRoles(res: Response) {
  const { rights } = groupContext(res);
  return [...groupRoles]
    .reverse()
    .filter((role) => canAssignRole(rights, role))
    .map((role) => ({
      value: role,
      label: t(`groups:roles.${role}`),
      hint: t(`groups:roles.hints.${role}`),
    }));
}
