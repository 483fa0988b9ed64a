import { Account } from './accounts/account.ts';
import { Profile } from './alumni/profile.ts';
import { AlumniRecord } from './alumni/record.ts';
import { Campaign } from './campaigns/campaign.ts';
import { Consent } from './consents/consent.ts';
import { Guardian } from './consents/guardians/guardian.ts';
import { Group } from './groups/group.ts';
import { Membership } from './groups/membership.ts';
import { Invitation } from './invitations/invitation.ts';
import { InvitationLink } from './invitations/link.ts';
import { Message } from './platform/mail/messages.ts';
import { WebhookDelivery } from './webhooks/delivery.ts';
import { Webhook } from './webhooks/webhook.ts';

// Models declare their own `belongsTo`. The reverse sides, and associations that would point up the import order, are
// declared here.
Account.hasMany(Profile, { as: 'profiles', foreignKey: 'accountId' });
Account.hasMany(Membership, { as: 'memberships', foreignKey: 'accountId' });
AlumniRecord.hasMany(Profile, { as: 'profiles', foreignKey: 'alumniMemberId' });
Group.hasMany(Membership, { as: 'memberships', foreignKey: 'groupId' });
Profile.hasMany(Guardian, { as: 'guardians', foreignKey: 'profileId' });
// Consents outlive their guardian, so the database has no foreign key here.
Guardian.hasMany(Consent, { as: 'consents', foreignKey: 'guardianId', constraints: false });
Invitation.belongsTo(Campaign, { as: 'campaign', foreignKey: 'campaignId' });
Invitation.hasMany(InvitationLink, { as: 'links', foreignKey: 'invitationId' });
Invitation.hasMany(Message, { as: 'messages', foreignKey: 'invitationId' });
InvitationLink.belongsTo(Invitation, { as: 'invitation', foreignKey: 'invitationId' });
Membership.belongsTo(Invitation, { as: 'invitation', foreignKey: 'invitationId' });
Webhook.hasMany(WebhookDelivery, { as: 'deliveries', foreignKey: 'webhookId' });
