import type { Actor } from '../audit/audit.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../errors.ts';
import type { GroupRole } from '../groups/group.ts';
import { requireToInvite } from '../groups/rights.ts';

/** A place in a group, as an invitation gives it. */
export type GroupPlace = Readonly<{ id: string; role: GroupRole }>;

/** By group and role: why nobody can be invited into it. Groups that are fine are held until the transaction ends. */
export async function groupRefusals(
  given: readonly Readonly<{ group?: GroupPlace | null }>[],
  actor: Actor,
): Promise<Map<string, Invalid | Forbidden>> {
  const refusals = new Map<string, Invalid | Forbidden>();
  const asked = new Map(given.flatMap(({ group }) => (group ? [[`${group.id} ${group.role}`, group]] : [])));
  for (const [key, { id, role }] of [...asked].sort(([one], [other]) => (one < other ? -1 : 1))) {
    try {
      await requireToInvite(id, role, actor);
    } catch (error) {
      refusals.set(key, groupRefusal(error));
    }
  }
  return refusals;
}

function groupRefusal(error: unknown): Invalid | Forbidden {
  if (error instanceof Forbidden) return error;
  if (error instanceof NotFound) return new Invalid({ groupId: 'There is no such group' });
  if (error instanceof Conflict)
    return new Invalid({ groupId: 'This group is archived: nobody can join it' });
  throw error;
}
