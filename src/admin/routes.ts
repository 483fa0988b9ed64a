import { Router } from 'express';
import { requireAccount, requireStaff } from '../accounts/guard.ts';
import { alumniList } from './alumni.ts';
import { alumniMerge } from './alumni-merge.ts';
import { alumniRecord } from './alumni-record.ts';
import { alumniUnmatched } from './alumni-unmatched.ts';
import { adminAudit } from './audit.ts';
import { bulkActs, invitationExports } from './bulk-acts.ts';
import { adminConsents } from './consents.ts';

import { adminGroups } from './groups.ts';

import { invitationList } from './invitation-list.ts';

import { adminInvitations } from './invitations.ts';
import { adminMail } from './mail.ts';
import { showMailPause } from './mail-pause.ts';
import { newInvitation } from './new-invitation.ts';
import { adminPeople } from './people.ts';
import { adminSettings } from './settings.ts';
import { adminWebhooks } from './webhooks.ts';

/** The staff's door. The guard stands here, once: nothing below is reached without it. */
export const admin = Router();
admin.use(requireAccount, requireStaff('support', 'admin'), showMailPause);
admin.get('/', (_req, res) => res.redirect(303, '/admin/invitations'));
admin.use('/invitations', invitationList, invitationExports, newInvitation, adminInvitations);
admin.use('/bulk-acts', bulkActs);
admin.use('/alumni', alumniList, alumniUnmatched, alumniMerge, alumniRecord);
admin.use('/consents', adminConsents);
admin.use('/groups', adminGroups);
admin.use('/mail', adminMail);
admin.use('/people', adminPeople);
admin.use('/audit', adminAudit);
admin.use('/settings', adminSettings);
admin.use('/webhooks', adminWebhooks);
