import { isMember } from '../groups/member-list.ts';
import type { FoundLink } from '../invitations/link.ts';
import type { Flash } from '../platform/http/flash.ts';
import { t } from '../platform/i18n/i18n.ts';

/** Whether accepting an invitation joined its group; null if it has none. */
export async function groupJoinMessage(
  { groupId, groupName }: Pick<FoundLink, 'groupId' | 'groupName'>,
  accountId: string,
): Promise<Flash | null> {
  if (!groupId || !groupName) return null;
  if (await isMember(groupId, accountId))
    return { kind: 'success', text: t('registration:register.joined', { group: groupName }) };
  return { kind: 'notice', text: t('registration:register.notJoined', { group: groupName }) };
}
