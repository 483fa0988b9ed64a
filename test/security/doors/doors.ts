import { adminDoors } from './admin.ts';
import { alumniButtons, alumniDoors } from './alumni.ts';
import { apiDoors } from './api.ts';
import { campaignButtons, campaignDoors } from './campaigns.ts';
import type { Doors } from './door.ts';

import { groupButtons, groupDoors } from './groups.ts';
import { importButtons, importDoors } from './imports.ts';

import { invitationDoors } from './invitations.ts';
import { inviteButtons, inviteDoors } from './invite.ts';
import { officeButtons, officeDoors } from './office.ts';
import { overviewButtons, overviewDoors } from './overview.ts';

import { siteDoors } from './site.ts';

/** The forms that are a button and nothing else. */
export const buttons = [
  '/sign-out',
  '/register/codes',
  '/register/switch-account',
  '/register/decline/undo',
  '/home/invitation',
  '/account/two-step/recovery-codes',
  '/account/two-step/turn-off',
  '/account/sessions/sign-out',
  '/account/sessions/:id/sign-out',
  '/consent/refusal',
  '/consent/:profileId/withdrawal',
  '/guardian/refusal',
  '/admin/guardians/:id/approval',
  '/admin/guardians/:id/rejection',
  '/admin/guardians/:id/resends',
  '/admin/guardians/:id/erasure',
  '/admin/webhooks/:id/tests',
  '/admin/webhooks/:id/pause',
  '/admin/webhooks/:id/resumption',
  '/admin/webhooks/:id/secrets',
  '/admin/webhooks/:id/deliveries/:deliveryId/retries',
  '/admin/webhooks/:id/deletion',
  ...groupButtons,
  ...officeButtons,
  ...inviteButtons,
  ...alumniButtons,
  ...importButtons,
  ...campaignButtons,
  ...overviewButtons,
];

/** Every other form there is, by its route. A folder of the site has a file here of its own. */
export const doors: Doors = {
  ...siteDoors,
  ...adminDoors,
  ...officeDoors,
  ...apiDoors,
  ...invitationDoors,
  ...inviteDoors,
  ...importDoors,
  ...campaignDoors,
  ...groupDoors,
  ...alumniDoors,
  ...overviewDoors,
};
