import { Account } from './accounts/account.ts';
import { Group } from './groups/group.ts';
import { Membership } from './groups/membership.ts';
import { Invitation } from './invitations/invitation.ts';

// A model declares what it belongs to. The other sides of these associations, and those that point up the order of
// imports, are declared here, where all models are known.
Group.hasMany(Membership, { as: 'memberships', foreignKey: 'groupId' });
Account.hasMany(Membership, { as: 'memberships', foreignKey: 'accountId' });
Membership.belongsTo(Invitation, { as: 'invitation', foreignKey: 'invitationId' });
