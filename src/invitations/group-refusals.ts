import type { GroupRole } from '../groups/group.ts';
import { lockGroupToInvite } from '../groups/rights.ts';
import type { Actor } from '../platform/audit/audit.ts';
import { Conflict, Forbidden, InvalidInput, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';

/** The group and role that an invitation grants. */
export type GroupGrant = Readonly<{ id: string; role: GroupRole }>;

/**
 * Checks whether `actor` may invite into the groups of these invitations, and locks those groups. @returns the errors
 * by group id and role, such as `7 member`
 */
export async function findGroupRefusals(
  invitations: readonly Readonly<{ group?: GroupGrant | null }>[],
  actor: Actor,
): Promise<Map<string, InvalidInput | Forbidden>> {
  const refusals = new Map<string, InvalidInput | Forbidden>();
  const grants = new Map(
    invitations.flatMap(({ group }) => (group ? [[`${group.id} ${group.role}`, group]] : [])),
  );
  for (const [key, { id, role }] of [...grants].sort(([a], [b]) => (a < b ? -1 : 1))) {
    try {
      await lockGroupToInvite(id, role, actor);
    } catch (error) {
      refusals.set(key, toGroupRefusal(error));
    }
  }
  return refusals;
}

function toGroupRefusal(error: unknown): InvalidInput | Forbidden {
  if (error instanceof Forbidden) return error;
  if (error instanceof NotFound) return new InvalidInput({ groupId: t('invitations:errors.groupNotFound') });
  if (error instanceof Conflict) return new InvalidInput({ groupId: t('invitations:errors.groupArchived') });
  throw error;
}
