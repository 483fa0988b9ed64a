import { accountStops } from './tour/account.ts';
import { consentStops } from './tour/consent.ts';
import { faultStops } from './tour/faults.ts';
import { registrationStops } from './tour/registration.ts';
import { visitorStops } from './tour/visitors.ts';
import { walk } from './tour/walk.ts';

// The faults come last: one of them takes the database away.
walk('members', [...visitorStops, ...registrationStops, ...consentStops, ...accountStops, ...faultStops]);
