import './associations.ts';
import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
import passport from 'passport';
import { adminRoutes } from './admin/routes.ts';
import { apiRoutes, groupLinkAliases } from './api/routes.ts';
import { memberLinkRoutes, memberRoutes } from './members/routes.ts';
import { landingRoutes } from './pages/landing.ts';
import { refreshLayoutLocals, setLayoutLocals } from './pages/layout.ts';
import { legalRoutes } from './pages/legal.ts';
import { answerPreviewAgents } from './pages/link-preview.ts';
import { logoRoutes } from './pages/logo.ts';
import { siteFileRoutes } from './pages/site-files.ts';
import { config } from './platform/config/config.ts';
import { errorHandler, notFound } from './platform/http/error-pages.ts';
import { showFlash } from './platform/http/flash.ts';
import { healthRoutes } from './platform/http/health.ts';
import { keepLanguage, setLanguage } from './platform/http/language.ts';
import { metricsRoutes, timeRequests } from './platform/http/metrics.ts';
import { requestLog } from './platform/http/request-log.ts';
import {
  noStore,
  refuseCrossSite,
  refuseMalformedRequests,
  refuseNulBytes,
  refuseOtherMethods,
  securityHeaders,
} from './platform/http/security.ts';
import { sessions } from './platform/http/session.ts';
import { readUpload } from './platform/http/upload.ts';
import { setUpViews, staticFiles } from './platform/http/view.ts';
import { invitationTokenRoutes } from './registration/link-open-routes.ts';

import { registrationRoutes } from './registration/routes.ts';
import { unsubscribeRoutes } from './registration/unsubscribe-routes.ts';
import { addressLinkRoutes } from './sign-in/address-routes.ts';
import { loadSignedInAccount } from './sign-in/guard.ts';
import { resetLinkRoutes, signInRoutes } from './sign-in/routes.ts';
import { showPendingForm } from './sign-in/show-pending-form.ts';

const capturesMail = config.environment !== 'production' && config.smtpUrl === null;

// Loaded on demand, so that production never loads the demo.
const capturedMailRoutes: RequestHandler = async (req, res, next) => {
  const { createMailboxRoutes } = await import('./demo/mailbox-routes.ts');
  createMailboxRoutes()(req, res, next);
};

/** Creates the Express app: the request pipeline in order, then the routes. Tests use the same app as production. */
export function createApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', config.trustProxy);
  setUpViews(app);

  app.use(requestLog, timeRequests, securityHeaders, setLanguage, setLayoutLocals);
  app.use('/built', staticFiles);
  app.use(compression());
  app.use('/api', apiRoutes);
  app.use(groupLinkAliases);
  app.use(
    noStore,
    refuseOtherMethods,
    siteFileRoutes,
    logoRoutes,
    answerPreviewAgents,
    unsubscribeRoutes,
    refuseCrossSite,
    express.urlencoded({ extended: false, limit: '100kb', parameterLimit: 500 }),
    refuseMalformedRequests,
  );
  app.use(invitationTokenRoutes, resetLinkRoutes, addressLinkRoutes, memberLinkRoutes);
  app.use(refuseNulBytes, healthRoutes, metricsRoutes);
  if (capturesMail) app.all('/dev/{*page}', capturedMailRoutes);

  app.use(sessions, keepLanguage, refreshLayoutLocals);
  app.use('/admin', readUpload);
  app.use(passport.initialize(), loadSignedInAccount, showFlash, showPendingForm);
  app.use(landingRoutes, legalRoutes, signInRoutes, registrationRoutes, memberRoutes);
  app.use('/admin', adminRoutes);

  app.use(notFound, errorHandler);
  return app;
}
