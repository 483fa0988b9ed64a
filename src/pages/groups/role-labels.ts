import type { GroupRole } from '../../groups/group.ts';

export const roleLabels: Readonly<
  Record<GroupRole, Readonly<{ label: string; phrase: string; hint: string }>>
> = {
  member: { label: 'Member', phrase: 'a member', hint: 'Sees the group and who is in it' },
  admin: { label: 'Admin', phrase: 'an admin', hint: 'Also invites members and takes them out' },
  owner: { label: 'Owner', phrase: 'an owner', hint: 'Runs the group, and makes others owners and admins' },
};
