import { Invalid } from '../errors.ts';
import { openGroups } from '../groups/group.ts';
import { choose } from './carry-out.ts';
import { type InvitationChoices, invitationVerdicts } from './invitation-words.ts';
import type { Verdict } from './purpose.ts';

/**
 * Keeps who is invited and how. What is never included is left out silently: no page offers it.
 * @throws NotFound, Conflict when the batch is sent already, Invalid
 */
export async function chooseInvitations(id: string, given: InvitationChoices): Promise<void> {
  const { groupId } = given;
  if (groupId !== null && !(await openGroups()).some((group) => group.id === groupId)) {
    throw new Invalid({ groupId: 'This group is not open any more. Choose another one' });
  }
  if (groupId === null && given.included.includes('account')) {
    throw new Invalid({ groupId: 'Choose the group that people with an account are asked to join' });
  }
  const verdicts: Readonly<Record<string, Verdict>> = invitationVerdicts;
  const included = given.included.filter(
    (verdict) => Object.hasOwn(verdicts, verdict) && verdicts[verdict]?.included !== 'never',
  );
  await choose(id, { ...given, included });
}
