import { Router } from 'express';
import { staffRoles } from '../accounts/account.ts';
import { requireAccount, requireStaff } from '../accounts/guard.ts';
import { adminAlumniListRoutes } from './alumni.ts';
import { adminAlumniMergeRoutes } from './alumni-merge.ts';
import { adminAlumniRecordRoutes } from './alumni-record.ts';
import { adminUnmatchedRoutes } from './alumni-unmatched.ts';
import { adminAuditRoutes } from './audit.ts';
import { adminBulkActionRoutes, adminInvitationExportRoutes } from './bulk-acts.ts';
import { adminCampaignRoutes } from './campaigns/routes.ts';
import { adminCampaignSendingRoutes } from './campaigns/sending.ts';
import { adminConsentRoutes } from './consents.ts';
import { adminGroupRoutes } from './groups.ts';
import { adminGuardianRoutes } from './guardians.ts';
import { adminHelpRoutes } from './help.ts';
import { adminImportColumnRoutes } from './imports/columns.ts';
import { adminImportRoutes } from './imports/routes.ts';
import { adminInvitationListRoutes } from './invitation-list.ts';
import { adminInvitationRoutes } from './invitations.ts';
import { adminMailRoutes } from './mail.ts';
import { loadMailPause } from './mail-pause.ts';
import { adminNewInvitationRoutes } from './new-invitation.ts';
import { loadOpenRequestCount } from './open-requests.ts';
import { adminOverviewRoutes } from './overview.ts';
import { adminPeopleRoutes } from './people.ts';
import { adminRequestRoutes } from './requests.ts';
import { adminSettingsRoutes } from './settings.ts';
import { adminSuppressionRoutes } from './suppressions.ts';
import { adminWebhookRoutes } from './webhooks.ts';

/** The staff's door. The guard stands here, once: nothing below is reached without it. */
export const adminRoutes = Router();
adminRoutes.use(requireAccount, requireStaff(...staffRoles), loadMailPause, loadOpenRequestCount);
adminRoutes.use('/', adminOverviewRoutes);
adminRoutes.use(
  '/invitations',
  adminInvitationListRoutes,
  adminInvitationExportRoutes,
  adminNewInvitationRoutes,
  adminInvitationRoutes,
);
adminRoutes.use('/bulk-acts', adminBulkActionRoutes);
adminRoutes.use('/help', adminHelpRoutes);
adminRoutes.use('/requests', adminRequestRoutes);
adminRoutes.use(
  '/alumni',
  adminAlumniListRoutes,
  adminUnmatchedRoutes,
  adminAlumniMergeRoutes,
  adminAlumniRecordRoutes,
);
adminRoutes.use('/imports', adminImportRoutes, adminImportColumnRoutes);
adminRoutes.use('/campaigns', adminCampaignRoutes, adminCampaignSendingRoutes);
adminRoutes.use('/guardians', adminGuardianRoutes);
adminRoutes.use('/consents', adminConsentRoutes);
adminRoutes.use('/groups', adminGroupRoutes);
adminRoutes.use('/mail', adminMailRoutes);
adminRoutes.use('/suppressions', adminSuppressionRoutes);
adminRoutes.use('/people', adminPeopleRoutes);
adminRoutes.use('/audit', adminAuditRoutes);
adminRoutes.use('/settings', adminSettingsRoutes);
adminRoutes.use('/webhooks', adminWebhookRoutes);
