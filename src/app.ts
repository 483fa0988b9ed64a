import './associations.ts';
import express, { type Express, type RequestHandler } from 'express';
import passport from 'passport';
import { confirmRoutes } from './accounts/confirm-routes.ts';
import { personalDataRoutes } from './accounts/data-routes.ts';
import { personalDataSources } from './accounts/data-sources.ts';
import { loadSignedInAccount, requireAccount } from './accounts/guard.ts';
import { resetLinkRoutes, signInRoutes } from './accounts/routes.ts';
import { accountRoutes } from './accounts/settings-routes.ts';
import { showPendingForm } from './accounts/show-pending.ts';
import { twoStepRoutes } from './accounts/two-step-routes.ts';
import { auditDeniedAccess } from './admin/refusals.ts';
import { adminRoutes } from './admin/routes.ts';
import { apiRoutes } from './api/routes.ts';
import { config } from './config.ts';
import { requireAccess } from './consent/access.ts';
import { guardianSelfServiceRoutes } from './consent/guardian-own-routes.ts';
import { guardianLinkRoutes, guardianRoutes } from './consent/guardian-routes.ts';
import { consentRoutes } from './consent/routes.ts';
import { groupLinkRoutes, joinRoutes } from './groups/join-routes.ts';
import { groupRoutes } from './groups/routes.ts';
import { healthRoutes } from './health.ts';
import { memberRoutes } from './home/routes.ts';
import { groupInvitationRoutes } from './invitations/group-routes.ts';
import { metricsRoutes, timeRequests } from './metrics.ts';
import { invitationResponseRoutes } from './registration/answer-routes.ts';
import { mailboxCodeRoutes } from './registration/mailbox-routes.ts';
import { invitationTokenRoutes, linkOpenRoutes } from './registration/opening-routes.ts';
import { registrationRoutes } from './registration/routes.ts';
import { errorHandler, notFound } from './web/error-pages.ts';
import { showFlash } from './web/flash.ts';
import { landingRoutes } from './web/landing.ts';
import { requestLog } from './web/request-log.ts';
import {
  noStore,
  refuseCrossSite,
  refuseMalformedRequests,
  refuseNulBytes,
  securityHeaders,
} from './web/security.ts';
import { sessions } from './web/session.ts';
import { readUpload } from './web/upload.ts';
import { refreshLayoutLocals, setLayoutLocals, setUpViews, staticFiles } from './web/view.ts';

const capturesMail = config.environment !== 'production' && config.smtpUrl === null;

// Loaded when first asked for, so that nothing of the demo is ever part of production.
const capturedMailRoutes: RequestHandler = async (req, res, next) => {
  const { createMailboxRoutes: mailbox } = await import('./demo/mailbox.ts');
  mailbox()(req, res, next);
};

/** The whole site: the story of a request, then who answers where. Tests and production run this same one. */
export function createApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', config.trustProxy);
  setUpViews(app);

  app.use(requestLog, timeRequests, securityHeaders, setLayoutLocals);
  app.use('/built', staticFiles);
  app.use('/api', apiRoutes);
  app.use(
    noStore,
    refuseCrossSite,
    express.urlencoded({ extended: false, limit: '100kb', parameterLimit: 500 }),
    refuseMalformedRequests,
  );
  app.use(invitationTokenRoutes, resetLinkRoutes, guardianLinkRoutes, groupLinkRoutes);
  app.use(refuseNulBytes, healthRoutes, metricsRoutes);
  if (capturesMail) app.all('/dev/{*page}', capturedMailRoutes);

  app.use(sessions, refreshLayoutLocals);
  app.use('/admin', readUpload);
  app.use(passport.initialize(), loadSignedInAccount, showFlash, showPendingForm);
  app.use(landingRoutes, signInRoutes, memberRoutes);
  app.use(accountRoutes, confirmRoutes, twoStepRoutes, personalDataRoutes(personalDataSources));
  app.use(linkOpenRoutes, registrationRoutes, mailboxCodeRoutes, invitationResponseRoutes);
  app.use(consentRoutes, guardianRoutes, guardianSelfServiceRoutes);
  app.use(joinRoutes);
  app.use('/groups', requireAccount, requireAccess, groupRoutes, groupInvitationRoutes);
  app.use('/admin', adminRoutes, auditDeniedAccess);

  app.use(notFound, errorHandler);
  return app;
}
