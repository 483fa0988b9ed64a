import { isMember } from '../groups/member-list.ts';
import type { FoundLink } from '../invitations/link.ts';
import type { Flash } from '../platform/http/flash.ts';

/** Whether accepting an invitation joined its group; null if it has none. */
export async function groupJoinMessage(
  { groupId, groupName }: Pick<FoundLink, 'groupId' | 'groupName'>,
  accountId: string,
): Promise<Flash | null> {
  if (!groupId || !groupName) return null;
  if (await isMember(groupId, accountId)) return { kind: 'success', text: `You are in ${groupName}.` };
  const text = `You are not in ${groupName}: whoever invited you may not invite into it any more. Please ask somebody else who runs it.`;
  return { kind: 'notice', text };
}
