import type { Request, Response } from 'express';
import { z } from 'zod';
import { nameField } from '../accounts/fields.ts';
import { requestHelp } from '../invitations/requests/help-request.ts';
import type { HelpKind } from '../invitations/requests/invitation-request.ts';
import { consumeAttempt } from '../platform/db/rate-limit.ts';
import { TooManyAttempts } from '../platform/errors.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { type FormState, readForm } from '../platform/http/form.ts';
import { t } from '../platform/i18n/i18n.ts';
import {
  addressField,
  digitsField,
  longTextField,
  requiredName,
  textField,
} from '../platform/text/fields.ts';
import { actorOf } from '../sign-in/guard.ts';

const lastYearField = digitsField(20)
  .refine((typed) => typed === '' || /^(19|20)\d\d$/.test(typed), {
    error: () => t('registration:help.errors.lastYear'),
  })
  .transform((typed) => (typed === '' ? null : Number(typed)));

type Requester = Parameters<typeof requestHelp>[1];

/** When and where someone was at school. Both may be empty. */
const schoolFields = { lastYear: lastYearField, center: textField(100) };
const schoolNameField = requiredName(() => t('registration:help.errors.schoolName'));
const newAddressForm = z.object({ newEmail: addressField, name: nameField, ...schoolFields });

/** The form of each kind of request for help. */
const helpForms = {
  'name-changed': z.object({ schoolName: schoolNameField, name: nameField, ...schoolFields }),
  'shared-address': newAddressForm,
  'wrong-school': z.object({ note: longTextField(1000) }),
  'address-lost': newAddressForm,
  'mailbox-lost': newAddressForm.extend({ email: addressField }),
  'find-record': z.object({ schoolName: schoolNameField, ...schoolFields }),
} as const satisfies Record<HelpKind, z.ZodObject>;

/**
 * Stores the submitted request.
 * @param requester null if the form itself asks for the address
 * @returns null, or the form with its errors, after the status was set
 */
export async function submitHelpRequest(
  kind: HelpKind,
  requester: Requester | null,
  req: Request,
  res: Response,
): Promise<FormState | null> {
  const form = readForm(helpForms[kind], req.body);
  try {
    const isStored = await form.run(async (details) => {
      await consumeAttempt('helpRequestsNetwork', clientNetwork(req));
      const from = requester ?? { email: 'email' in details ? details.email : '' };
      await consumeAttempt('helpRequests', from.email);
      await requestHelp(kind, from, details, actorOf(req, res));
      return true;
    });
    if (isStored) return null;
    res.status(422);
    return { values: form.values, errors: form.errors };
  } catch (error) {
    if (!(error instanceof TooManyAttempts)) throw error;
    // The page is shown again, so that nothing that was typed is lost.
    res.status(429).set('Retry-After', String(error.retryAfter));
    return { values: form.values, errors: { form: error.message } };
  }
}

/** What was typed into a form of this kind, for keeping it. */
export function readHelpValues(kind: HelpKind, req: Request): FormState['values'] {
  return readForm(helpForms[kind], req.body).values;
}
