import { alumniStops } from './tour/alumni.ts';
import { apiStops } from './tour/api.ts';
import { groupStops } from './tour/groups.ts';
import { importStops } from './tour/imports.ts';
import { officeStops } from './tour/office.ts';
import { walk } from './tour/walk.ts';

walk('office', [...officeStops, ...alumniStops, ...importStops, ...apiStops, ...groupStops]);
