import { accountStops } from './account.ts';
import { alumniStops } from './alumni.ts';
import { apiStops } from './api.ts';
import { batchStops } from './batches.ts';
import { consentStops } from './consent.ts';
import { faultStops } from './faults.ts';
import { groupStops } from './groups.ts';
import { invitationStops } from './invitations.ts';
import { inviteStops } from './invite.ts';
import { officeStops } from './office.ts';
import { overviewStops } from './overview.ts';
import { registrationStops } from './registration.ts';
import { staffStops } from './staff.ts';
import type { Stop } from './stop.ts';
import { visitorStops } from './visitors.ts';

/** Every page of the site, in each state that looks different. */
export const tour: readonly Stop[] = [
  ...visitorStops,
  ...registrationStops,
  ...consentStops,
  ...accountStops,
  ...staffStops,
  ...invitationStops,
  ...inviteStops,
  ...officeStops,
  ...alumniStops,
  ...batchStops,
  ...overviewStops,
  ...apiStops,
  ...groupStops,
  ...faultStops,
];
