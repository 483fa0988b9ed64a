import { alumniButtons, alumniForms } from './alumni.ts';
import { bulkActionForms } from './bulk-actions.ts';
import { campaignButtons, campaignForms } from './campaigns.ts';
import { consentForms } from './consents.ts';
import type { TestForms } from './form.ts';

import { groupButtons, groupForms } from './groups.ts';
import { importButtons, importForms } from './imports.ts';
import { invitationButtons, invitationForms } from './invitations.ts';
import { officeButtons, officeForms } from './office.ts';
import { requestButtons, requestForms } from './requests.ts';
import { siteForms } from './site.ts';
import { webhookForms } from './webhooks.ts';

/** Forms that consist only of a button. */
export const buttons = [
  '/sign-out',
  '/register/codes',
  '/register/switch-account',
  '/register/decline/undo',
  '/unsubscribe',
  '/unsubscribe/undo',
  '/home/invitation',
  '/classmates/showing',
  '/account/terms/:version',
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
  '/admin/api-keys/:id/revocation',
  '/admin/webhooks/:id/tests',
  '/admin/webhooks/:id/pause',
  '/admin/webhooks/:id/resumption',
  '/admin/webhooks/:id/secrets',
  '/admin/webhooks/:id/deliveries/:deliveryId/retries',
  '/admin/webhooks/:id/deletion',
  ...groupButtons,
  ...officeButtons,
  ...invitationButtons,
  ...alumniButtons,
  ...importButtons,
  ...campaignButtons,
  ...requestButtons,
];

/** All other forms. */
export const forms: TestForms = {
  ...siteForms,
  ...consentForms,
  ...officeForms,
  ...webhookForms,
  ...bulkActionForms,
  ...invitationForms,
  ...importForms,
  ...campaignForms,
  ...groupForms,
  ...alumniForms,
  ...requestForms,
};
