import { type NextFunction, type Request, type Response, Router } from 'express';
import { recordAccessDenied } from '../accounts/access-denials.ts';
import { staffRoles } from '../accounts/account.ts';
import { countOpenRequests } from '../invitations/requests/list.ts';
import { Forbidden } from '../platform/errors.ts';
import { findMailPause } from '../platform/mail/pause.ts';
import { actorOf, requireAccount, requireStaff } from '../sign-in/guard.ts';
import { adminCorrectionRoutes } from './alumni/correction-routes.ts';
import { adminAlumniListRoutes } from './alumni/list-routes.ts';
import { adminAlumniMergeRoutes } from './alumni/merge-routes.ts';
import { adminAlumniRecordRoutes } from './alumni/record-routes.ts';
import { adminUnmatchedRoutes } from './alumni/unmatched-routes.ts';
import { adminApiKeyRoutes } from './api-keys/routes.ts';
import { adminAuditRoutes } from './audit/routes.ts';
import { adminBulkActionRoutes, adminInvitationExportRoutes } from './bulk-actions/routes.ts';
import { adminCampaignRoutes } from './campaigns/routes.ts';
import { adminCampaignSendingRoutes } from './campaigns/sending-routes.ts';
import { adminConsentRoutes } from './consents/routes.ts';
import { adminGroupRoutes } from './groups/routes.ts';
import { adminGuardianRoutes } from './guardians/routes.ts';
import { adminErasureRoutes } from './help/erasure-routes.ts';
import { adminHelpRoutes } from './help/routes.ts';
import { adminImportColumnRoutes } from './imports/column-routes.ts';
import { adminImportRoutes } from './imports/routes.ts';
import { adminInvitationListRoutes } from './invitations/list-routes.ts';
import { adminNewInvitationRoutes } from './invitations/new-routes.ts';
import { adminInvitationRoutes } from './invitations/routes.ts';
import { adminMailRoutes } from './mail/routes.ts';
import { adminOverviewRoutes } from './overview/routes.ts';
import { adminPeopleRoutes } from './people/routes.ts';
import { adminRequestRoutes } from './requests/routes.ts';
import { closingMailboxesRoutes } from './settings/closing-mailboxes-routes.ts';
import { legalTextRoutes } from './settings/legal-routes.ts';
import { retentionRoutes } from './settings/retention-routes.ts';
import { adminSettingsRoutes } from './settings/routes.ts';
import { adminSuppressionRoutes } from './suppressions/routes.ts';
import { adminWebhookRoutes } from './webhooks/routes.ts';

/** The staff panel. The guard is applied here, once, to everything below it. */
export const adminRoutes = Router();
adminRoutes.use(requireAccount, requireStaff(...staffRoles), loadLayoutData);
adminRoutes.use('/', adminOverviewRoutes);
adminRoutes.use(
  '/invitations',
  adminInvitationListRoutes,
  adminInvitationExportRoutes,
  adminNewInvitationRoutes,
  adminInvitationRoutes,
);
adminRoutes.use('/bulk-actions', adminBulkActionRoutes);
adminRoutes.use('/help', adminHelpRoutes, adminErasureRoutes);
adminRoutes.use('/requests', adminRequestRoutes);
adminRoutes.use(
  '/alumni',
  adminAlumniListRoutes,
  adminUnmatchedRoutes,
  adminCorrectionRoutes,
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
adminRoutes.use('/settings', adminSettingsRoutes, closingMailboxesRoutes, retentionRoutes, legalTextRoutes);
adminRoutes.use('/webhooks', adminWebhookRoutes);
adminRoutes.use('/api-keys', adminApiKeyRoutes);
adminRoutes.use(auditDeniedAccess);

/** Loads what every page of the panel shows: whether mail is paused, and how many requests are open. */
async function loadLayoutData(req: Request, res: Response, next: NextFunction): Promise<void> {
  res.locals.mailPause = await findMailPause();
  const count = req.method === 'GET' ? await countOpenRequests() : 0;
  res.locals.openRequestCount = count > 99 ? '99+' : count;
  next();
}

async function auditDeniedAccess(
  error: unknown,
  req: Request,
  res: Response,
  next: NextFunction,
): Promise<void> {
  const { pathname } = new URL(req.originalUrl, 'http://localhost');
  if (error instanceof Forbidden) await recordAccessDenied(actorOf(req, res), req.method, pathname);
  next(error);
}
