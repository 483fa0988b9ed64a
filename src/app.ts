import './associations.ts';
import express, { type Express, type RequestHandler } from 'express';
import passport from 'passport';
import { confirming } from './accounts/confirm-routes.ts';
import { dataPages } from './accounts/data-routes.ts';
import { dataSources } from './accounts/data-sources.ts';
import { currentAccount, requireAccount } from './accounts/guard.ts';
import { accounts, resetLinks } from './accounts/routes.ts';
import { ownAccount } from './accounts/settings-routes.ts';
import { showPendingForm } from './accounts/show-pending.ts';
import { twoStep } from './accounts/two-step-routes.ts';
import { auditRefusals } from './admin/refusals.ts';
import { admin } from './admin/routes.ts';
import { api } from './api/routes.ts';
import { config } from './config.ts';
import { requireAccess } from './consent/access.ts';
import { guardianRights } from './consent/guardian-own-routes.ts';
import { guardianLinks, guardians } from './consent/guardian-routes.ts';
import { consents } from './consent/routes.ts';
import { groupLinks, joining } from './groups/join-routes.ts';
import { groups } from './groups/routes.ts';
import { health } from './health.ts';
import { home } from './home/routes.ts';
import { groupInvitations } from './invitations/group-routes.ts';
import { metrics, timeRequests } from './metrics.ts';
import { otherAnswers } from './registration/answer-routes.ts';
import { mailboxProof } from './registration/mailbox-routes.ts';
import { invitationLinks, openInvitations } from './registration/opening-routes.ts';
import { registration } from './registration/routes.ts';
import { errorPages, notFound } from './web/error-pages.ts';
import { showFlash } from './web/flash.ts';
import { landing } from './web/landing.ts';
import { requestLog } from './web/request-log.ts';
import {
  neverStored,
  refuseCrossSite,
  refuseNulBytes,
  refuseOddRequests,
  securityHeaders,
} from './web/security.ts';
import { sessions } from './web/session.ts';
import { readUpload } from './web/upload.ts';
import { frame, freshFrame, setUpViews, staticFiles } from './web/view.ts';

const catchesMail = config.environment !== 'production' && config.smtpUrl === null;

// Loaded when first asked for, so that nothing of the demo is ever part of production.
const caughtMail: RequestHandler = async (req, res, next) => {
  const { mailbox } = await import('./demo/mailbox.ts');
  mailbox()(req, res, next);
};

/** The whole site: the story of a request, then who answers where. Tests and production run this same one. */
export function createApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', config.trustProxy);
  setUpViews(app);

  app.use(requestLog, timeRequests, securityHeaders, frame);
  app.use('/built', staticFiles);
  app.use('/api', api);
  app.use(
    neverStored,
    refuseCrossSite,
    express.urlencoded({ extended: false, limit: '100kb', parameterLimit: 500 }),
    refuseOddRequests,
  );
  app.use(invitationLinks, resetLinks, guardianLinks, groupLinks);
  app.use(refuseNulBytes, health, metrics);
  if (catchesMail) app.all('/dev/{*page}', caughtMail);

  app.use(sessions, freshFrame);
  app.use('/admin', readUpload);
  app.use(passport.initialize(), currentAccount, showFlash, showPendingForm);
  app.use(landing, accounts, home);
  app.use(ownAccount, confirming, twoStep, dataPages(dataSources));
  app.use(openInvitations, registration, mailboxProof, otherAnswers);
  app.use(consents, guardians, guardianRights);
  app.use(joining);
  app.use('/groups', requireAccount, requireAccess, groups, groupInvitations);
  app.use('/admin', admin, auditRefusals);

  app.use(notFound, errorPages);
  return app;
}
