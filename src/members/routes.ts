import { Router } from 'express';
import { requireAccess } from '../pages/access-guard.ts';
import { requireAccount } from '../sign-in/guard.ts';
import { addressChangeRoutes } from './account/address-routes.ts';
import { personalDataRoutes } from './account/personal-data-routes.ts';
import { accountRoutes } from './account/routes.ts';
import { twoStepRoutes } from './account/two-step-routes.ts';
import { classmateRoutes } from './classmates/routes.ts';
import { consentRoutes } from './consents/routes.ts';
import { groupInvitationRoutes } from './groups/invitation-routes.ts';
import { groupLinkRoutes, joinRoutes } from './groups/join-routes.ts';
import { groupRoutes } from './groups/routes.ts';
import { guardianLinkRoutes, guardianRoutes } from './guardians/routes.ts';
import { guardianSelfServiceRoutes } from './guardians/self-service-routes.ts';
import { correctionRoutes } from './home/correction-routes.ts';
import { homeRoutes } from './home/routes.ts';
import { mailboxLostRoutes } from './mailbox-lost-routes.ts';

/** Secret links for guardians and to groups. They are verified before sessions. */
export const memberLinkRoutes = [guardianLinkRoutes, groupLinkRoutes];

/** The pages of members, group owners and guardians. */
export const memberRoutes = Router();
memberRoutes.use(
  homeRoutes,
  classmateRoutes,
  accountRoutes,
  addressChangeRoutes,
  twoStepRoutes,
  personalDataRoutes,
);
memberRoutes.use(
  mailboxLostRoutes,
  correctionRoutes,
  consentRoutes,
  guardianRoutes,
  guardianSelfServiceRoutes,
);
memberRoutes.use(joinRoutes);
memberRoutes.use('/groups', requireAccount, requireAccess, groupRoutes, groupInvitationRoutes);
