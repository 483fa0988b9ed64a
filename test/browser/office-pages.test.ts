import { alumniPages } from './pages/alumni.ts';
import { checkPages } from './pages/check-pages.ts';
import { groupPages } from './pages/groups.ts';
import { importPages } from './pages/imports.ts';
import { officePages } from './pages/office.ts';
import { webhookPages } from './pages/webhooks.ts';

checkPages('office', [...officePages, ...alumniPages, ...importPages, ...webhookPages, ...groupPages]);
